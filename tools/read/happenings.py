"""Events, grouped: what was said about what, how often, and when last."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.base import Json
from domain.cluster import Ref, Severity
from tools.analyzers.events import last_seen, message_of
from tools.analyzers.objects import dig, when
from tools.compress.shapes import masked, without_ids
from tools.read.outcome import Observation, observe
from tools.read.words import ago

_NAMED = 4
"""Further objects that a sentence names."""
KEPT = timedelta(hours=1)
"""How long API servers keep events unless told otherwise."""


@dataclass(frozen=True)
class Happening:
    """Equal events as one."""

    warning: bool
    subject: Ref
    reason: str
    message: str
    count: int
    last: datetime | None

    def line(self, now: datetime) -> str:
        """As `kubectl get events` shows it."""
        kind = "Warning" if self.warning else "Normal"
        return (
            f"{ago(self.last, now):>9}  {kind:<8} {self.reason:<24} {self.subject}  x{self.count}  {self.message}"
        )


def happenings(events: Iterable[Json]) -> tuple[Happening, ...]:
    """The events, equal ones counted, newest first."""
    groups: dict[tuple[Ref, str, str, bool], list[Json]] = {}
    for event in events:
        key = (_subject(event), str(event.get("reason") or ""), message_of(event), event.get("type") == "Warning")
        groups.setdefault(key, []).append(event)
    made = [
        Happening(warning, subject, reason, message, sum(_times(e) for e in same), _latest(same))
        for (subject, reason, message, warning), same in groups.items()
    ]
    return tuple(sorted(made, key=lambda h: h.last.timestamp() if h.last else 0.0, reverse=True))


def recent(found: Iterable[Happening], now: datetime) -> tuple[Happening, ...]:
    """Those of the last hour, and those that do not say when."""
    return tuple(h for h in found if h.last is None or now - h.last <= KEPT)


def observations(found: Iterable[Happening]) -> Iterator[Observation]:
    """The warnings, as sentences that stay the same from look to look: no ages, no counts.

    What several objects of a kind are told in words that differ in numbers alone is one sentence on the newest.
    """
    alike: dict[tuple[str, str, str], list[Happening]] = {}
    for happening in found:
        if happening.warning:
            words = masked(without_ids(happening.message.replace(happening.subject.name, "")))
            alike.setdefault((happening.subject.kind, happening.reason, words), []).append(happening)
    for same in alike.values():
        newest = same[0]
        often = " (repeatedly)" if newest.count > 1 else ""
        others = list(dict.fromkeys(each.subject.name for each in same if each.subject != newest.subject))
        names = ", ".join(sorted(others)[:_NAMED]) + (
            f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
        )
        too = f" (also {names})" if others else ""
        yield observe(Severity.WARNING, newest.subject, f"{newest.reason}{too}: {newest.message}{often}")


def _subject(event: Json) -> Ref:
    about = event.get("involvedObject") or event.get("regarding") or {}
    return Ref(
        kind=str(about.get("kind") or "Unknown"),
        name=str(about.get("name") or "unknown"),
        namespace=about.get("namespace"),
    )


def _times(event: Json) -> int:
    return int(dig(event, "series", "count") or event.get("count") or event.get("deprecatedCount") or 1)


def _latest(same: list[Json]) -> datetime | None:
    times = [at for event in same if (at := when(last_seen(event)))]
    return max(times) if times else None
