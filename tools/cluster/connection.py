"""A connection to one API server with one identity: JSON in, plain JSON out.

It uses the official client's configuration, authentication and asyncio transport, and none of its models: parsing
a list of 100 pods through them costs about 13 ms where orjson takes under one.
"""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import orjson
from kubernetes.aio import config
from kubernetes.aio.client import Configuration
from kubernetes.aio.client.exceptions import ApiException
from kubernetes.aio.client.rest import RESTClientObject
from yaml import YAMLError

from tools.cluster.errors import cluster_errors
from tools.redact.rules import mask

POOL = 32
"""Requests under way at once; further ones wait for a free connection. A look reads as many at once as it can."""

Query = Mapping[str, str | int | bool]
Login = Callable[[Configuration], Awaitable[None]]


class Connection:
    """Requests to one API server as one identity. Raises the `Cluster*` errors of `domain.errors`."""

    def __init__(self, configuration: Configuration, timeout: float, login: Login | None = None) -> None:
        """`timeout` is in seconds, for one whole request; `login` renews expired credentials."""
        configuration.connection_pool_maxsize = POOL
        configuration.proxy = configuration.proxy or _proxy_to(str(configuration.host))
        # The client would ask the environment for proxies and a netrc anew at each request, in a thread.
        configuration.client_session_kwargs = {"trust_env": False}
        self._configuration = configuration
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._login = login
        self._rest = RESTClientObject(configuration)

    @classmethod
    async def from_kubeconfig(cls, path: Path | None, context: str | None, timeout: float) -> Self:
        """Connect as a kubeconfig says; `None` takes the client's default file and the current context.

        Raises `Misconfigured` when the file or the context cannot be used.
        """

        async def login(into: Configuration) -> None:
            try:
                await config.load_kube_config(  # type: ignore[no-untyped-call]
                    config_file=str(path) if path else None,
                    context=context,
                    client_configuration=into,
                    persist_config=False,
                )
            except (YAMLError, TypeError, AttributeError, KeyError, ValueError, OSError) as e:
                # The client does not check the file; it stumbles over whatever is wrong with it.
                raise config.ConfigException(f"{path or 'the default kubeconfig'} is not a kubeconfig") from e

        with cluster_errors("read the kubeconfig", mask):
            configuration = Configuration()
            await login(configuration)
            return cls(configuration, timeout, login)

    @classmethod
    def in_cluster(cls, timeout: float) -> Self:
        """Connect with the pod's ServiceAccount; its token is read again as the kubelet renews it."""
        with cluster_errors("read the pod's service account", mask):
            configuration = Configuration()
            config.load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
            return cls(configuration, timeout)

    @property
    def host(self) -> str:
        """The API server's base URL."""
        return str(self._configuration.host)

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Any | None = None,
        content_type: str | None = None,
        doing: str | None = None,
    ) -> dict[str, Any]:
        """One request; the JSON object of the answer, empty when it has none.

        `content_type` is that of the body, `application/json` unless it is a patch. `doing` completes the
        "Could not …" of an error, as in `read Pod shop/web`.
        """
        with cluster_errors(doing or f"{method} {path}", mask):
            data = await self._send(method, path, query, body, content_type)
            try:
                answer = orjson.loads(data) if data else {}
            except orjson.JSONDecodeError as e:
                raise aiohttp.ClientPayloadError("not JSON") from e
            if not isinstance(answer, dict):
                raise aiohttp.ClientPayloadError("not a JSON object")
            return answer

    async def text(self, path: str, query: Query | None = None, *, doing: str | None = None) -> str:
        """GET a plain text, such as a log; bytes that are no UTF-8 are replaced."""
        with cluster_errors(doing or f"GET {path}", mask):
            return (await self._send("GET", path, query, None, None)).decode(errors="replace")

    async def close(self) -> None:
        """Close the pooled connections."""
        await self._rest.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _send(
        self, method: str, path: str, query: Query | None, body: Any | None, content_type: str | None
    ) -> bytes:
        status, data = await self._once(method, path, query, body, content_type)
        if status == 401 and self._login is not None:
            # Tokens of exec plugins and OIDC expire; a 401 changed nothing, so once more is safe for any method.
            await self._login(self._configuration)
            status, data = await self._once(method, path, query, body, content_type)
        if not 200 <= status < 300:
            error = ApiException(status=status)
            error.body = data.decode(errors="replace")
            raise error
        return data

    async def _once(
        self, method: str, path: str, query: Query | None, body: Any | None, content_type: str | None
    ) -> tuple[int, bytes]:
        headers = {"Accept": "application/json, */*", "Content-Type": content_type or "application/json"}
        if (bearer := (await self._configuration.auth_settings()).get("BearerToken")) is not None:
            headers[bearer["key"]] = bearer["value"] or ""
        url = self.host + path + (f"?{urlencode(_plain(query))}" if query else "")
        response = await self._rest.request(  # type: ignore[no-untyped-call]
            method, url, headers=headers, body=body, _request_timeout=self._timeout
        )
        return response.status, await response.read()


def _proxy_to(host: str) -> str | None:
    """The proxy that the environment names for a base URL, as curl and kubectl understand it."""
    url = urlsplit(host)
    if url.hostname is None or proxy_bypass(url.hostname):
        return None
    return getproxies().get(url.scheme)


def _plain(query: Query) -> dict[str, str]:
    """Booleans as the API spells them."""
    return {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in query.items()}
