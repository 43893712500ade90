"""Jaeger's query API, as its own user interface calls it."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import orjson

from lab.cluster.api.answer import Answer, json_answer
from lab.telemetry.dependencies import calls_between, services_of
from lab.telemetry.http import Asked, Routes
from lab.telemetry.prometheus_api import seconds_of
from lab.telemetry.promql.values import PromqlError
from lab.telemetry.traces import Span, Trace, Traces
from lab.traffic.traffic import Traffic

MICRO = 1_000_000
LOOK_BACK_SECONDS = 3600.0
LIMIT = 100
"""Traces of an answer where none is asked for."""
MOST = 1_500
MOST_SEEN = 20_000
"""Traces that one question looks at."""


class Wrong(Exception):
    """A question that cannot be answered."""


class JaegerApi:
    """The API over the traces of one world."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic, self._traces = traffic, Traces(traffic)

    def routes(self) -> Routes:
        """Where it answers."""
        return (
            ("/api/services", self._safely(self._services)),
            ("/api/services/(?P<service>[^/]+)/operations", self._safely(self._operations)),
            ("/api/traces", self._safely(self._search)),
            ("/api/traces/(?P<id>[^/]+)", self._safely(self._one)),
            ("/api/dependencies", self._safely(self._dependencies)),
        )

    def _safely(self, answer: Callable[[Asked], list[Any]]) -> Callable[[Asked], Answer]:
        def handler(asked: Asked) -> Answer:
            with self._traffic.cluster.store.lock:
                try:
                    return _answer(answer(asked), 200)
                except LookupError:
                    return _answer(None, 404, "trace not found")
                except (Wrong, PromqlError, ValueError) as e:
                    return _answer(None, 400, str(e))

        return handler

    def _services(self, asked: Asked) -> list[Any]:
        return sorted(services_of(self._traffic.timeline.until(self._traffic.now())))

    def _operations(self, asked: Asked) -> list[Any]:
        seen = islice(self._traces.newest(self._traffic.now() - LOOK_BACK_SECONDS, self._traffic.now()), LIMIT)
        spans = (span for request in seen for span in request.trace.spans)
        return sorted({span.operation for span in spans if span.service == asked.places["service"]})

    def _search(self, asked: Asked) -> list[Any]:
        service = asked.first("service")
        if not service:
            raise Wrong("parameter 'service' is required")
        end = float(asked.first("end") or self._traffic.now() * MICRO) / MICRO
        back = seconds_of(asked.first("lookback") or f"{LOOK_BACK_SECONDS:g}", "lookback")
        start = float(asked.first("start") or (end - back) * MICRO) / MICRO
        wanted = _Wanted(service, asked)
        seen = islice(self._traces.newest(start, end), MOST_SEEN)
        limit = min(int(asked.first("limit") or LIMIT), MOST)
        able = (request.trace for request in seen if service in request.front.services)
        return [shown(trace) for trace in islice((trace for trace in able if wanted.fits(trace)), limit)]

    def _one(self, asked: Asked) -> list[Any]:
        trace = self._traces.get(asked.places["id"])
        if trace is None:
            raise LookupError
        return [shown(trace)]

    def _dependencies(self, asked: Asked) -> list[Any]:
        end = float(asked.first("endTs") or self._traffic.now() * 1000) / 1000
        back = float(asked.first("lookback") or LOOK_BACK_SECONDS * 1000) / 1000
        until = min(end, self._traffic.now())
        calls = calls_between(self._traffic.timeline.until(until), end - back, until)
        return [
            {"parent": parent, "child": child, "callCount": int(count)}
            for (parent, child), count in sorted(calls.items())
            if count >= 1
        ]


class _Wanted:
    """What a search asks of a trace: that some span of the service fits all of it."""

    def __init__(self, service: str, asked: Asked) -> None:
        self._service, self._operation = service, asked.first("operation")
        self._least = seconds_of(asked.first("minDuration") or "0", "minDuration")
        self._most = seconds_of(asked.first("maxDuration") or "86400", "maxDuration")
        tags = orjson.loads(asked.first("tags") or "{}")
        self._tags = {key: str(value).lower() for key, value in tags.items()}
        self._failed = self._tags.get("error") == "true"

    def fits(self, trace: Trace) -> bool:
        """Whether the trace is asked for."""
        return any(self._fits(span) for span in trace.spans if span.service == self._service)

    def _fits(self, span: Span) -> bool:
        if self._operation not in (None, "", "all", span.operation):
            return False
        if not self._least <= span.seconds <= self._most or (self._failed and not span.failed):
            return False
        tags = {tag["key"]: str(tag["value"]).lower() for tag in _tags(span)}
        return all(tags.get(key) == value for key, value in self._tags.items())


def shown(trace: Trace) -> dict[str, Any]:
    """A trace as Jaeger writes it."""
    processes: dict[tuple[str, str], str] = {}
    spans = []
    for number, span in enumerate(trace.spans):
        process = processes.setdefault((span.service, span.place.pod), f"p{len(processes) + 1}")
        spans.append(_span(trace, number, span, process))
    places = {(span.service, span.place.pod): span.place for span in trace.spans}
    return {
        "traceID": trace.id,
        "spans": spans,
        "processes": {
            process: {
                "serviceName": key[0],
                "tags": [
                    _tag("k8s.namespace.name", places[key].namespace),
                    _tag("k8s.pod.name", places[key].pod),
                    _tag("k8s.node.name", places[key].node),
                ],
            }
            for key, process in processes.items()
        },
        "warnings": None,
    }


def _span(trace: Trace, number: int, span: Span, process: str) -> dict[str, Any]:
    reference = {"refType": "CHILD_OF", "traceID": trace.id, "spanID": trace.id_of(span.above)}
    return {
        "traceID": trace.id,
        "spanID": trace.id_of(number),
        "operationName": span.operation,
        "references": [reference] if span.above >= 0 else [],
        "startTime": int(span.start * MICRO),
        "duration": int(span.seconds * MICRO),
        "tags": list(_tags(span)),
        "logs": [],
        "processID": process,
        "warnings": None,
    }


def _tags(span: Span) -> Iterator[dict[str, Any]]:
    yield _tag("span.kind", span.kind)
    if span.status:
        yield _tag("http.status_code", span.status)
    if span.peer:
        yield _tag("peer.address", span.peer)
    if span.failed:
        yield _tag("error", True)
        yield _tag("otel.status_code", "ERROR")
    if span.error:
        yield _tag("otel.status_description", span.error)


def _tag(key: str, value: str | int | bool) -> dict[str, Any]:
    kind = {str: "string", bool: "bool", int: "int64"}[type(value)]
    return {"key": key, "type": kind, "value": value}


def _answer(data: Iterable[Any] | None, code: int, message: str = "") -> Answer:
    errors = [{"code": code, "msg": message}] if message else None
    rows = None if data is None else list(data)
    body = {"data": rows, "total": len(rows or ()), "limit": 0, "offset": 0, "errors": errors}
    return json_answer(body, code)
