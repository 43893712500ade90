"""Jaeger's query API, which Tempo speaks through its bridge."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.telemetry.backend import Backend

NAMESPACE_TAGS = ("k8s.namespace.name", "namespace", "k8s_namespace_name")


@dataclass(frozen=True)
class Span:
    """One operation of one program."""

    id: str
    parent: str
    """Empty for the first."""
    service: str
    namespace: str
    """Empty where the program does not say."""
    operation: str
    start: int
    """Microseconds since the epoch."""
    duration: int
    """Microseconds."""
    failed: bool
    error: str
    """Its words; empty without any."""
    peer: str
    kind: str = ""
    """`server`, `client`, `producer`, `consumer` or `internal`; empty where the program does not say."""


@dataclass(frozen=True)
class Trace:
    """One request, its spans by start."""

    id: str
    spans: tuple[Span, ...]

    @property
    def root(self) -> Span:
        """The span without a parent among the others; the earliest when it was lost."""
        ids = {span.id for span in self.spans}
        return next((span for span in self.spans if span.parent not in ids), self.spans[0])


class Jaeger:
    """Services and traces. Raises `TelemetryUnreachable` and `TelemetryRejected`."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def services(self) -> tuple[str, ...]:
        """Names of all services that have sent traces."""
        return tuple(sorted((await self._backend.get("/api/services"))["data"] or ()))

    async def dependencies(self, end: float, seconds: float) -> tuple[tuple[str, str, int], ...]:
        """Calling and called service with the number of calls, over the seconds up to an epoch time."""
        query = (("endTs", str(int(end * 1e3))), ("lookback", str(int(seconds * 1e3))))
        rows = (await self._backend.get("/api/dependencies", query))["data"] or ()
        return tuple((row["parent"], row["child"], int(row["callCount"])) for row in rows)

    async def traces(
        self, service: str, start: float, end: float, limit: int, failed: bool = False, longer: float = 0.0
    ) -> tuple[Trace, ...]:
        """Traces through a service between two epoch times.

        With `failed` only those with an error in it; with `longer` only those in which it takes that many seconds.
        """
        query = [
            ("service", service),
            ("start", str(int(start * 1e6))),
            ("end", str(int(end * 1e6))),
            ("limit", str(limit)),
        ]
        if failed:
            query.append(("tags", '{"error":"true"}'))
        if longer:
            query.append(("minDuration", f"{max(1, round(longer * 1000))}ms"))
        rows = (await self._backend.get("/api/traces", query))["data"] or ()
        return tuple(_trace(row) for row in rows if row.get("spans"))


def _trace(row: Mapping[str, Any]) -> Trace:
    spans = (_span(span, row["processes"].get(span["processID"]) or {}) for span in row["spans"])
    return Trace(row["traceID"], tuple(sorted(spans, key=lambda span: span.start)))


def _span(row: Mapping[str, Any], process: Mapping[str, Any]) -> Span:
    tags = {tag["key"]: tag["value"] for tag in row.get("tags") or ()}
    places = {tag["key"]: str(tag["value"]) for tag in process.get("tags") or ()}
    references = row.get("references") or ()
    return Span(
        id=row["spanID"],
        parent=str(references[0]["spanID"]) if references else "",
        service=process.get("serviceName", "unknown"),
        namespace=next((places[key] for key in NAMESPACE_TAGS if key in places), ""),
        operation=row["operationName"],
        start=int(row["startTime"]),
        duration=int(row["duration"]),
        failed=str(tags.get("error", "")).lower() == "true" or tags.get("otel.status_code") == "ERROR",
        error=str(tags.get("otel.status_description") or tags.get("error.message") or tags.get("message") or ""),
        peer=str(tags.get("peer.address") or tags.get("server.address") or tags.get("peer.service") or ""),
        kind=str(tags.get("span.kind") or ""),
    )
