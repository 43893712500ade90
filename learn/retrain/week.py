"""What a week brought, read from its runs. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from domain.digest import Digest, Open, Point
from domain.episodes import Episode
from domain.feedback import Thumb
from domain.incident import Status
from domain.journal import Broke, Trajectory

WEEK = timedelta(days=7)
WEEKS = 12
"""Of the curve."""


def digest_of(
    episodes: Sequence[Episode],
    now: datetime,
    serving: str,
    lessons: Sequence[str] = (),
    taught: Sequence[str] = (),
) -> Digest:
    """The last seven days of production; runs of the lab are left out.

    Args:
        episodes: at least those of the last twelve weeks.
        lessons: new ones, a sentence each.
        taught: ids of incidents that something was learned from.
    """
    real = [episode for episode in episodes if episode.kept_at is None]
    week = [episode for episode in real if episode.at > now - WEEK]
    thumbs = [thumb for episode in week for thumb in episode.trajectory.feedback]
    failures = (episode for episode in reversed(week) if episode.id not in taught)
    return Digest(
        since=now - WEEK,
        until=now,
        incidents=len(week),
        resolved=_count(week, Status.RESOLVED),
        handed_over=_count(week, Status.HANDED_OVER),
        failed=_count(week, Status.FAILED),
        thumbs_up=sum(thumb.thumb is Thumb.UP for thumb in thumbs),
        thumbs_down=sum(thumb.thumb is Thumb.DOWN for thumb in thumbs),
        corrections=sum(thumb.correction is not None for thumb in thumbs),
        lessons=tuple(lessons),
        open=tuple(
            Open(incident_id=each.id, at=each.at, words=words)
            for each in failures
            if (words := failure_of(each.trajectory))
        ),
        curve=tuple(_curve(real, now)),
        serving=serving,
    )


def failure_of(trajectory: Trajectory) -> str:
    """What went wrong in a run, in a sentence; empty where nothing did."""
    down = [each for each in trajectory.feedback if each.thumb is Thumb.DOWN]
    if (said := next((each for each in down if each.correction), None)) and said.correction:
        return f"“{said.correction.cause}”"
    if down:
        return "👎 without a word on what it really was."
    broke = next((e.step for e in reversed(trajectory.entries) if isinstance(e.step, Broke)), None)
    if trajectory.incident.status is Status.FAILED and broke is not None:
        return broke.error
    worse = [look for look in trajectory.verifications.values() if look.improvement.in_vain]
    if trajectory.incident.status is Status.HANDED_OVER and worse:
        return worse[-1].detail
    return ""


def _count(episodes: Sequence[Episode], status: Status) -> int:
    return sum(episode.trajectory.incident.status is status for episode in episodes)


def _curve(episodes: Sequence[Episode], now: datetime) -> Iterator[Point]:
    for back in range(WEEKS, 0, -1):
        since = now - back * WEEK
        found = [episode for episode in episodes if since < episode.at <= since + WEEK]
        if found:
            yield Point(since=since, incidents=len(found), resolved=_count(found, Status.RESOLVED) / len(found))
