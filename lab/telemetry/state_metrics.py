"""The state of the cluster's objects, under the names of kube-state-metrics."""

from collections.abc import Iterator

from lab.cluster.ports import Object
from lab.telemetry.series import Series, Steps
from lab.telemetry.states import STATES
from lab.traffic.traffic import Traffic

STATES_PREFIX = "kube_"
"""How the names of all these series begin."""
_Labels = tuple[tuple[str, str], ...]


class StateMetrics:
    """Series of all objects that have ever been, made from the changes of the store."""

    def __init__(self, traffic: Traffic) -> None:
        self._history = traffic.history
        self._steps: dict[_Labels, Steps] = {}
        self._series: dict[_Labels, Series] = {}
        self._shown: dict[tuple[str, str], set[_Labels]] = {}
        """By kind and uid, the series that an object has now."""
        self._done = 0

    def series(self) -> Iterator[Series]:
        """All of them, up to now."""
        changes = self._history.changes
        while self._done < len(changes):
            change = changes[self._done]
            self._done += 1
            if change.event.kind in STATES:
                gone = change.event.type == "DELETED"
                self._note(change.at, change.event.kind, change.event.obj, gone)
        return iter(self._series.values())

    def _note(self, at: float, kind: str, obj: Object, gone: bool) -> None:
        key = (kind, obj["metadata"]["uid"])
        values = {} if gone else {tuple(sorted(labels.items())): value for labels, value in STATES[kind](obj)}
        for labels in self._shown.get(key, set()) - values.keys():
            self._steps[labels].set(at, None)
        for labels, value in values.items():
            if labels not in self._steps:
                steps = self._steps[labels] = Steps()
                self._series[labels] = Series(dict(labels), steps.at)
            self._steps[labels].set(at, value)
        self._shown[key] = set(values)
