"""One place that turns what the client, the network and the API server say into the errors of `domain.errors`."""

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import aiohttp
from kubernetes.aio.client.exceptions import ApiException
from kubernetes.aio.config import ConfigException

from domain.errors import (
    AoiError,
    ClusterConflict,
    ClusterForbidden,
    ClusterNotFound,
    ClusterRejected,
    ClusterUnreachable,
    Misconfigured,
)

MESSAGE_CHARS = 300
"""Longest piece of the API server's own words in an error."""


@contextmanager
def cluster_errors(doing: str, redact: Callable[[str], str]) -> Iterator[None]:
    """Raise the `Cluster*` error that fits; `doing` completes "could not …", as in `read Pod shop/web`.

    A configuration the client cannot use becomes `Misconfigured`. Errors of `domain.errors` pass unchanged.
    """
    try:
        yield
    except AoiError:
        raise
    except ApiException as e:
        raise from_answer(doing, e.status or 0, e.body, redact) from e
    except ConfigException as e:
        raise Misconfigured(
            f"The cluster's configuration cannot be used: {cut(redact(str(e)))}. Check KUBECONFIG and its context."
        ) from e
    except TimeoutError as e:
        raise ClusterUnreachable(f"Could not {doing}: the API server did not answer in time; try again.") from e
    except ssl.SSLError as e:
        raise ClusterUnreachable(
            f"Could not {doing}: the API server's certificate was not accepted; check the CA in the kubeconfig."
        ) from e
    except (aiohttp.ClientError, OSError) as e:
        raise ClusterUnreachable(
            f"Could not {doing}: the API server cannot be reached ({type(e).__name__}); check its address."
        ) from e


def from_answer(doing: str, status: int, body: object, redact: Callable[[str], str]) -> AoiError:
    """The error for an HTTP status; `body` is the server's `Status` object as JSON text, or anything else."""
    said = cut(redact(_message(body)))
    because = f": {said}" if said else ""
    match status:
        case 401:
            return ClusterForbidden(
                f"Could not {doing}: the API server does not accept the credentials; renew them."
            )
        case 403:
            return ClusterForbidden(f"Could not {doing}, it is forbidden{because}.")
        case 404:
            return ClusterNotFound(f"Could not {doing}, it does not exist{because}.")
        case 409:
            return ClusterConflict(f"Could not {doing}, it has changed meanwhile{because}.")
        case 429:
            return ClusterUnreachable(f"Could not {doing}, the API server asks to wait{because}.")
        case _ if 400 <= status < 500:
            return ClusterRejected(f"Could not {doing}, the API server refused it{because}.")
        case _:
            return ClusterUnreachable(f"Could not {doing}, the API server failed with status {status}{because}.")


def cut(text: str, limit: int = MESSAGE_CHARS) -> str:
    """One line of at most `limit` characters, without its final stop."""
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _message(body: object) -> str:
    """The `message` of a `Status` object, or nothing: a proxy's HTML page helps nobody."""
    if isinstance(body, bytes):
        body = body.decode(errors="replace")
    try:
        status = json.loads(body) if isinstance(body, str) else body
    except ValueError:
        return ""
    return str(status.get("message") or "") if isinstance(status, dict) else ""
