"""What a lesson is worth by the words of people alone: where an incident cannot be played again. Pure."""

from domain.episodes import Episode
from domain.errors import BadReply
from domain.lessons import Lesson, Parts
from learn.evolver.cast import cast_of
from learn.evolver.mine import corrections_of
from learn.evolver.plan import Plan
from learn.evolver.said import Said, plans_of
from learn.evolver.written import read_plan


def by_words(lesson: Lesson, episode: Episode) -> Parts | None:
    """How far its plan is the likeliest reading of the newest correction; `None` where there is none."""
    run = episode.trajectory
    read = (plans_of(Said(correction, cast_of(run))) for _, correction in corrections_of(run))
    wanted = next((plans[0] for plans in read if plans), None)
    spaces = run.incident.scope.namespaces
    try:
        plan = read_plan(lesson.provenance.plan, spaces[0] if spaces else "default")
    except BadReply:
        return None
    return None if wanted is None else _agreement(plan, wanted)


def _agreement(plan: Plan, wanted: Plan) -> Parts:
    if plan.anomaly != wanted.anomaly:
        return Parts(success=0, answer=0, harmless=float(plan.action is None))
    answer = (float(plan.cause == wanted.cause) + float(plan.component == wanted.component)) / 2
    return Parts(success=float(plan.action == wanted.action), answer=answer, harmless=1)
