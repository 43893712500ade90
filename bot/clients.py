"""Web API clients: one that retries what may be retried, and one that leaves every retry to its caller."""

from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

SLACK_API = "https://slack.com/api/"
_SECONDS = 10


def client_of(token: str, base_url: str = SLACK_API) -> AsyncWebClient:
    """Without retries: a post whose answer was lost must be looked for before it is tried again."""
    return AsyncWebClient(token=token, base_url=base_url, timeout=_SECONDS, retry_handlers=[])


def patient_client(token: str, base_url: str = SLACK_API) -> AsyncWebClient:
    """With retries on a lost connection, 429 and 5xx, for calls that may be repeated."""
    handlers = [
        AsyncConnectionErrorRetryHandler(max_retry_count=1),
        AsyncRateLimitErrorRetryHandler(max_retry_count=2),
        AsyncServerErrorRetryHandler(max_retry_count=2),
    ]
    return AsyncWebClient(token=token, base_url=base_url, timeout=_SECONDS, retry_handlers=list(handlers))
