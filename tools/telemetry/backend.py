"""One HTTP server of telemetry: questions by GET, answers as redacted JSON."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson

from domain.base import Json
from domain.errors import TelemetryRejected, TelemetryUnreachable
from tools.redact.service import Redactor

LARGEST = 32 * 1024 * 1024
"""Bytes of an answer that are read."""
QUOTED = 160
"""Characters of a server's own error that are passed on."""

Query = Sequence[tuple[str, str]]


class Backend:
    """A server by its base URL. Raises `TelemetryUnreachable` and `TelemetryRejected`."""

    def __init__(self, name: str, url: str, redactor: Redactor, timeout: float) -> None:
        """`name` is for people; `timeout` is in seconds, for one whole request."""
        self.name = name
        self._url = url.rstrip("/")
        self._redactor = redactor
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._session: aiohttp.ClientSession | None = None

    async def get(self, path: str, query: Query = ()) -> Json:
        """The JSON object at a path, without secrets."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        try:
            async with self._session.get(self._url + path, params=list(query)) as answer:
                body = await answer.content.read(LARGEST + 1)
                while len(body) <= LARGEST and (more := await answer.content.read(LARGEST + 1 - len(body))):
                    body += more
                status = answer.status
        except (aiohttp.ClientError, OSError, TimeoutError) as e:
            raise TelemetryUnreachable(
                f"{self.name} does not answer ({type(e).__name__}); check its address in the settings."
            ) from e
        if len(body) > LARGEST:
            raise TelemetryRejected(f"{self.name} answers with more than {LARGEST >> 20} MiB; ask for less.")
        return self._redactor.object(self._parsed(status, body))

    def _parsed(self, status: int, body: bytes) -> Mapping[str, Any]:
        if status >= 500:
            raise TelemetryUnreachable(f"{self.name} answers with status {status}; look at the server itself.")
        try:
            parsed = orjson.loads(body)
        except orjson.JSONDecodeError as e:
            raise self._rejected(status, body.decode("utf-8", "replace")) from e
        if not isinstance(parsed, dict):
            raise TelemetryRejected(f"{self.name} does not speak the API that its setting promises.")
        if status >= 400:
            raise self._rejected(status, _reason(parsed))
        return parsed

    def _rejected(self, status: int, said: str) -> TelemetryRejected:
        if status < 400:
            return TelemetryRejected(f"{self.name} does not answer with JSON; check its address in the settings.")
        words = " ".join(self._redactor.text(said).split())[:QUOTED]
        return TelemetryRejected(f"{self.name} refused the question with status {status}: {words}")

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _reason(body: Mapping[str, Any]) -> str:
    """The server's own words: Prometheus' `error`, Jaeger's `errors`, Loki's `message`."""
    errors = body.get("errors") or ()
    first = errors[0].get("msg") if errors and isinstance(errors[0], dict) else None
    return str(body.get("error") or body.get("message") or first or "")
