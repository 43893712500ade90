"""Courses of PromQL queries: the windows up to now, and some spread over the hour before."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from tools.signals import PAST_SECONDS, Course
from tools.telemetry.prometheus import Prometheus

WINDOW = 120.0
"""Seconds of one window; at least four scrapes of the usual interval."""
SHORTEST = 45.0
"""Seconds of a window that has been measured at least twice."""
SCRAPE = 15.0
"""Seconds after a change in which what is measured may still be of before it."""
LATE = 2
"""Windows that count as lately."""
BEFORE = 5
"""Windows of the past."""
APART = 900.0
"""Seconds between their ends."""
AGE = PAST_SECONDS - (BEFORE - 1) * APART
"""Seconds before now in which an incident may well have begun, and which count for no past."""

Labels = tuple[str, ...]
"""The values of the labels that tell the series of an answer apart."""
Points = dict[Labels, dict[int, float]]


@dataclass(frozen=True)
class Span:
    """Windows at equal distances."""

    start: float
    """The end of the first one, epoch seconds."""
    end: float
    """The end of the last one."""
    count: int
    step: float
    """Seconds from one end to the next."""
    window: float
    """Seconds of each."""


@dataclass(frozen=True)
class Windows:
    """The times of one look."""

    now: float
    """Epoch seconds."""
    window: float = WINDOW
    """Seconds of each of the windows up to now."""
    late: int = LATE

    @classmethod
    def since(cls, began: float, now: float) -> Self | None:
        """One window that holds nothing of before `began`; `None` while too little time has passed."""
        window = min(WINDOW, now - began - SCRAPE)
        return None if window < SHORTEST else cls(now, window, late=1)

    @property
    def lately(self) -> Span:
        """The windows up to now, one after the other."""
        return Span(self.now - (self.late - 1) * self.window, self.now, self.late, self.window, self.window)

    @property
    def before(self) -> Span:
        """The windows of the past."""
        calm = self.now - AGE
        return Span(calm - (BEFORE - 1) * APART, calm, BEFORE, APART, WINDOW)


@dataclass(frozen=True)
class Asked:
    """One query, with `WINDOW` where the range belongs, and the labels that tell its series apart."""

    query: str
    labels: Labels
    scale: float = 1.0
    """What the values are multiplied by."""
    everywhere: bool = False
    """Whether a window without a value counts as 0, as for a counter that has not begun."""


async def courses(prometheus: Prometheus, windows: Windows, asked: Asked) -> dict[Labels, Course]:
    """The course of each series that has a value lately. Raises as `Prometheus` does."""
    lately = await _points(prometheus, windows.lately, asked)
    before = await _points(prometheus, windows.before, asked) if lately else {}
    return {
        key: Course(
            _filled(values, windows.late, asked.everywhere),
            _filled(before.get(key, {}), BEFORE, asked.everywhere),
        )
        for key, values in lately.items()
    }


async def _points(prometheus: Prometheus, span: Span, asked: Asked) -> Points:
    """Values by series and number of the window."""
    query = asked.query.replace("WINDOW", f"[{span.window:.0f}s]")
    lines = await prometheus.query_range(query, span.start, span.end, span.step)
    return {
        tuple(line.labels.get(name, "") for name in asked.labels): {
            round((at - span.start) / span.step): value * asked.scale
            for at, value in line.values
            if math.isfinite(value)
        }
        for line in lines
    }


def _filled(values: Mapping[int, float], count: int, everywhere: bool) -> tuple[float, ...]:
    return tuple(values.get(number, 0.0) for number in range(count) if everywhere or number in values)
