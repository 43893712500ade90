"""All series of a world, found by name and matchers."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from lab.telemetry.container_metrics import ContainerMetrics
from lab.telemetry.level_metrics import LevelMetrics
from lab.telemetry.request_metrics import RequestMetrics
from lab.telemetry.series import Labels, Series
from lab.telemetry.state_metrics import STATES_PREFIX, StateMetrics
from lab.traffic.traffic import Traffic

Match = Callable[[Labels], bool]


class Metrics:
    """The database of a Prometheus that has scraped the world since it was first watched.

    Read it while nobody changes the world: with `lock` held.
    """

    def __init__(self, traffic: Traffic) -> None:
        self.traffic = traffic
        self.lock = traffic.cluster.store.lock
        self._states = StateMetrics(traffic)
        self._others = (RequestMetrics(traffic), ContainerMetrics(traffic), LevelMetrics(traffic))
        self._known: dict[str, list[Series]] = {}
        self._sorted: set[str] = set()
        self._asked = (-1.0, -1)
        self._with_states = False
        """Whether what is known holds the states of objects, which few ask for."""

    def now(self) -> float:
        """The world's time, epoch seconds."""
        return self.traffic.now()

    def catch_up(self) -> None:
        """Work the past out now, so that all forks find it done; not the states of objects, which few ask for."""
        self._refresh(states=False)
        for name in self._known:
            self._in_order(name)

    def series(self, name: str | None = None) -> list[Series]:
        """The series of a metric, or all; some may have no sample in the time one looks at."""
        self._refresh(name is None or name.startswith(STATES_PREFIX))
        if name is not None:
            return self._in_order(name)
        return [each for name in sorted(self._known) for each in self._in_order(name)]

    def _in_order(self, name: str) -> list[Series]:
        found = self._known.get(name, [])
        if name not in self._sorted:
            found.sort(key=lambda each: sorted(each.labels.items()))
            self._sorted.add(name)
        return found

    def select(self, name: str | None, match: Match) -> list[Series]:
        """The series of a metric (or of any) whose labels match."""
        return [each for each in self.series(name) if match(each.labels)]

    def within(self, chosen: Iterable[Series], start: float, end: float) -> Iterator[Series]:
        """Those that have a sample between two times."""
        until = min(end, self.now())
        after = max(start, self.traffic.history.began - 1)
        return (each for each in chosen if each.between(after, until))

    def _refresh(self, states: bool) -> None:
        asked = (self.now(), len(self.traffic.history.changes))
        if asked == self._asked and self._with_states >= states:
            return
        known: dict[str, list[Series]] = defaultdict(list)
        for source in (*self._others, self._states) if states else self._others:
            for each in source.series():
                known[each.name].append(each)
        self._known, self._asked, self._with_states = dict(known), asked, states
        self._sorted.clear()


def type_of(name: str) -> Literal["counter", "gauge", "histogram"]:
    """The type of a metric by the custom of its name."""
    if name.startswith("http_request_duration_seconds"):
        return "histogram"
    return "counter" if name.endswith("_total") else "gauge"
