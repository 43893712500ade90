"""Lessons that say the same become one; what is too old or turned is no guidance any more. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from domain.lessons import Lesson, State
from learn.evolver.general import same_as


def merged(fresh: Lesson, known: Iterable[Lesson]) -> Lesson | None:
    """The next revision of an active lesson that says the same, with both origins; `None` where there is none.

    It lasts as long as the younger one, and has the newer judgement.
    """
    alike = (one for one in known if one.state is State.ACTIVE and same_as(one) == same_as(fresh))
    old = next(alike, None)
    if old is None:
        return None
    both = old.provenance.model_copy(
        update={
            "incidents": _once(old.provenance.incidents, fresh.provenance.incidents),
            "by": _once(old.provenance.by, fresh.provenance.by),
            "judgement": fresh.provenance.judgement,
        }
    )
    update = {"revision": old.revision + 1, "provenance": both, "expires": max(old.expires, fresh.expires)}
    return old.model_copy(update=update)


def expired(lessons: Iterable[Lesson], now: datetime) -> tuple[Lesson, ...]:
    """The next revision of each active lesson whose time is over."""
    why = "Its time is over; a run that teaches it again brings it back."
    return tuple(
        one.model_copy(update={"revision": one.revision + 1, "state": State.RETIRED, "why": why})
        for one in lessons
        if one.state is State.ACTIVE and one.expires <= now
    )


def _once(*groups: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for group in groups for one in group))
