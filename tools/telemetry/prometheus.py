"""Prometheus' HTTP API, which Thanos, Mimir and VictoriaMetrics speak too."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from domain.errors import TelemetryRejected
from tools.telemetry.backend import Backend


@dataclass(frozen=True)
class Sample:
    """One element of an instant vector."""

    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True)
class Line:
    """One series of a range."""

    labels: Mapping[str, str]
    values: tuple[tuple[float, float], ...]
    """Epoch seconds and value, oldest first."""


class Prometheus:
    """Queries. Raises `TelemetryUnreachable` and `TelemetryRejected`."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def query(self, query: str, at: float) -> tuple[Sample, ...]:
        """An instant vector at epoch seconds; a scalar counts as one sample without labels."""
        data = (await self._backend.get("/api/v1/query", (("query", query), ("time", f"{at:.3f}"))))["data"]
        if data["resultType"] == "scalar":
            return (Sample({}, float(data["result"][1])),)
        if data["resultType"] != "vector":
            raise TelemetryRejected(
                "The query comes to a range, not to a number for each series; wrap it in rate."
            )
        return tuple(Sample(row["metric"], float(row["value"][1])) for row in data["result"])

    async def queries(self, queries: Mapping[str, str], at: float) -> dict[str, tuple[Sample, ...]]:
        """Several at once, under the same names."""
        answers = await asyncio.gather(*(self.query(query, at) for query in queries.values()))
        return dict(zip(queries, answers, strict=True))

    async def query_range(self, query: str, start: float, end: float, step: float) -> tuple[Line, ...]:
        """Values at every `step` seconds between two epoch times."""
        times = (("start", f"{start:.3f}"), ("end", f"{end:.3f}"), ("step", f"{step:g}"))
        data = (await self._backend.get("/api/v1/query_range", (("query", query), *times)))["data"]
        return tuple(
            Line(row["metric"], tuple((float(at), float(value)) for at, value in row["values"]))
            for row in data["result"]
        )
