"""An API server over a world in which nothing happens by itself: what the API answers is then all its own."""

import asyncio
import random
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from lab.cluster.api.app import Api
from lab.cluster.api.kernel import Kernel
from lab.cluster.clock import VirtualClock
from lab.cluster.defaults import default_objects
from lab.cluster.errors import ApiError
from lab.cluster.ports import FOREVER, ExecResult, LogLine, Object, Operation
from lab.cluster.resources import by_kind
from lab.cluster.store import Store
from lab.cluster.users import ADMIN, Tokens

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class QuietWorld:
    """Admits everything, runs nothing; every container has written the same ten lines."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.settled = 0

    def admit(self, kind: str, obj: Object, operation: Operation, dry_run: bool) -> Object:
        return obj

    def logs(
        self,
        pod: Object,
        container: str,
        previous: bool,
        newest: int | None = None,
        since: float = -FOREVER,
    ) -> list[LogLine]:
        if previous:
            text = f'previous terminated container "{container}" in pod "{pod["metadata"]["name"]}" not found'
            raise ApiError.bad_request(text)
        start = START.timestamp()
        every = [LogLine(start + i, f"{container} {i}") for i in range(10)]
        lines = [line for line in every if since <= line.at <= self.clock.now()]
        return lines if newest is None else lines[max(0, len(lines) - newest) :]

    def exec(self, pod: Object, container: str, command: list[str]) -> ExecResult:
        return ExecResult(0, " ".join(command))

    def usage(self, pod: Object) -> dict[str, tuple[int, int]]:
        return {container["name"]: (250, 64 << 20) for container in pod["spec"]["containers"]}

    def settle(self) -> None:
        self.settled += 1

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def next_due(self) -> float | None:
        return None


@dataclass
class Reply:
    """An answer of the API."""

    code: int
    body: Any
    headers: dict[str, str]

    @property
    def message(self) -> str:
        return str(self.body["message"])


@dataclass
class Quiet:
    """The API with its parts in reach."""

    clock: VirtualClock = field(default_factory=lambda: VirtualClock(START))

    def __post_init__(self) -> None:
        self.store = Store(self.clock, random.Random(1))
        self.world = QuietWorld(self.clock)
        self.tokens = Tokens(random.Random(2))
        self.kernel = Kernel(self.store, self.clock, self.world, self.tokens, self.world.settle)
        self.api = Api(self.kernel)
        for obj in default_objects(self.clock, random.Random(3), nodes=2):
            self.store.create(obj["kind"], obj)

    async def __call__(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: str = "",
        user: str | None = ADMIN,
        **headers: str,
    ) -> Reply:
        """One request; header names are given with underscores."""
        head, *parts = await self.stream(method, path, body, query=query, user=user, **headers)
        content = b"".join(part.get("body", b"") for part in parts)
        found = {name.decode(): value.decode() for name, value in head["headers"]}
        is_json = found["content-type"].startswith("application/json")
        return Reply(head["status"], orjson.loads(content) if is_json else content.decode(), found)

    async def stream(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: str = "",
        user: str | None = ADMIN,
        **headers: str,
    ) -> list[MutableMapping[str, Any]]:
        """Every message that the server sends."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if user is not None:
            given.setdefault("authorization", f"Bearer {self.tokens.mint(user)}")
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        }
        content = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            if method == "GET":
                await asyncio.Event().wait()
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        await self.api(scope, receive, send)
        return sent


def pod(name: str, namespace: str = "default", labels: dict[str, str] | None = None, **spec: Any) -> Object:
    """A running pod."""
    containers = spec.pop("containers", [{"name": "main", "image": "shop/api:1"}])
    statuses = [
        {
            "name": each["name"],
            "image": each["image"],
            "imageID": "",
            "ready": True,
            "restartCount": 0,
            "state": {"running": {"startedAt": "2026-01-05T09:00:00Z"}},
            "lastState": {},
        }
        for each in containers
    ]
    return {
        "metadata": {"name": name, "namespace": namespace, "labels": labels or {}},
        "spec": {"nodeName": "node-1", "containers": containers, **spec},
        "status": {
            "phase": "Running",
            "containerStatuses": statuses,
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    }


def deployment(name: str = "web", **spec: Any) -> Object:
    """A deployment with two containers."""
    labels = {"app": name}
    containers = [{"name": "main", "image": "shop/web:1"}, {"name": "side", "image": "shop/proxy:1"}]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
            **spec,
        },
    }


def put(store: Store, obj: Object) -> Object:
    """Store an object as its controller would."""
    assert by_kind(obj["kind"]).stored
    return store.create(obj["kind"], obj)
