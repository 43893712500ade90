"""Candidate lessons for a failed run, the likeliest first: of people, a model, successes and the analyzers. Pure.

Each is only a candidate; the judge tries it. What was tried before and did not hold is not tried again.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from domain.actions import Action, Undo
from domain.diagnosis import Diagnosis, Hypothesis
from domain.episodes import Episode
from domain.execution import Improvement
from domain.journal import Trajectory
from domain.lessons import Lesson, Source
from domain.memory import Symptom
from graph.lessons.match import find, symptom_of
from graph.sight import treated_by
from learn.evolver.cast import Cast, cast_of
from learn.evolver.general import drafts_of, same_as
from learn.evolver.mine import corrections_of, went_well
from learn.evolver.plan import Plan, Proposed
from learn.evolver.said import Said, plans_of

_OF_PEOPLE = 5
"""Candidates of one correction."""
_OF_OTHERS = 2
"""Candidates of each other source."""


def candidates(
    episode: Episode, others: Sequence[Episode], drawn: Sequence[Plan], at: datetime, most: int
) -> tuple[Lesson, ...]:
    """At most so many lessons to judge.

    Args:
        others: all runs that are known, among them those that went well.
        drawn: plans that a model wrote.
    """
    cast, tried = cast_of(episode.trajectory), _writes(episode.trajectory)
    found: dict[str, Lesson] = {}
    for lesson in _all(episode, cast, tried, others, drawn, at):
        found.setdefault(same_as(lesson), lesson)
    return tuple(found.values())[:most]


def shown_in(episode: Episode) -> frozenset[Symptom]:
    """The symptoms of the first look of a run."""
    return frozenset(symptom_of(hypothesis) for hypothesis in cast_of(episode.trajectory).hypotheses)


def _all(
    episode: Episode,
    cast: Cast,
    tried: Sequence[Action],
    others: Sequence[Episode],
    drawn: Sequence[Plan],
    at: datetime,
) -> Iterator[Lesson]:
    for feedback, correction in corrections_of(episode.trajectory):
        plans = plans_of(Said(correction, cast))
        proposed = [Proposed(plan=plan, source=Source.CORRECTION, by=(feedback.user,)) for plan in plans]
        yield from _ranked(proposed, cast, episode.id, at, tried)[:_OF_PEOPLE]
    of_model = [Proposed(plan=plan, source=Source.MODEL) for plan in drawn]
    yield from _ranked(of_model, cast, episode.id, at, tried)
    yield from list(_by_success(episode, cast, others, at))[:_OF_OTHERS]
    aside = _left_aside(cast, tried, episode.trajectory.diagnosis)
    left = [Proposed(plan=plan, source=Source.ANALYZERS) for plan in aside]
    yield from _ranked(left, cast, episode.id, at, tried)[:_OF_OTHERS]


def _ranked(
    proposed: Iterable[Proposed], cast: Cast, incident: str, at: datetime, tried: Sequence[Action]
) -> list[Lesson]:
    """The first draft of each plan before the second of any but the first, and so on."""
    ranked = [
        (place + rank, lesson)
        for place, one in enumerate(proposed)
        for rank, lesson in enumerate(drafts_of(one, cast, incident, at, tried))
    ]
    return [lesson for _, lesson in sorted(ranked, key=lambda pair: pair[0])]


def _left_aside(cast: Cast, tried: Sequence[Action], said: Diagnosis | None) -> Iterator[Plan]:
    """The analyzers' repairs that the run did not try, and suspicions without one that it did not conclude on."""
    for hypothesis in cast.hypotheses:
        for action in hypothesis.actions:
            if action not in tried:
                yield plan_of(hypothesis, action)
        blamed = said is not None and hypothesis.subject in said.components and hypothesis.cause == said.cause
        if not hypothesis.actions and not blamed:
            yield plan_of(hypothesis, None)


def plan_of(hypothesis: Hypothesis, action: Action | None) -> Plan:
    """A suspicion and one repair, or none, as a plan."""
    return Plan(
        anomaly=True,
        cause=hypothesis.cause,
        component=hypothesis.subject,
        action=action,
        why=hypothesis.statement[:400],
    )


def _by_success(episode: Episode, cast: Cast, others: Sequence[Episode], at: datetime) -> Iterator[Lesson]:
    """What helped where the first look was much the same, told in roles and as far as it fits here."""
    wanted = frozenset(symptom_of(hypothesis) for hypothesis in cast.hypotheses)
    near = [each for each in others if each.id != episode.id and wanted & shown_in(each) and went_well(each)]
    near.sort(key=lambda each: (-len(wanted & shown_in(each)), -each.at.timestamp(), each.id))
    for other in near:
        helped = helped_in(other.trajectory)
        if helped is None:
            continue
        own = cast_of(other.trajectory)
        one = Proposed(plan=plan_of(*helped), source=Source.SUCCESS)
        for lesson in drafts_of(one, own, other.id, at):
            if find(lesson, cast.hypotheses, cast.findings) is not None:
                yield _also(lesson, episode.id)


def helped_in(run: Trajectory) -> tuple[Hypothesis, Action] | None:
    """The write after which the symptom stayed away, and the suspicion that it treated."""
    looks = run.verifications
    for proposal in reversed(run.proposals):
        look, action = looks.get(proposal.id), proposal.plan.action
        if look is None or look.improvement is not Improvement.RESOLVED or isinstance(action, Undo):
            continue
        treated = treated_by(run, action)
        if treated is not None:
            return treated, action
    return None


def _also(lesson: Lesson, incident: str) -> Lesson:
    provenance = lesson.provenance
    incidents = (*provenance.incidents, incident)
    return lesson.model_copy(update={"provenance": provenance.model_copy(update={"incidents": incidents})})


def _writes(run: Trajectory) -> tuple[Action, ...]:
    """The writes of a run that were proposed, as they were."""
    actions = (proposal.plan.action for proposal in run.proposals)
    return tuple(action for action in actions if not isinstance(action, Undo))
