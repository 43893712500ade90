"""Trouble that came back: the same alert or question, or the same fault, within a day of its end."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from domain.episodes import Episode
from domain.incident import Status
from domain.journal import Concluded

SOON: Final = timedelta(days=1)


def came_back(episodes: Iterable[Episode]) -> Mapping[str, datetime]:
    """When the trouble of a resolved incident was there again, by the incident's id.

    Only production counts, where the world goes on; and only a later incident in which something was wrong.
    """
    lived = sorted(
        (episode for episode in episodes if episode.graded is None),
        key=lambda episode: (episode.trajectory.incident.created_at, episode.id),
    )
    later: dict[str, list[Episode]] = defaultdict(list)
    for episode in lived:
        for name in _names(episode):
            later[name].append(episode)
    found: dict[str, datetime] = {}
    for episode in lived:
        end = _end(episode)
        others = (other for name in _names(episode) for other in later[name] if other.id != episode.id)
        times = [other.trajectory.incident.created_at for other in others if _wrong(other)]
        back = [at for at in times if end is not None and end < at <= end + SOON]
        if back:
            found[episode.id] = min(back)
    return found


def _end(episode: Episode) -> datetime | None:
    """When it was said to be resolved; `None` when it never was."""
    run = episode.trajectory
    if run.incident.status is not Status.RESOLVED or not _wrong(episode):
        return None
    ends = (entry.at for entry in reversed(run.entries) if isinstance(entry.step, Concluded))
    return next(ends, None)


def _wrong(episode: Episode) -> bool:
    found = episode.trajectory.diagnosis
    return found is not None and found.anomaly


def _names(episode: Episode) -> tuple[str, ...]:
    """What makes two incidents the same trouble: the words and the scope, or the cause and the object."""
    incident, found = episode.trajectory.incident, episode.trajectory.diagnosis
    words = " ".join(incident.question.casefold().split())
    names = [f"asked {sorted(incident.scope.namespaces)} {words}"]
    if found is not None and found.cause is not None and found.components:
        names.append(f"found {found.cause} at {found.components[0]}")
    return tuple(names)
