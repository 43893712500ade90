"""What a policy is shown when lessons fire: as if one more analyzer spoke. Pure.

A lesson takes the place of the suspicions that it stands on: its hypothesis comes first, they and their subjects
become what it explains, their repairs stay behind its own. One that says that nothing is wrong takes its
suspicions away. One that has not seen its texts yet names the probes that would show them. Of several the
strongest speaks first, and what it has explained is no symptom for the others any more.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, assert_never

from pydantic import TypeAdapter, ValidationError

from domain.actions import Action
from domain.cluster import Ref
from domain.diagnosis import Hypothesis
from domain.journal import Probed, Trajectory
from domain.lessons import Argument, Do, Guidance, Look, Taken
from domain.ports import Sight
from domain.probes import (
    Describe,
    Events,
    Logs,
    Nodes,
    ProbeCall,
    RevisionDiff,
    SearchLogs,
    ServiceWiring,
)
from graph.lessons.match import Match, find, pods_of

_ACTIONS: TypeAdapter[Action] = TypeAdapter(Action)
_SEARCHED = ("Deployment", "StatefulSet", "DaemonSet", "Job", "Pod", "Service")
"""Kinds whose pods' logs can be searched; of others, the namespace's are."""
_TAIL = 200


def guided(sight: Sight) -> Sight:
    """The same sight with its hypotheses and their repairs as the lessons have them."""
    left = list(sight.hypotheses)
    guidance: list[Guidance] = []
    for lesson in sight.lessons:
        found = find(lesson, left, sight.findings)
        said = _said(found, sight) if found else None
        if found is None or said is None:
            continue
        explained = tuple(hypothesis.key for hypothesis in found.suspicions)
        guidance.append(said.model_copy(update={"explains": explained}))
        if not said.calls:
            left = [hypothesis for hypothesis in left if hypothesis.key not in explained]
            left.sort(key=lambda hypothesis: hypothesis.cause in lesson.not_causes)
    concluded = (one.hypothesis for one in guidance if one.hypothesis is not None)
    return sight.model_copy(update={"hypotheses": (*concluded, *left), "guidance": tuple(guidance)})


def _said(found: Match, sight: Sight) -> Guidance | None:
    if not found.complete:
        calls = _calls(found, sight)
        return Guidance(lesson=found.lesson, calls=calls) if calls else None
    conclude = found.lesson.conclude
    says = told(found)
    if not conclude.anomaly:
        return Guidance(lesson=found.lesson, says=says)
    blamed = found.ref(conclude.blame) if conclude.blame else None
    if conclude.cause is None or blamed is None:
        return None
    cites = (*(hit.finding.id for hit in found.hits if hit), *(c for h in found.suspicions for c in h.cites))
    hypothesis = Hypothesis(
        cause=conclude.cause,
        subject=blamed,
        statement=says,
        confidence=round(found.lesson.strength, 2),
        cites=tuple(dict.fromkeys(cites)),
        actions=tuple(_actions(found, sight.hypotheses)),
        affected=_affected(found, blamed),
        system_level=conclude.system_level,
        fault_type=conclude.fault_type,
    )
    return Guidance(lesson=found.lesson, hypothesis=hypothesis, says=says)


def told(found: Match) -> str:
    """Its conclusion in words, with the names of the objects here."""
    lesson = found.lesson
    blamed = found.ref(lesson.conclude.blame) if lesson.conclude.blame else None
    target = found.ref(lesson.do.target) if lesson.do else None
    words = lesson.says.replace("{blame}", blamed.name if blamed else "it")
    return words.replace("{target}", target.name if target else "it")


def _affected(found: Match, blamed: Ref) -> tuple[Ref, ...]:
    hurt = (ref for h in found.suspicions for ref in (h.subject, *h.affected))
    return tuple(dict.fromkeys(ref for ref in hurt if ref != blamed))


def _actions(found: Match, hypotheses: Sequence[Hypothesis]) -> Iterator[Action]:
    """The lesson's own repair, then those of what it explains; none where it says that no write helps."""
    lesson = found.lesson
    if lesson.do is None:
        return
    own = repair(lesson.do, found, [action for h in hypotheses for action in h.actions])
    others = [action for h in found.suspicions for action in h.actions if action != own]
    yield from (own,) if own is not None else ()
    yield from sorted(others, key=lambda action: action.action in lesson.not_actions)


def repair(do: Do, found: Match, candidates: Iterable[Action]) -> Action | None:
    """The repair on the objects here; `None` where one of them, or a field, is missing."""
    target = found.ref(do.target)
    if target is None:
        return None
    like = (a for a in candidates if a.action == do.action and a.target == target)
    base: dict[str, Any] = next((action.model_dump() for action in like), {})
    given = {argument.name: _value(argument, found) for argument in do.arguments}
    try:
        return _ACTIONS.validate_python({**base, "action": do.action, "target": target, **given})
    except ValidationError:
        return None


def _value(argument: Argument, found: Match) -> Any:
    match argument.value:
        case Taken(of=of, hole=hole):
            hit = found.hits[of] if of < len(found.hits) else None
            return hit.names[hole] if hit and hole < len(hit.names) else None
        case tuple() as pairs:
            return dict(pairs)
        case _:
            return argument.value


def _calls(found: Match, sight: Sight) -> tuple[ProbeCall, ...]:
    """The looks that were not made yet; empty when all were, or when the budget does not allow them."""
    made = set(_made(sight.trajectory))
    calls = (_call(look, found) for look in found.lesson.look)
    wanted = tuple(dict.fromkeys(call for call in calls if call is not None and call not in made))
    affordable = len(wanted) <= sight.probes_left and sight.steps_left >= 3
    return wanted if affordable else ()


def _made(trajectory: Trajectory) -> Iterator[ProbeCall]:
    return (entry.step.call for entry in trajectory.entries if isinstance(entry.step, Probed))


def _call(look: Look, found: Match) -> ProbeCall | None:
    at = found.ref(look.at)
    suspicion = found.suspicions[0]
    space = (at.namespace if at else None) or suspicion.subject.namespace or _any_space(suspicion)
    if at is None or space is None:
        return None
    match look.probe:
        case "logs":
            pods = [at] if at.kind == "Pod" else pods_of(suspicion, found.findings)
            return Logs(namespace=space, pod=pods[0].name, tail=_TAIL) if pods else None
        case "search_logs":
            return SearchLogs(namespace=space, text=look.text, workload=at if at.kind in _SEARCHED else None)
        case "events":
            return Events(namespace=space, subject=at)
        case "describe":
            return Describe(target=at)
        case "revision_diff":
            return RevisionDiff(workload=at)
        case "service_wiring":
            return ServiceWiring(namespace=space, service=at.name if at.kind == "Service" else None)
        case "nodes":
            return Nodes(node=at.name if at.kind == "Node" else None)
        case _:
            assert_never(look.probe)


def _any_space(suspicion: Hypothesis) -> str | None:
    return next((ref.namespace for ref in suspicion.affected if ref.namespace), None)
