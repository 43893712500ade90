"""The readers behind the protocol of real model servers, on a loopback port; the model's name says which one."""

import json
import random
import re
import threading
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from lab.reader.compact import careful, mediocre
from lab.reader.noisy import Noisy
from lab.reader.perfect import NEVER_SURE, perfect
from lab.reader.raw import raw
from lab.reader.recorded import lasting

PERFECT = "reader-perfect"
CAREFUL = "reader-careful"
"""Perfect, and spends a round of probes on every incident."""
RAW = "reader-raw"
COMPACT = "reader-compact"
"""Reads the compact form without a mistake."""
_NOISY = re.compile(r"reader-noisy-(\d+)-(\d+)")
_OPERATOR = re.compile(r"reader-operator-(\d+)")


def noisy_name(percent: int, seed: int) -> str:
    """The name under which a reader errs in so many of a hundred replies."""
    return f"reader-noisy-{percent}-{seed}"


def operator_name(seed: int) -> str:
    """The name under which a mediocre operator reads the compact form."""
    return f"reader-operator-{seed}"


def reply_of(model: str, messages: list[dict[str, str]]) -> str | None:
    """What a model says to these turns; `None` for a name that is none of the readers'."""
    asked = [message["content"] for message in messages if message["role"] == "user"]
    if model == PERFECT:
        return perfect(asked[0])
    if model == CAREFUL:
        return perfect(asked[0], NEVER_SURE)
    if model == RAW:
        return raw(asked)
    if model == COMPACT:
        return careful(asked[0])
    if match := _OPERATOR.fullmatch(model):
        return mediocre(asked[0], random.Random(f"{match[1]}:{lasting(messages)}"))  # noqa: S311 - a script's dice
    if match := _NOISY.fullmatch(model):
        return Noisy(int(match[1]) / 100, int(match[2])).reply(asked[0], lasting(messages))
    return None


Reader = Callable[[str, list[dict[str, str]]], str | None]
"""From the name of a model and the turns of a chat to a reply; `None` refuses the request."""


class ReaderServer:
    """Serves the readers, or another one, from `with` to its end; plain HTTP."""

    def __init__(self, reader: Reader = reply_of) -> None:
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, reader))
        self._thread = threading.Thread(target=self._http.serve_forever, name="readers", daemon=True)

    @property
    def url(self) -> str:
        """What AOI_MODEL_URL should be."""
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, reader: Reader, *connection: Any) -> None:
        self._reader = reader
        super().__init__(*connection)

    def do_GET(self) -> None:
        """The list of models."""
        cards = [
            {"id": name, "object": "model", "created": 0, "owned_by": "aoi"}
            for name in (PERFECT, CAREFUL, RAW, COMPACT)
        ]
        self._answer(200, {"object": "list", "data": cards})

    def do_POST(self) -> None:
        """A completion."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = self._reader(body["model"], body["messages"])
        if text is None:
            self._answer(404, {"error": {"message": f"no model {body['model']!r}", "code": 404}})
        else:
            self._answer(200, _completion(body["model"], text))

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a request a decision is no news."""

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _completion(model: str, text: str) -> dict[str, Any]:
    """Without usage: AOI counts with its own counter, alike for all readers."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return {"id": "reader", "object": "chat.completion", "created": 0, "model": model, "choices": [choice]}
