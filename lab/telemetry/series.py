"""Time series as functions of time, read at the moments of a scrape."""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lab.cluster.randomness import noise

SCRAPE_SECONDS = 15
"""Every series has its samples at whole multiples of this."""
JITTER_SECONDS = 5.0
"""Counters are read up to this late, which is the noise in their rates. Less than `SCRAPE_SECONDS`, or they could
run backwards."""

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Series:
    """One series: its labels (`__name__` among them) and its value at a time."""

    labels: Labels
    value: Callable[[float], float | None]
    """At epoch seconds that have passed; `None` while there is nothing to scrape."""
    grows: Callable[[float, float], bool] | None = None
    """Whether it is there and never falls from one time to another; `None` where nobody can tell."""
    samples: dict[int, float | None] = field(default_factory=dict, compare=False)
    """Values by number of the scrape, as far as somebody has read them."""

    @property
    def name(self) -> str:
        """The metric."""
        return self.labels["__name__"]

    def between(self, after: float, until: float) -> list[tuple[float, float]]:
        """Samples later than `after`, up to `until`, oldest first."""
        numbers = _scrapes(after, until)
        return [(time_of(number), value) for number in numbers if (value := self._read(number)) is not None]

    def outline(self, after: float, until: float) -> tuple[list[tuple[float, float]], int]:
        """What a rate needs of `between`, and how many samples there are.

        While the series only grows, those between the first and the last one change no rate.
        """
        numbers = _scrapes(after, until)
        if len(numbers) > 2 and self.grows is not None:
            first, last = time_of(numbers[0]), time_of(numbers[-1])
            if self.grows(first, last):
                ends = [(first, self._read(numbers[0]) or 0.0), (last, self._read(numbers[-1]) or 0.0)]
                return ends, len(numbers)
        samples = self.between(after, until)
        return samples, len(samples)

    def newest(self, after: float, until: float) -> float | None:
        """The last value of `between`; `None` without any."""
        return next(
            (value for n in reversed(_scrapes(after, until)) if (value := self._read(n)) is not None), None
        )

    def _read(self, number: int) -> float | None:
        try:
            return self.samples[number]
        except KeyError:
            value = self.samples[number] = self.value(time_of(number))
            return value


def time_of(number: int) -> float:
    """When a scrape is made."""
    return float(number * SCRAPE_SECONDS)


def _scrapes(after: float, until: float) -> range:
    """Numbers of the scrapes later than `after`, up to `until`."""
    return range(int(after // SCRAPE_SECONDS) + 1, int(until // SCRAPE_SECONDS) + 1)


@dataclass
class Steps:
    """A value that changes at times; `None` while there is none."""

    times: list[float] = field(default_factory=list)
    values: list[float | None] = field(default_factory=list)

    def set(self, at: float, value: float | None) -> None:
        """The value from a time on; times must not go back."""
        if self.times and self.times[-1] == at:
            self.values[-1] = value
        elif (self.values[-1] if self.values else None) != value:
            self.times.append(at)
            self.values.append(value)

    def at(self, at: float) -> float | None:
        """The value at a time."""
        number = bisect_right(self.times, at)
        return self.values[number - 1] if number else None


@dataclass
class Accumulated:
    """The integral of a rate that changes at times."""

    times: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    sums: list[float] = field(default_factory=list)

    def set(self, at: float, rate: float) -> None:
        """The rate a second from a time on; times must not go back."""
        if (self.rates[-1] if self.rates else 0.0) == rate:
            return
        self.sums.append(self.until(at))
        self.times.append(at)
        self.rates.append(rate)

    def until(self, at: float) -> float:
        """How much has come together by a time."""
        number = bisect_right(self.times, at) - 1
        return 0.0 if number < 0 else self.sums[number] + self.rates[number] * (at - self.times[number])


def read_late(seed: int, at: float) -> float:
    """The time up to which a counter that is read at `at` has counted; it never runs backwards."""
    number, rest = divmod(at, SCRAPE_SECONDS)
    here, there = noise(seed, int(number)), noise(seed, int(number) + 1)
    return at - JITTER_SECONDS * (here + (there - here) * rest / SCRAPE_SECONDS)
