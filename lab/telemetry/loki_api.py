"""Loki's HTTP API: lines of streams, and their labels."""

import heapq
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from lab.cluster.api.answer import Answer, json_answer
from lab.telemetry.http import Asked, Routes
from lab.telemetry.log_streams import LogStreams, Stream
from lab.telemetry.logql import LogqlError, parse_log_query
from lab.traffic.traffic import Traffic

NANO = 1_000_000_000
LIMIT = 100
MOST = 5_000
LOOK_BACK_SECONDS = 3600.0


class LokiApi:
    """The API over the logs of one world."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic, self._logs = traffic, LogStreams(traffic)

    def routes(self) -> Routes:
        """Where it answers."""
        prefix = "/loki/api/v1"
        return (
            (f"{prefix}/query_range", self._safely(self._query_range)),
            (f"{prefix}/labels", self._safely(self._labels)),
            (f"{prefix}/label/(?P<name>[^/]+)/values", self._safely(self._values)),
            (f"{prefix}/series", self._safely(self._series)),
            ("/ready", lambda asked: Answer(200, b"ready\n", "text/plain")),
        )

    def _safely(self, answer: Callable[[Asked], Any]) -> Callable[[Asked], Answer]:
        def handler(asked: Asked) -> Answer:
            with self._traffic.cluster.store.lock:
                try:
                    return json_answer({"status": "success", "data": answer(asked)})
                except LogqlError as e:
                    return Answer(400, str(e).encode(), "text/plain; charset=utf-8")

        return handler

    def _query_range(self, asked: Asked) -> Any:
        query = parse_log_query(asked.first("query") or "")
        start, end = self._window(asked)
        newest = (asked.first("direction") or "backward") == "backward"
        limit = _limit(asked)
        found: list[tuple[float, int, int, Stream, str]] = []
        for number, stream in enumerate(self._logs.streams()):
            if query.chosen(stream.labels):
                for place, line in enumerate(self._logs.lines(stream, start, end)):
                    if query.keeps(line.text):
                        found.append((line.at, number, place, stream, line.text))
        pick = heapq.nlargest if newest else heapq.nsmallest
        rows: dict[int, tuple[Stream, list[list[str]]]] = {}
        for at, number, _, stream, text in pick(limit, found, key=lambda each: each[:3]):
            rows.setdefault(number, (stream, []))[1].append([str(int(at * NANO)), text])
        result = [{"stream": dict(rows[n][0].labels), "values": rows[n][1]} for n in sorted(rows)]
        return {"resultType": "streams", "result": result, "stats": {}}

    def _labels(self, asked: Asked) -> Any:
        return sorted({name for stream in self._alive(asked) for name in stream.labels})

    def _values(self, asked: Asked) -> Any:
        name = asked.places["name"]
        return sorted({stream.labels[name] for stream in self._alive(asked) if name in stream.labels})

    def _series(self, asked: Asked) -> Any:
        queries = [parse_log_query(text) for text in asked.all("match")]
        return [
            dict(stream.labels)
            for stream in self._alive(asked)
            if not queries or any(query.chosen(stream.labels) for query in queries)
        ]

    def _alive(self, asked: Asked) -> Iterator[Stream]:
        """Streams of containers that ran within the time asked for."""
        start, end = self._window(asked)
        for stream in self._logs.streams():
            runs = stream.seen.runs[stream.spec["name"]]
            if any(r.started_at < end and (r.finished_at is None or r.finished_at >= start) for r in runs):
                yield stream

    def _window(self, asked: Asked) -> tuple[float, float]:
        now = self._traffic.now()
        end = _time(asked.first("end"), now + 1e-6)
        return _time(asked.first("start"), end - LOOK_BACK_SECONDS), min(end, now + 1e-6)


def _limit(asked: Asked) -> int:
    text = asked.first("limit") or str(LIMIT)
    if not text.isdigit() or not 0 < int(text) <= MOST:
        raise LogqlError(f"limit must be a number from 1 to {MOST}, not {text!r}")
    return int(text)


def _time(text: str | None, default: float) -> float:
    """Nanoseconds, seconds with a point or with few digits, or RFC 3339: epoch seconds. Raises LogqlError."""
    if not text:
        return default
    try:
        number = float(text)
    except ValueError:
        pass
    else:
        return number / NANO if number > 1e12 else number
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except ValueError as e:
        raise LogqlError(f"could not parse {text!r} as a time") from e
