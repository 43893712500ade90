"""Prometheus' HTTP API: queries, series and labels."""

import math
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import promql_parser as promql

from lab.cluster.api.answer import Answer, json_answer
from lab.telemetry.http import Asked, Routes
from lab.telemetry.metrics import Metrics, type_of
from lab.telemetry.promql.evaluate import Evaluation
from lab.telemetry.promql.parse import matching, parse
from lab.telemetry.promql.values import Matrix, PromqlError, Sample, Value, Vector, key_of
from lab.telemetry.series import Series

MOST_POINTS = 11_000
"""Of one series in an answer, as in Prometheus."""
VERSION = "2.45.0"
"""Whose PromQL is spoken."""


class PrometheusApi:
    """The API over the metrics of one world."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def routes(self) -> Routes:
        """Where it answers."""
        return (
            ("/api/v1/query", self._safely(self._query)),
            ("/api/v1/query_range", self._safely(self._query_range)),
            ("/api/v1/series", self._safely(self._series)),
            ("/api/v1/labels", self._safely(self._labels)),
            ("/api/v1/label/(?P<name>[^/]+)/values", self._safely(self._label_values)),
            ("/api/v1/metadata", self._safely(self._metadata)),
            ("/api/v1/status/buildinfo", self._safely(lambda asked: {"version": VERSION})),
            ("/-/(healthy|ready)", lambda asked: Answer(200, b"Prometheus Server is Ready.\n", "text/plain")),
        )

    def _safely(self, answer: Callable[[Asked], Any]) -> Callable[[Asked], Answer]:
        def handler(asked: Asked) -> Answer:
            with self._metrics.lock:
                try:
                    return json_answer({"status": "success", "data": answer(asked)})
                except PromqlError as e:
                    body = {"status": "error", "errorType": e.kind, "error": str(e)}
                    return json_answer(body, 400 if e.kind == "bad_data" else 422)

        return handler

    # ---- queries ----

    def _query(self, asked: Asked) -> Any:
        tree = parse(_needed(asked, "query"))
        at = self._time(asked, "time", self._metrics.now())
        return _shown(Evaluation(self._metrics).at(tree, at), at)

    def _query_range(self, asked: Asked) -> Any:
        tree = parse(_needed(asked, "query"))
        start, end = self._time(asked, "start", None), self._time(asked, "end", None)
        step = seconds_of(_needed(asked, "step"), "step")
        if end < start:
            raise PromqlError('invalid parameter "end": end timestamp must not be before start time')
        if step <= 0:
            raise PromqlError('invalid parameter "step": zero or negative query resolution step widths are wrong')
        if (end - start) / step > MOST_POINTS:
            raise PromqlError("exceeded maximum resolution of 11,000 points per timeseries; take a larger step")
        lines: dict[Any, tuple[Sample, list[list[Any]]]] = {}
        evaluation = Evaluation(self._metrics)
        for number in range(int((end - start) / step + 1e-9) + 1):
            at = start + number * step
            for sample in _samples(evaluation.at(tree, at)):
                _, values = lines.setdefault(key_of(sample.labels), (sample, []))
                values.append([at, spelled(sample.value)])
        found = [
            {"metric": dict(sample.labels), "values": values} for _, (sample, values) in sorted(lines.items())
        ]
        return {"resultType": "matrix", "result": found}

    # ---- what there is ----

    def _series(self, asked: Asked) -> Any:
        if not asked.all("match"):
            raise PromqlError("no match[] parameter provided")
        return [dict(each.labels) for each in self._chosen(asked)]

    def _labels(self, asked: Asked) -> Any:
        return sorted({name for each in self._chosen(asked) for name in each.labels})

    def _label_values(self, asked: Asked) -> Any:
        name = asked.places["name"]
        return sorted({each.labels[name] for each in self._chosen(asked) if name in each.labels})

    def _metadata(self, asked: Asked) -> Any:
        names = {each.name for each in self._metrics.series()}
        return {name: [{"type": type_of(name), "help": "", "unit": ""}] for name in sorted(names)}

    def _chosen(self, asked: Asked) -> Iterator[Series]:
        end = self._time(asked, "end", self._metrics.now())
        start = self._time(asked, "start", 0.0)
        found: dict[int, Series] = {}
        for selector in asked.all("match") or ['{__name__=~".+"}']:
            tree = parse(selector)
            if not isinstance(tree, promql.VectorSelector):
                raise PromqlError(f'invalid parameter "match[]": {selector!r} is no series selector')
            name, match = matching(tree)
            found |= {id(each): each for each in self._metrics.select(name, match)}
        return self._metrics.within(found.values(), start, end)

    def _time(self, asked: Asked, name: str, default: float | None) -> float:
        text = asked.first(name) or ""
        if not text and default is not None:
            return default
        try:
            return float(text)
        except ValueError:
            pass
        try:
            return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
        except ValueError as e:
            raise PromqlError(f'invalid parameter "{name}": cannot parse {text!r} to a valid timestamp') from e


def _needed(asked: Asked, name: str) -> str:
    text = asked.first(name)
    if not text:
        raise PromqlError(f'invalid parameter "{name}": it is missing')
    return text


def seconds_of(text: str, name: str) -> float:
    """`15`, `15s`, `1m30s`. Raises PromqlError."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return float(promql.parse_duration(text).total_seconds())
    except ValueError as e:
        raise PromqlError(f'invalid parameter "{name}": cannot parse {text!r} to a valid duration') from e


def spelled(value: float) -> str:
    """A number as Prometheus writes it."""
    value = float(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _samples(value: Value) -> list[Sample]:
    match value:
        case float():
            return [Sample({}, value)]
        case Vector():
            return value.samples
        case _:
            raise PromqlError("invalid expression type for range query, must be Scalar or instant Vector")


def _shown(value: Value, at: float) -> dict[str, Any]:
    match value:
        case float():
            return {"resultType": "scalar", "result": [at, spelled(value)]}
        case str():
            return {"resultType": "string", "result": [at, value]}
        case Vector():
            found = [{"metric": dict(s.labels), "value": [at, spelled(s.value)]} for s in value.samples]
            return {"resultType": "vector", "result": found}
        case Matrix():
            rows = [
                {"metric": dict(each.labels), "values": [[t, spelled(v)] for t, v in each.samples]}
                for each in value.windows
            ]
            return {"resultType": "matrix", "result": rows}
