"""A cluster that is a list of objects: enough of the API for the reader, in process."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import yaml

from domain.base import Json
from domain.errors import AoiError, ClusterNotFound
from tools.cluster.connection import Connection
from tools.cluster.reader import Reader
from tools.cluster.resources import RESOURCES
from tools.redact.service import Redactor

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
REDACTOR = Redactor()


@dataclass
class Canned:
    """Answers lists, gets and logs out of `objects` and `logs`; `broken` maps a plural to the error to raise."""

    objects: Sequence[Json]
    logs: Mapping[tuple[str, str, bool], str] = field(default_factory=dict)
    broken: Mapping[str, AoiError] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    hang: bool = False

    async def request(
        self, method: str, path: str, *, query: Mapping[str, Any] | None = None, **_: object
    ) -> dict[str, Any]:
        """One object, or the list that the path and the field selector mean."""
        assert method == "GET"
        self.asked.append(path)
        if self.hang:
            await asyncio.Event().wait()
        parts = path.strip("/").split("/")
        rest = parts[2:] if parts[0] == "api" else parts[3:]
        namespace = rest[1] if rest[0] == "namespaces" and len(rest) > 2 else None
        plural, *name = rest[2:] if namespace else rest
        if plural in self.broken:
            raise self.broken[plural]
        kind = (
            "PodMetrics"
            if "metrics" in parts[1]
            else next(r.kind for r in RESOURCES.values() if r.plural == plural)
        )
        found = [
            o for o in self.objects if o["kind"] == kind and (namespace is None or _space(o, kind) == namespace)
        ]
        if name:
            match = [o for o in found if o["metadata"]["name"] == name[0]]
            if not match:
                raise ClusterNotFound(f"Could not read {kind} {name[0]}, it does not exist.")
            return dict(match[0])
        if kind == "PodMetrics" and not found:
            raise ClusterNotFound("no metrics")
        wanted = dict(part.split("=", 1) for part in (query or {}).get("fieldSelector", "").split(",") if part)
        about = {key.removeprefix("involvedObject."): value for key, value in wanted.items()}
        return {
            "items": [o for o in found if all(o.get("involvedObject", {}).get(k) == v for k, v in about.items())]
        }

    async def text(self, path: str, query: Mapping[str, Any], **_: object) -> str:
        """A log; one that is not there is not found."""
        key = (path.split("/")[-2], str(query.get("container")), bool(query.get("previous")))
        if "log" in self.broken:
            raise self.broken["log"]
        if key not in self.logs:
            raise ClusterNotFound("no such log")
        return "\n".join(self.logs[key].splitlines()[-int(query["tailLines"]) :])

    def reader(self) -> Reader:
        """A reader of this cluster."""
        return Reader(cast("Connection", self), REDACTOR)


class StoppedClock:
    """Always the same moment."""

    def now(self) -> datetime:
        """`NOW`."""
        return NOW

    def monotonic(self) -> float:
        """Zero."""
        return 0.0

    async def sleep(self, seconds: float) -> None:
        """At once."""


def objects(text: str) -> list[Json]:
    """Objects out of YAML documents; each gets the namespace `shop` unless it has one or is a Node or the like."""
    made: list[Json] = []
    for document in yaml.safe_load_all(text):
        scoped = RESOURCES[document["kind"]].namespaced
        metadata = {**({"namespace": "shop"} if scoped else {}), **document.get("metadata", {})}
        made.append({**document, "metadata": metadata})
    return made


def minutes_ago(minutes: float) -> str:
    """A Kubernetes timestamp."""
    return (NOW - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _space(obj: Json, kind: str) -> str | None:
    namespace: str | None = obj["metadata"].get("namespace")
    return namespace if RESOURCES[kind].namespaced else None
