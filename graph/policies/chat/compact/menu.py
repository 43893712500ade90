"""What can be decided at a step, numbered: suspicions s1, s2, their repairs s1.r1, and what to do about them.

Every choice lies within the rights of the step, so a picked one needs no further check.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.actions import Action, Undo
from domain.cluster import Ref
from domain.diagnosis import Hypothesis
from domain.execution import Improvement
from domain.journal import Probed
from domain.lessons import Guidance
from domain.ports import Sight
from domain.probes import Describe, ProbeCall, Snapshot
from graph.policies import case as cases
from graph.policies.case import Case
from graph.policies.chat.compact.fate import fate_of
from graph.policies.chat.compact.lessons import Lessons, lessons_at, own_repair
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
    taught: bool
    """Whether a lesson asks for it."""


@dataclass(frozen=True)
class Listed:
    """A suspicion as it is listed."""

    label: str
    hypothesis: Hypothesis
    live: bool
    """Whether the newest look still shows it; false for what was held before and is gone."""
    repairs: tuple[Repair, ...]
    lesson: Guidance | None
    """The lesson that speaks for it, or would look at it first."""


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
    lessons = lessons_at(sight, case)
    suspicions = tuple(_listed(sight, rights, case, lessons))
    return Menu(suspicions, dict(_choices(sight, rights, case, lessons, suspicions)))


def _listed(sight: Sight, rights: Rights, case: Case, lessons: Lessons) -> Iterator[Listed]:
    live = {hypothesis.key for hypothesis in sight.hypotheses}
    gone = [hypothesis for hypothesis in last_held(sight.trajectory) if hypothesis.key not in live]
    held = [h for h in (*sight.hypotheses, *gone) if not lessons.drops(h)]
    shown = [hypothesis for hypothesis in held if _within(hypothesis.subject, rights)]
    for place, hypothesis in enumerate(shown[:_MOST], 1):
        lesson = lessons.on(hypothesis)
        open_ = [action for action in hypothesis.actions if not lessons.refutes(hypothesis, action)]
        allowed = [action for action in open_ if _within(action.target, rights)]
        repairs = tuple(
            Repair(
                label=f"s{place}.r{number}",
                action=action,
                fate=fate_of(sight.trajectory, case, action),
                taught=action == own_repair(lesson),
            )
            for number, action in enumerate(allowed[:_REPAIRS], 1)
        )
        yield Listed(f"s{place}", hypothesis, hypothesis.key in live, repairs, lesson)


def _choices(
    sight: Sight, rights: Rights, case: Case, lessons: Lessons, suspicions: tuple[Listed, ...]
) -> Iterator[tuple[str, Choice]]:
    for listed in suspicions:
        if calls := _calls(sight, rights, lessons, listed):
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
    if not suspicions or not lessons.something_is_wrong:
        yield "conclude nothing", End(None, resolved or not case.attempts)


def _calls(sight: Sight, rights: Rights, lessons: Lessons, listed: Listed) -> tuple[ProbeCall, ...]:
    """What would show more about a suspicion, the looks of lessons first, without what was asked before."""
    asked = {entry.step.call for entry in sight.trajectory.entries if isinstance(entry.step, Probed)}
    about = listed.hypothesis
    calls = (*lessons.looks(about), *looks_at(sight, load_texts(), about), Describe(target=about.subject))
    return tuple(call for call in dict.fromkeys(calls) if call not in asked)[: min(_CALLS, rights.probes)]


def _again(rights: Rights, case: Case) -> Look | None:
    if rights.probes == 0 or not rights.namespaces or case.looks >= _FRESH_LOOKS:
        return None
    return Look((Snapshot(namespace=rights.namespaces[0], after_seconds=_PATIENCE),), None)


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
