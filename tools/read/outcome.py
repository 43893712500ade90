"""What a probe hands back before it becomes a `ProbeResult`."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from domain.cluster import Ref, Severity

TEXT_CHARS = 300
"""Longest sentence of an observation."""


@dataclass(frozen=True)
class Observation:
    """One sentence about one object; a finding without its artifact."""

    severity: Severity
    subject: Ref
    text: str


@dataclass(frozen=True)
class Outcome:
    """The raw output for the artifact, and what matters in it. No text means that there was nothing."""

    note: str
    """One sentence: what was looked at."""
    text: str = ""
    observations: tuple[Observation, ...] = ()


def observe(severity: Severity, subject: Ref, text: str) -> Observation:
    """An observation on one line and not too long."""
    line = " ".join(text.split())
    return Observation(severity, subject, line if len(line) <= TEXT_CHARS else line[: TEXT_CHARS - 1] + "…")


def in_turn(seen: Sequence[Sequence[Observation]]) -> tuple[Observation, ...]:
    """The first of each, then the second of each: where there is no room for all, each place is told of."""
    rows = zip_longest(*seen)
    return tuple(observation for row in rows for observation in row if observation is not None)


def count(number: int, noun: str, plural: str | None = None) -> str:
    """`1 pod`, `2 pods`, `no pods`."""
    many = plural or f"{noun}s"
    return f"no {many}" if number == 0 else f"{number} {noun if number == 1 else many}"
