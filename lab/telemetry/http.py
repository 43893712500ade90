"""A small HTTP application: paths to functions."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

from lab.cluster.api.answer import Answer
from lab.cluster.api.request import Receive, Scope, Send

LONGEST_BODY = 1_000_000
"""Bytes of a form."""


@dataclass(frozen=True)
class Asked:
    """One request."""

    query: dict[str, list[str]]
    """Of the URL and of a form."""
    accept: str = ""
    places: dict[str, str] = field(default_factory=dict)
    """The named groups of the route."""

    def first(self, name: str) -> str | None:
        """The first value of a parameter."""
        return next(iter(self.query.get(name, ())), None)

    def all(self, name: str) -> list[str]:
        """Every value of a parameter, also under the name with `[]`."""
        return [*self.query.get(name, ()), *self.query.get(f"{name}[]", ())]


Handler = Callable[[Asked], Answer]
Routes = Iterable[tuple[str, Handler]]
"""Regular expressions of whole paths, and who answers; the first that matches does."""


class HttpApplication:
    """The routes as an ASGI application; GET and POSTed forms alike."""

    def __init__(self, routes: Routes, missing: Handler) -> None:
        self._routes = [(re.compile(pattern), handler) for pattern, handler in routes]
        self._missing = missing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if scope["method"] == "POST":
            form = parse_qs((await _body(receive)).decode("utf-8", "replace"), keep_blank_values=True)
            query = {key: [*query.get(key, ()), *form.get(key, ())] for key in (*query, *form)}
        accept = next((word.decode("latin-1") for key, word in scope["headers"] if key == b"accept"), "")
        await self._answer(scope["path"], Asked(query, accept)).send(send)

    def _answer(self, path: str, asked: Asked) -> Answer:
        for pattern, handler in self._routes:
            found = pattern.fullmatch(path)
            if found is not None:
                places = {key: unquote(word) for key, word in found.groupdict().items()}
                return handler(Asked(asked.query, asked.accept, places))
        return self._missing(asked)


async def _body(receive: Receive) -> bytes:
    body = b""
    while len(body) < LONGEST_BODY:
        message: Any = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return body
