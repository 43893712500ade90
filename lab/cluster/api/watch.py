"""Watches: what changed since a version, for as long as the caller listens."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, Final

import orjson

from lab.cluster.api.answer import Stream
from lab.cluster.api.kernel import Kernel
from lab.cluster.api.reads import filter_of, partial
from lab.cluster.api.request import JSON, Form, Receive, Request, Send, Target
from lab.cluster.errors import ApiError
from lab.cluster.ports import Object
from lab.cluster.printing.tables import table
from lab.cluster.store import StoreEvent

DEFAULT_SECONDS: Final = 1800.0
"""How long a watch lasts that names no `timeoutSeconds` (the API server's minimum)."""


def watch(kernel: Kernel, request: Request, target: Target) -> Stream:
    """The stream that answers a watch. Raises ApiError 400 for bad selectors or versions."""
    wanted = _filter(request, target)
    encode = _encoder(kernel, request, target)
    start = _version(request)
    seconds = float(request.query.get("timeoutSeconds") or DEFAULT_SECONDS)

    async def run(receive: Receive, send: Send) -> None:
        kind = target.resource.kind
        bell = kernel.changes.join(kind)
        gone = asyncio.ensure_future(disconnected(receive))
        deadline = asyncio.get_running_loop().time() + seconds
        try:
            await send(
                {"type": "http.response.start", "status": 200, "headers": [(b"content-type", JSON.encode())]}
            )
            version, first = _initial(kernel, request, target, wanted, encode, start)
            await _write(send, first)
            while not gone.done() and not kernel.changes.closed:
                bell.clear()
                events = kernel.store.changes_since(version)
                version = events[-1].version if events else version
                lines = [line for event in events if event.kind == kind for line in _lines(event, wanted, encode)]
                if lines:
                    await _write(send, lines)
                left = deadline - asyncio.get_running_loop().time()
                if left <= 0:
                    break
                await _either(bell, gone, left)
            await send({"type": "http.response.body", "body": b""})
        except ApiError as e:  # the log no longer reaches back: say so within the stream, as the API server does
            line = orjson.dumps({"type": "ERROR", "object": e.status()}) + b"\n"
            await send({"type": "http.response.body", "body": line})
        finally:
            gone.cancel()
            kernel.changes.leave(kind, bell)

    return run


async def disconnected(receive: Receive) -> None:
    """Return when the caller has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _either(bell: asyncio.Event, gone: asyncio.Future[None], seconds: float) -> None:
    ring = asyncio.ensure_future(bell.wait())
    both: set[asyncio.Future[Any]] = {ring, gone}
    await asyncio.wait(both, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    ring.cancel()


async def _write(send: Send, lines: Iterable[bytes]) -> None:
    await send({"type": "http.response.body", "body": b"".join(lines), "more_body": True})


Wanted = Callable[[Object], bool]
Encode = Callable[[str, Object], bytes]


def _filter(request: Request, target: Target) -> Wanted:
    hit = filter_of(request, target.resource)

    def wanted(obj: Object) -> bool:
        meta = obj["metadata"]
        if target.namespace and meta.get("namespace") != target.namespace:
            return False
        return (not target.name or meta["name"] == target.name) and (hit is None or hit(obj))

    return wanted


def _version(request: Request) -> int | None:
    """The version to start after; `None` for from the present state on."""
    text = request.query.get("resourceVersion", "")
    if text in ("", "0") or request.query.get("sendInitialEvents") == "true":
        return None
    if not text.isdigit():
        raise ApiError.bad_request(f'resourceVersion: Invalid value: "{text}": strconv.ParseUint: invalid syntax')
    return int(text)


def _encoder(kernel: Kernel, request: Request, target: Target) -> Encode:
    form, include = request.form, request.query.get("includeObject", "Metadata")
    is_first = True

    def encode(change: str, obj: Object) -> bytes:
        nonlocal is_first
        match form:
            case Form.TABLE:
                meta = {"resourceVersion": obj["metadata"]["resourceVersion"]}
                kind, now = target.resource.kind, kernel.clock.now()
                body = orjson.dumps(table(kind, [obj], now, include, meta, with_columns=is_first))
                is_first = False
            case Form.METADATA:
                body = orjson.dumps(partial(obj))
            case Form.OBJECT:
                body = kernel.encode(target.resource, obj)
        return b'{"type":"' + change.encode() + b'","object":' + body + b"}\n"

    return encode


def _initial(
    kernel: Kernel, request: Request, target: Target, wanted: Wanted, encode: Encode, start: int | None
) -> tuple[int, list[bytes]]:
    """The version to go on from, and the lines to begin with."""
    if start is not None:
        return start, []
    with kernel.store.lock:
        version = kernel.store.version
        objects = kernel.store.list(target.resource.kind, target.namespace or None)
        lines = [encode("ADDED", obj) for obj in objects if wanted(obj)]
    if request.query.get("sendInitialEvents") == "true":
        meta = {"resourceVersion": str(version), "annotations": {"k8s.io/initial-events-end": "true"}}
        kind = {"kind": target.resource.kind, "apiVersion": target.resource.api_version}
        lines.append(orjson.dumps({"type": "BOOKMARK", "object": {**kind, "metadata": meta}}) + b"\n")
    return version, lines


def _lines(event: StoreEvent, wanted: Wanted, encode: Encode) -> Iterable[bytes]:
    """What a change means to a selection: an object may enter or leave it without being created or deleted."""
    is_in = wanted(event.obj)
    was_in = event.previous is not None and wanted(event.previous)
    if event.type == "DELETED":
        if was_in or is_in:
            yield encode("DELETED", event.obj)
    elif is_in:
        yield encode("MODIFIED" if was_in else "ADDED", event.obj)
    elif was_in:
        yield encode("DELETED", event.obj)
