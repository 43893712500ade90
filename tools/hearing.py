"""What running containers have said lately: while an action is watched, complaints of before must not count."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from tools.analyzers.containers import containers
from tools.analyzers.logs import stamp_of
from tools.analyzers.objects import name_of
from tools.snapshot import LogKey, Snapshot


class Hearing:
    """Remembers when each log line was first seen, over the looks at one namespace."""

    def __init__(self, window: float) -> None:
        """`window` in seconds: how long a line counts as said just now."""
        self._window = timedelta(seconds=window)
        self._known: dict[LogKey, tuple[str, ...]] = {}
        self._heard: dict[LogKey, list[tuple[datetime, str]]] = {}
        self._since: datetime | None = None

    def of(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with only those lines of running containers that are new within the window.

        Lines that stood there at the first look count for nothing, unless they carry a later time. A container
        that does not run keeps its log: its last words stay true until it comes back.
        """
        first = self._since is None
        self._since = self._since or snapshot.taken_at
        running = {
            (name_of(pod), container.name)
            for pod in snapshot.of("Pod")
            for container in containers(pod)
            if container.running
        }
        logs = {
            key: self._lately(key, lines, snapshot.taken_at, first) if key[:2] in running else lines
            for key, lines in snapshot.logs.items()
        }
        return replace(snapshot, logs=logs)

    def _lately(self, key: LogKey, lines: tuple[str, ...], now: datetime, first: bool) -> tuple[str, ...]:
        assert self._since is not None
        start = max(self._since, now - self._window)
        if any(stamp_of(line) for line in lines):
            return _after(lines, start)
        heard = self._heard.setdefault(key, [])
        if not first:
            heard += [(now, line) for line in lines[_overlap(self._known.get(key, ()), lines) :]]
        self._known[key] = lines
        return tuple(line for at, line in heard if at >= start)


def _after(lines: tuple[str, ...], start: datetime) -> tuple[str, ...]:
    """Stamped lines from `start` on; one without a time goes with the line before it."""
    kept: list[str] = []
    keep = False
    for line in lines:
        at = stamp_of(line)
        keep = keep if at is None else at >= start
        if keep:
            kept.append(line)
    return tuple(kept)


def _overlap(before: tuple[str, ...], now: tuple[str, ...]) -> int:
    """How many of the first lines of `now` are the last ones of `before`."""
    longest = min(len(before), len(now))
    return next((n for n in range(longest, 0, -1) if before[-n:] == now[:n]), 0)


def hearings(namespaces: tuple[str, ...], window: float) -> Mapping[str, Hearing]:
    """One for each namespace."""
    return {namespace: Hearing(window) for namespace in namespaces}
