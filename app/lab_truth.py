"""What counts as the truth of a captured namespace: what people said, AOI's diagnosis, or the best suspicion."""

from domain.diagnosis import Hypothesis
from domain.errors import BadInput
from domain.journal import Trajectory
from graph.policies.texts import load_texts
from lab.capture.seen import Blame
from learn.evolver.cast import cast_of
from learn.evolver.mine import corrections_of
from learn.evolver.plan import Plan
from learn.evolver.said import Said, plans_of
from tools.snapshot import Snapshot
from tools.triage import triage


def truth_of(run: Trajectory) -> Blame | None:
    """By the newest correction that can be read, else by the diagnosis; `None` where nothing is wrong.

    Raises BadInput where there is neither.
    """
    cast = cast_of(run)
    for feedback, correction in corrections_of(run):
        if plans := plans_of(Said(correction, cast)):
            return _said(plans[0], f"what {feedback.user} said of incident {run.incident.id}")
    return _diagnosed(run)


def suspected(taken: Snapshot) -> Blame | None:
    """The analyzers' best suspicion."""
    best = next(iter(triage([taken]).hypotheses), None)
    return _blame(best, "the analyzers' best suspicion") if best else None


def _said(plan: Plan, source: str) -> Blame | None:
    if plan.cause is None or plan.component is None:
        return None
    actions = (plan.action,) if plan.action else ()
    held = Hypothesis(cause=plan.cause, subject=plan.component, statement=plan.why, confidence=1, actions=actions)
    return _blame(held, source)


def _diagnosed(run: Trajectory) -> Blame | None:
    found, name = run.diagnosis, run.incident.id
    if found is None:
        raise BadInput(f"The incident {name} has no diagnosis yet; capture it when it has ended.")
    if not found.anomaly or found.cause is None or not found.components:
        return None
    held = Hypothesis(
        cause=found.cause,
        subject=found.components[0],
        statement=found.root_cause,
        confidence=1,
        system_level=found.system_level,
        fault_type=found.fault_type or load_texts().causes[found.cause].fault_type,
    )
    return _blame(held, f"the diagnosis of incident {name}")


def _blame(held: Hypothesis, source: str) -> Blame:
    texts = load_texts()
    return Blame(
        cause=held.cause,
        components=(held.subject,),
        system_level=texts.system_level(held),
        fault_type=texts.fault_type(held),
        source=source,
    )
