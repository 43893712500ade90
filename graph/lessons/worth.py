"""What became of the lessons that guided a run: for or against each, as far as it is known. Pure.

The rule: a 👎 on the outcome speaks against them. Else the world speaks: a repair of the lesson's kind that
resolved it for the lesson; one that changed nothing, made it worse, was taken back or rejected against it. Where a
lesson proposed nothing, only a 👍 on the outcome speaks for it.
"""

from collections.abc import Iterator

from domain.feedback import Thumb
from domain.journal import Trajectory
from domain.lessons import Lesson, Use
from domain.memory import Attempt, Fate
from graph.memory.distill import attempts_of

_OUTCOME = "outcome"


def uses_in(trajectory: Trajectory) -> tuple[Use, ...]:
    """One for each lesson that guided the run and of which something is known; none while it goes on."""
    if not trajectory.incident.status.final:
        return ()
    return tuple(_uses(trajectory))


def _uses(trajectory: Trajectory) -> Iterator[Use]:
    incident, attempts = trajectory.incident, tuple(attempts_of(trajectory))
    at = trajectory.entries[-1].at
    thumbs = [feedback for feedback in trajectory.feedback if feedback.target == _OUTCOME]
    down = next((feedback for feedback in thumbs if feedback.thumb is Thumb.DOWN), None)
    for lesson in trajectory.guides:
        fate = _fate(lesson, attempts)
        if down is not None:
            yield Use(lesson_id=lesson.id, incident_id=incident.id, good=False, at=at, why="👎 on the outcome")
        elif fate is not None:
            why = f"its repair: {fate.value}"
            yield Use(lesson_id=lesson.id, incident_id=incident.id, good=fate.good, at=at, why=why)
        elif thumbs:
            yield Use(lesson_id=lesson.id, incident_id=incident.id, good=True, at=at, why="👍 on the outcome")


def _fate(lesson: Lesson, attempts: tuple[Attempt, ...]) -> Fate | None:
    """Of the first repair of the lesson's kind that tells something."""
    if lesson.do is None:
        return None
    own = (each.fate for each in attempts if each.action == lesson.do.action)
    return next((fate for fate in own if fate.good or fate.bad), None)
