"""Slack's errors by what can be done about them."""

from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError, SlackClientError

from domain.errors import SlackRejected, SlackUnavailable

_TEMPORARY = {
    "fatal_error",
    "internal_error",
    "ratelimited",
    "rate_limited",
    "request_timeout",
    "service_unavailable",
    "team_added_to_org",
}
"""Error codes of the Web API that pass."""

_CREDENTIALS = {
    "account_inactive",
    "invalid_auth",
    "missing_scope",
    "not_authed",
    "token_expired",
    "token_revoked",
}
_DEFAULT_WAIT = 1.0


class SlackBusy(SlackUnavailable):
    """Slack asks to wait."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds
        """How long Slack wants to be left alone."""


class SlackRefused(SlackRejected):
    """Slack refused the request, for a reason that it names by a code."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code

    @property
    def credentials(self) -> bool:
        """Whether the token, and not the message, is what Slack dislikes."""
        return self.code in _CREDENTIALS


@contextmanager
def slack_errors(what: str) -> Iterator[None]:
    """Turn the errors of slack_sdk and its transport into ours; `what` names the call in the message."""
    try:
        yield
    except SlackApiError as e:
        raise _classified(what, e) from e
    except (ClientError, SlackClientError, TimeoutError, OSError) as e:
        message = f"Slack does not answer to {what} ({type(e).__name__}); it is tried again."
        raise SlackUnavailable(message) from e


def _classified(what: str, error: SlackApiError) -> SlackUnavailable | SlackRefused:
    status = int(getattr(error.response, "status_code", 0) or getattr(error.response, "status", 0))
    data = getattr(error.response, "data", None)
    code = str(data.get("error", "")) if isinstance(data, dict) else ""
    if status == 429:
        seconds = _retry_after(error)
        return SlackBusy(f"Slack asks to wait {seconds:.0f} s before {what}.", seconds)
    if status >= 500 or code in _TEMPORARY or not code:
        return SlackUnavailable(f"Slack cannot take {what} now ({code or status}); it is tried again.")
    return SlackRefused(f"Slack refused {what}: {code}.", code)


def _retry_after(error: SlackApiError) -> float:
    headers = {str(k).lower(): v for k, v in (getattr(error.response, "headers", None) or {}).items()}
    try:
        return max(_DEFAULT_WAIT, float(headers.get("retry-after", _DEFAULT_WAIT)))
    except ValueError:
        return _DEFAULT_WAIT
