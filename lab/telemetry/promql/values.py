"""What an expression comes to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from lab.telemetry.series import Series


class PromqlError(Exception):
    """A query that cannot be answered, in the words and the kind of Prometheus' API."""

    def __init__(self, text: str, kind: Literal["bad_data", "execution"] = "bad_data") -> None:
        super().__init__(text)
        self.kind = kind


@dataclass(frozen=True)
class Sample:
    """One element of an instant vector."""

    labels: Mapping[str, str]
    value: float

    def unnamed(self, value: float) -> "Sample":
        """The same series with another value, which is no longer that metric."""
        return Sample({key: word for key, word in self.labels.items() if key != "__name__"}, value)


@dataclass(frozen=True)
class Window:
    """One element of a range vector."""

    labels: Mapping[str, str]
    samples: list[tuple[float, float]]
    """Time and value, oldest first; at least one. For rates, of a series that only grows, an outline."""
    count: int
    """How many samples the series has in the range."""


@dataclass(frozen=True)
class Vector:
    """An instant vector."""

    samples: list[Sample]


@dataclass(frozen=True)
class Matrix:
    """A range vector."""

    windows: list[Window]
    start: float
    """Of the range, exclusive."""
    end: float


Value = float | str | Vector | Matrix


class Source(Protocol):
    """Where samples come from."""

    def now(self) -> float:
        """Epoch seconds; there are no samples after it."""

    def series(self, name: str | None = None) -> list[Series]:
        """The series of a metric, or all of them."""


def key_of(labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Labels as a key."""
    return tuple(sorted(labels.items()))
