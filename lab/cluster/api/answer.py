"""What goes back: one body, or a stream."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson

from lab.cluster.api.request import JSON, Receive, Send
from lab.cluster.errors import ApiError
from lab.cluster.ports import Object

Stream = Callable[[Receive, Send], Awaitable[None]]
"""An answer that goes on: watches and followed logs."""


@dataclass(frozen=True)
class Answer:
    """One complete answer."""

    code: int
    body: bytes
    media_type: str = JSON
    warnings: tuple[str, ...] = ()
    """Shown by kubectl."""

    async def send(self, send: Send) -> None:
        """Write it out."""
        headers = [
            (b"content-type", self.media_type.encode()),
            (b"content-length", str(len(self.body)).encode()),
            (b"cache-control", b"no-cache, private"),
            *((b"warning", f'299 - "{_quoted(text)}"'.encode()) for text in self.warnings),
        ]
        await send({"type": "http.response.start", "status": self.code, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def json_answer(content: Any, code: int = 200, warnings: tuple[str, ...] = ()) -> Answer:
    """Content as JSON."""
    return Answer(code, orjson.dumps(content), warnings=warnings)


def refusal(error: ApiError) -> Answer:
    """An error as its Status."""
    return json_answer(error.status(), error.code)


def success(details: Object | None = None, code: int = 200) -> Answer:
    """A `Status` that says it went well."""
    status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
    return json_answer({**status, "details": details} if details else status, code)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
