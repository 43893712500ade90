"""What can be decided at a step, numbered: suspicions s1, s2, their repairs s1.r1, and what to do about them.

Every choice lies within the rights of the step, so a picked one needs no further check.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.actions import Action, Undo
from domain.cluster import Ref
from domain.diagnosis import Hypothesis
from domain.execution import Improvement
from domain.journal import Probed, Trajectory
from domain.ports import Sight
from domain.probes import Describe, ProbeCall, Snapshot
from graph.policies import case as cases
from graph.policies.case import Case
from graph.policies.chat.memory import last_held
from graph.policies.chat.rights import Rights
from graph.policies.confirm import looks_at
from graph.policies.texts import load_texts

_MOST = 5
"""Suspicions that are listed."""
_REPAIRS = 3
_CALLS = 3
"""Probes of one look."""
_FRESH_LOOKS = 3
"""Looks of the analyzers in one run after which waiting for another is no choice any more."""
_PATIENCE = 20
"""Seconds before a fresh look: what has just begun explains itself a little later."""


@dataclass(frozen=True)
class Repair:
    """A candidate repair as it is listed."""

    label: str
    action: Action
    fate: str
    """What became of it in this run; empty when it was not tried."""


@dataclass(frozen=True)
class Listed:
    """A suspicion as it is listed."""

    label: str
    hypothesis: Hypothesis
    live: bool
    """Whether the newest look still shows it; false for what was held before and is gone."""
    repairs: tuple[Repair, ...]


@dataclass(frozen=True)
class Look:
    """Probe what a suspicion is about, or everything again."""

    calls: tuple[ProbeCall, ...]
    about: Hypothesis | None


@dataclass(frozen=True)
class Mend:
    """Propose a repair, or the undo of the last change."""

    action: Action
    about: Hypothesis | None


@dataclass(frozen=True)
class End:
    """Conclude on a suspicion, or that nothing is wrong."""

    about: Hypothesis | None
    resolved: bool


Choice = Look | Mend | End


@dataclass(frozen=True)
class Menu:
    """The list of a step."""

    suspicions: tuple[Listed, ...]
    choices: Mapping[str, Choice]
    """By what a model writes: `look s1`, `repair s1.r1`, `undo`, `conclude s1`, `conclude nothing`."""


def menu_of(sight: Sight, rights: Rights) -> Menu:
    """The list at this step. It is never empty: to conclude is always possible, but with a change to take back."""
    case = cases.read(sight.trajectory)
    suspicions = tuple(_listed(sight, rights, case))
    return Menu(suspicions, dict(_choices(sight, rights, case, suspicions)))


def _listed(sight: Sight, rights: Rights, case: Case) -> Iterator[Listed]:
    live = {hypothesis.key for hypothesis in sight.hypotheses}
    gone = [hypothesis for hypothesis in last_held(sight.trajectory) if hypothesis.key not in live]
    shown = [h for h in (*sight.hypotheses, *gone) if _within(h.subject, rights)]
    for place, hypothesis in enumerate(shown[:_MOST], 1):
        allowed = [action for action in hypothesis.actions if _within(action.target, rights)]
        repairs = tuple(
            Repair(f"s{place}.r{number}", action, _fate(sight.trajectory, case, action))
            for number, action in enumerate(allowed[:_REPAIRS], 1)
        )
        yield Listed(f"s{place}", hypothesis, hypothesis.key in live, repairs)


def _choices(
    sight: Sight, rights: Rights, case: Case, suspicions: tuple[Listed, ...]
) -> Iterator[tuple[str, Choice]]:
    for listed in suspicions:
        if calls := _calls(sight, rights, listed):
            yield f"look {listed.label}", Look(calls, listed.hypothesis)
    if again := _again(rights, case):
        yield "look again", again
    if rights.undo is not None and rights.proposing and not _helped(sight, rights.undo):
        yield "undo", Mend(rights.undo, case.treated)
    if rights.due:
        return
    for listed in suspicions:
        for repair in listed.repairs:
            if rights.proposing and listed.live and not repair.fate:
                yield f"repair {repair.label}", Mend(repair.action, listed.hypothesis)
    resolved = _resolved(case)
    for listed in suspicions:
        yield f"conclude {listed.label}", End(listed.hypothesis, resolved)
    yield "conclude nothing", End(None, resolved or not case.attempts)


def _calls(sight: Sight, rights: Rights, listed: Listed) -> tuple[ProbeCall, ...]:
    """What would show more about a suspicion, without what was asked before."""
    asked = {entry.step.call for entry in sight.trajectory.entries if isinstance(entry.step, Probed)}
    calls = (*looks_at(sight, load_texts(), listed.hypothesis), Describe(target=listed.hypothesis.subject))
    return tuple(call for call in dict.fromkeys(calls) if call not in asked)[: min(_CALLS, rights.probes)]


def _again(rights: Rights, case: Case) -> Look | None:
    if rights.probes == 0 or not rights.namespaces or case.looks >= _FRESH_LOOKS:
        return None
    return Look((Snapshot(namespace=rights.namespaces[0], after_seconds=_PATIENCE),), None)


def _fate(trajectory: Trajectory, case: Case, action: Action) -> str:
    if not case.has_tried(action):
        return ""
    key = next((p.id for p in reversed(trajectory.proposals) if _same(p.plan.action, action)), None)
    if key is None:
        return "refused"
    if (seen := trajectory.verifications.get(key)) is not None:
        return seen.improvement.value
    if (row := trajectory.executions.get(key)) is not None:
        return row.effect.value
    ruling = trajectory.rulings.get(key)
    return ruling.verdict.value if ruling else "proposed"


def _same(one: Action, other: Action) -> bool:
    """By kind and target where revisions get new numbers, else altogether."""
    rolling = one.action == other.action == "roll_back"
    return one.target == other.target if rolling else one == other


def _helped(sight: Sight, undo: Undo) -> bool:
    seen = sight.trajectory.verifications.get(undo.proposal_id)
    return seen is not None and seen.improvement is Improvement.RESOLVED


def _resolved(case: Case) -> bool:
    """Whether the watch after the last change says so, and that change was a repair."""
    seen, last = case.verification, case.proposal
    undone = last is not None and isinstance(last.plan.action, Undo)
    return seen is not None and seen.improvement is Improvement.RESOLVED and not undone


def _within(ref: Ref, rights: Rights) -> bool:
    return ref.namespace is None or not rights.namespaces or ref.namespace in rights.namespaces
