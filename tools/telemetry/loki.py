"""Loki's HTTP API."""

from collections.abc import Mapping
from dataclasses import dataclass

from tools.telemetry.backend import Backend


@dataclass(frozen=True)
class Stream:
    """Lines of one stream."""

    labels: Mapping[str, str]
    lines: tuple[tuple[int, str], ...]
    """Nanoseconds since the epoch and the line, oldest first."""


class Loki:
    """Lines. Raises `TelemetryUnreachable` and `TelemetryRejected`."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def query_range(self, query: str, start: float, end: float, limit: int) -> tuple[Stream, ...]:
        """The newest `limit` lines between two epoch times."""
        asked = (
            ("query", query),
            ("start", str(int(start * 1e9))),
            ("end", str(int(end * 1e9))),
            ("limit", str(limit)),
            ("direction", "backward"),
        )
        data = (await self._backend.get("/loki/api/v1/query_range", asked))["data"]
        return tuple(
            Stream(row["stream"], tuple(sorted((int(value[0]), str(value[1])) for value in row["values"])))
            for row in data["result"]
        )
