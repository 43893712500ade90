"""`pods/log`."""

import asyncio
from collections.abc import Iterable
from typing import Final

from lab.cluster.api.answer import Answer, Stream
from lab.cluster.api.kernel import Kernel
from lab.cluster.api.request import Receive, Request, Send, Target
from lab.cluster.api.watch import disconnected
from lab.cluster.api.writes import require
from lab.cluster.errors import ApiError
from lab.cluster.ports import FOREVER, LogLine, Object

POLL_SECONDS: Final = 0.2
"""Wall time between two looks while following."""


def logs(kernel: Kernel, request: Request, target: Target) -> Answer | Stream:
    """GET of a container's log, whole or followed. Raises ApiError."""
    pod = require(kernel, target)
    container = container_of(pod, request.query.get("container", ""))
    previous = request.query.get("previous") == "true"
    tail, since = _number(request, "tailLines"), _since(kernel, request)
    lines = kernel.world.logs(pod, container, previous, tail, since)
    text = _text(kernel, request, lines)
    if limit := _number(request, "limitBytes"):
        text = text[:limit]
    if request.query.get("follow") == "true" and not previous:
        return _follow(kernel, request, target, container, text)
    return Answer(200, text, "text/plain")


def container_of(pod: Object, asked: str) -> str:
    """The container meant. Raises ApiError 400 when there is none or a choice."""
    spec, name = pod["spec"], pod["metadata"]["name"]
    mains = [c["name"] for c in spec["containers"]]
    inits = [c["name"] for c in spec.get("initContainers") or ()]
    if asked:
        if asked not in (*mains, *inits):
            raise ApiError.bad_request(f"container {asked} is not valid for pod {name}")
        return asked
    if len(mains) > 1:
        text = f"a container name must be specified for pod {name}, choose one of: [{' '.join(mains)}]"
        others = f" or one of the init containers: [{' '.join(inits)}]" if inits else ""
        raise ApiError.bad_request(text + others)
    return str(mains[0])


def _since(kernel: Kernel, request: Request) -> float:
    """Epoch seconds of the oldest line wanted. Raises ApiError 400."""
    if seconds := _number(request, "sinceSeconds"):
        return kernel.clock.now() - seconds
    if since := request.query.get("sinceTime"):
        try:
            return kernel.clock.parse(since)
        except ValueError as e:
            raise ApiError.bad_request(f'sinceTime: parsing time "{since}"') from e
    return -FOREVER


def _number(request: Request, name: str) -> int | None:
    text = request.query.get(name)
    if text is None:
        return None
    if not text.isdigit():
        raise ApiError.bad_request(f'{name}: strconv.ParseInt: parsing "{text}": invalid syntax')
    return int(text)


def _text(kernel: Kernel, request: Request, lines: Iterable[LogLine]) -> bytes:
    if request.query.get("timestamps") != "true":
        return "".join(f"{line.text}\n" for line in lines).encode()
    return "".join(f"{kernel.clock.micro(line.at)[:-1]}000Z {line.text}\n" for line in lines).encode()


def _follow(kernel: Kernel, request: Request, target: Target, container: str, first: bytes) -> Stream:
    async def run(receive: Receive, send: Send) -> None:
        gone = asyncio.ensure_future(disconnected(receive))
        start: dict[str, object] = {"type": "http.response.start", "status": 200}
        await send({**start, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": first, "more_body": True})
        seen = kernel.clock.now()
        uid = require(kernel, target)["metadata"]["uid"]
        try:
            while not gone.done() and not kernel.changes.closed:
                await asyncio.wait({gone}, timeout=POLL_SECONDS)
                pod = kernel.store.get("Pod", target.namespace, target.name)
                if pod is None or pod["metadata"]["uid"] != uid:
                    break
                now = kernel.clock.now()
                lines = kernel.world.logs(pod, container, False, since=seen)
                new = [line for line in lines if seen < line.at <= now]
                if new:
                    body = _text(kernel, request, new)
                    await send({"type": "http.response.body", "body": body, "more_body": True})
                seen = now
                if not _is_running(pod, container):
                    break
            await send({"type": "http.response.body", "body": b""})
        except ApiError:  # the container went away: the stream just ends, as the kubelet's does
            await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()

    return run


def _is_running(pod: Object, container: str) -> bool:
    status = pod.get("status") or {}
    statuses = [*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ())]
    return any(each["name"] == container and "running" in each["state"] for each in statuses)
