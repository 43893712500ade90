"""What a lesson is worth without playing it: by the words of people, where an incident cannot be played again, or
by what the lab knows. Pure.

Its plan is said as the decision that it would make at the step that decided the run. The two parts of the reward
that weigh most (`learn.reward`: coherent reasoning, and the right resource) judge that against what is right;
whether it is the right write is asked of the plan itself, which may know objects that the step did not.
"""

from domain.decisions import Conclude, Decision, Probe, Propose
from domain.diagnosis import Diagnosis, Hypothesis
from domain.episodes import Episode, Truth
from domain.errors import BadReply
from domain.journal import Decided, Trajectory
from domain.lessons import Lesson, Parts
from domain.ports import Sight
from domain.references import Authority
from graph.policies.chat.rights import rights_of
from graph.policies.chat.written import written
from learn.evolver.cast import cast_of
from learn.evolver.mine import corrections_of
from learn.evolver.plan import Plan
from learn.evolver.said import Said, plans_of
from learn.evolver.written import read_plan
from learn.reward.reference import reference_at, sight_before
from learn.reward.service import scores
from learn.reward.shown import shown_of
from learn.signals.truth import Known

_SURE = 0.9


def by_words(lesson: Lesson, episode: Episode) -> Parts | None:
    """How far its plan is the likeliest reading of the newest correction; `None` where there is none."""
    run = episode.trajectory
    read = (plans_of(Said(correction, cast_of(run))) for _, correction in corrections_of(run))
    wanted = next((plans[0] for plans in read if plans), None)
    plan = _plan_of(lesson, run)
    if plan is None or wanted is None:
        return None
    return _agreement(run, plan, Known(_truth(wanted), Authority.PERSON), plan.action == wanted.action)


def by_truth(lesson: Lesson, episode: Episode) -> Parts | None:
    """How far its plan is what the lab knows of the run; `None` where it knows nothing.

    Any write is as good as another where the lab knows of none that helps.
    """
    run, truth = episode.trajectory, episode.truth
    plan = _plan_of(lesson, run)
    if plan is None or truth is None:
        return None
    return _agreement(run, plan, Known(truth, Authority.LAB), not truth.repairs or plan.action in truth.repairs)


def _plan_of(lesson: Lesson, run: Trajectory) -> Plan | None:
    spaces = run.incident.scope.namespaces
    try:
        return read_plan(lesson.provenance.plan, spaces[0] if spaces else "default")
    except BadReply:
        return None


def _agreement(run: Trajectory, plan: Plan, known: Known, same_write: bool) -> Parts:
    sight = sight_before(run, _deciding(run))
    said = written(_decision(plan, sight), rights_of(sight))
    worth = scores(said, shown_of(sight), reference_at(sight, known))
    same = same_write and plan.anomaly == known.truth.anomaly
    return Parts(
        success=float(same),
        answer=(worth.context_instruction + worth.context_namespace) / 2,
        harmless=float(same or plan.action is None),
    )


def _deciding(run: Trajectory) -> int:
    """The first decision that was no look, else the end."""
    decided = [entry.seq for entry in run.entries if isinstance(entry.step, Decided) and not _looks(entry.step)]
    return decided[0] if decided else run.entries[-1].seq


def _looks(step: Decided) -> bool:
    return isinstance(step.decision, Probe)


def _truth(plan: Plan) -> Truth:
    return Truth(
        anomaly=plan.anomaly,
        causes=(plan.cause,) if plan.cause else (),
        components=(plan.component,) if plan.component else (),
        repairs=(plan.action,) if plan.action else (),
    )


def _decision(plan: Plan, sight: Sight) -> Decision:
    """What the plan would have the Observer decide at once."""
    cites = tuple(finding.id for finding in sight.findings[:1])
    held: tuple[Hypothesis, ...] = ()
    if plan.cause is not None and plan.component is not None:
        held = (
            Hypothesis(
                cause=plan.cause, subject=plan.component, statement=plan.why, confidence=_SURE, cites=cites
            ),
        )
    if plan.action is not None:
        return Propose(
            summary=plan.why, action=plan.action, why=plan.why, hypotheses=held, cites=cites, confidence=_SURE
        )
    diagnosis = Diagnosis(
        anomaly=plan.anomaly,
        components=tuple(hypothesis.subject for hypothesis in held),
        cause=plan.cause,
        root_cause=plan.why,
        cites=cites,
    )
    return Conclude(
        summary=plan.why,
        diagnosis=diagnosis,
        resolved=not plan.anomaly,
        advice=plan.advice,
        hypotheses=held,
        cites=cites,
        confidence=_SURE,
    )
