"""Which runs failed, and at which step, by a written taxonomy. Pure.

A run failed when the lab's grader says so, when a person corrected it or gave a 👎 on its outcome and no 👍 came
later, or when it broke. What was right is the lab's truth, else the likeliest plan of a correction; where nobody
knows, only what shows by itself (harm, a loop, an end too soon) is named.

Of the flaws the first that holds is the verdict:

1. `false-alarm`: nothing was wrong, and the run took something for a fault.
2. `harmful`: the lab found harm, or a change made it worse and was left.
3. `loop`: the same probe or the same write was asked for again, and the budget ended.
4. `wrong-target`: a write of the right kind, on another object.
5. `wrong-action`: the right cause or object, and another kind of write.
6. `stopped-early`: the right cause or object, and no write although one helps; or no answer at all.
7. `misread`: what is at fault was suspected or named by a finding, and the run blamed another.
8. `looked-elsewhere`: probes were run, and none about what is at fault.
9. `never-looked`: nothing about what is at fault was ever looked at.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from domain.actions import Action, Undo
from domain.base import Value
from domain.cluster import Ref
from domain.decisions import Conclude, Probe
from domain.diagnosis import Cause
from domain.episodes import Episode
from domain.execution import Improvement
from domain.feedback import Correction, Feedback, Thumb
from domain.incident import Status
from domain.journal import Concluded, Decided, Probed, Proposed, Trajectory
from learn.evolver.cast import cast_of, names_word
from learn.evolver.said import Said, plans_of

_OUTCOME = "outcome"


class Flaw(StrEnum):
    """What went wrong, as the module says."""

    FALSE_ALARM = "false-alarm"
    HARMFUL = "harmful"
    LOOP = "loop"
    WRONG_TARGET = "wrong-target"
    WRONG_ACTION = "wrong-action"
    STOPPED_EARLY = "stopped-early"
    MISREAD = "misread"
    LOOKED_ELSEWHERE = "looked-elsewhere"
    NEVER_LOOKED = "never-looked"
    UNKNOWN = "unknown"
    """It failed, and nobody knows what would have been right."""


class Mined(Value):
    """A failed run and the step that broke it."""

    episode: str
    flaw: Flaw
    seq: int
    """The journal entry of that step; 0 where it is what is missing."""
    evidence: str
    """One sentence."""


@dataclass(frozen=True)
class _Right:
    """What was right, as far as it is known."""

    anomaly: bool
    causes: tuple[Cause, ...]
    components: tuple[Ref, ...]
    action: Action | None


def failed(episode: Episode) -> bool:
    """Whether a run failed."""
    run = episode.trajectory
    if episode.graded is not None:
        return not episode.graded.success
    outcome = [each for each in run.feedback if each.target == _OUTCOME]
    last = max(outcome, key=lambda each: each.at, default=None)
    disliked = last is not None and last.thumb is Thumb.DOWN
    return disliked or bool(corrections_of(run)) or run.incident.status is Status.FAILED


def went_well(episode: Episode) -> bool:
    """Whether it is known that a run went well."""
    run = episode.trajectory
    if episode.graded is not None:
        return episode.graded.success
    looks = run.verifications.values()
    liked = any(each.thumb is Thumb.UP for each in run.feedback if each.target == _OUTCOME)
    mended = any(look.improvement is Improvement.RESOLVED for look in looks)
    return not failed(episode) and run.incident.status is Status.RESOLVED and (liked or mended)


def corrections_of(run: Trajectory) -> tuple[tuple[Feedback, Correction], ...]:
    """What people said it really was, the newest first."""
    told = [(each, each.correction) for each in run.feedback if each.correction is not None]
    return tuple(sorted(told, key=lambda pair: pair[0].at, reverse=True))


def mine(episode: Episode) -> Mined:
    """The verdict on a run that failed."""
    found = next(_flaws(episode, _right(episode)), None)
    return found or _mined(episode, Flaw.UNKNOWN, 0, "Nobody knows what would have been right.")


def _flaws(episode: Episode, right: _Right | None) -> Iterator[Mined]:
    run = episode.trajectory
    answer = run.diagnosis
    if right is not None and not right.anomaly and answer is not None and answer.anomaly:
        said = f"It blamed {answer.components[0] if answer.components else 'something'}, and nothing was wrong."
        yield _mined(episode, Flaw.FALSE_ALARM, _first_of(run, Concluded), said)
    yield from _harm(episode)
    yield from _loop(episode)
    if answer is None:
        yield _mined(episode, Flaw.STOPPED_EARLY, 0, "The run ended without an answer.")
    if right is not None and right.anomaly:
        yield from _by_truth(episode, right)


def _by_truth(episode: Episode, right: _Right) -> Iterator[Mined]:
    run = episode.trajectory
    done = [p.plan.action for p in run.proposals if not isinstance(p.plan.action, Undo)]
    for action in done:
        if right.action is not None and action.action == right.action.action and action != right.action:
            said = f"It wanted to {action.action} {action.target}, and {right.action.target} was the one."
            yield _mined(episode, Flaw.WRONG_TARGET, _proposal_of(run, action), said)
    blamed = run.diagnosis.components[:1] if run.diagnosis else ()
    cause = run.diagnosis.cause if run.diagnosis else None
    knows = bool(set(blamed) & set(right.components)) or (cause is not None and cause in right.causes)
    if knows and done:
        wanted = f", and {right.action.action} helps" if right.action else ""
        said = f"It did {done[0].action} on {done[0].target}{wanted}."
        yield _mined(episode, Flaw.WRONG_ACTION, _proposal_of(run, done[0]), said)
    if knows and not done:
        yield _mined(episode, Flaw.STOPPED_EARLY, _first_of(run, Concluded), "It knew the place and did nothing.")
    yield _unseen(episode, right)


def _unseen(episode: Episode, right: _Right) -> Mined:
    """Whether what is at fault was to be seen, and where the run looked."""
    run, cast = episode.trajectory, cast_of(episode.trajectory)
    wanted = right.components[0] if right.components else None
    if wanted is None:
        return _mined(
            episode, Flaw.UNKNOWN, 0, "It is known that the answer was wrong, and not where the fault lay."
        )
    seen = next((f for f in cast.findings if f.subject == wanted or names_word(f.text, wanted.name)), None)
    suspected = any(wanted in (h.subject, *h.affected) for h in cast.hypotheses)
    if seen is not None or suspected:
        said = f"“{seen.text}” names {wanted}" if seen else f"{wanted} was among the suspicions"
        decided = next((e.seq for e in run.entries if _is_end(e.step)), 0)
        return _mined(episode, Flaw.MISREAD, decided, f"{said}, and the run blamed another.")
    probes = [e for e in run.entries if isinstance(e.step, Probed)]
    if probes:
        return _mined(episode, Flaw.LOOKED_ELSEWHERE, probes[0].seq, f"No probe was about {wanted}.")
    return _mined(episode, Flaw.NEVER_LOOKED, 0, f"Nothing was looked at that tells of {wanted}.")


def _harm(episode: Episode) -> Iterator[Mined]:
    run = episode.trajectory
    undone = {p.plan.action.proposal_id for p in run.proposals if isinstance(p.plan.action, Undo)}
    for proposal in run.proposals:
        look = run.verifications.get(proposal.id)
        worse = look is not None and look.improvement is Improvement.WORSE and proposal.id not in undone
        if worse:
            action = proposal.plan.action
            said = f"After {action.action} on {action.target} it was worse, and it stayed so."
            yield _mined(episode, Flaw.HARMFUL, _proposal_of(run, action), said)
    if episode.graded is not None and not episode.graded.harmless:
        why = next((reason for reason in episode.graded.reasons if "altered" in reason), "The lab found harm.")
        first = next((p.plan.action for p in run.proposals), None)
        yield _mined(episode, Flaw.HARMFUL, _proposal_of(run, first) if first else 0, why)


def _loop(episode: Episode) -> Iterator[Mined]:
    """The same asked for again, by a run that got to its end only by its budget."""
    run = episode.trajectory
    asked = [
        (entry.seq, call.model_dump_json())
        for entry in run.entries
        if isinstance(entry.step, Decided) and isinstance(entry.step.decision, Probe)
        for call in entry.step.decision.calls
        if call.probe != "snapshot"
    ]
    again = Counter(call for _, call in asked)
    seq = next((seq for seq, call in reversed(asked) if again[call] > 1), None)
    spent = any("budget" in e.step.advice for e in run.entries if isinstance(e.step, Concluded))
    if seq is not None and spent:
        yield _mined(episode, Flaw.LOOP, seq, "It asked for the same probe again until the budget ended.")


def _right(episode: Episode) -> _Right | None:
    truth = episode.truth
    if truth is not None:
        action = truth.repairs[0] if truth.repairs else None
        return _Right(truth.anomaly, truth.causes, truth.components, action)
    run = episode.trajectory
    for _, correction in corrections_of(run):
        plans = plans_of(Said(correction, cast_of(run)))
        if plans:
            plan = plans[0]
            causes = (plan.cause,) if plan.cause else ()
            return _Right(plan.anomaly, causes, (plan.component,) if plan.component else (), plan.action)
    return None


def _is_end(step: object) -> bool:
    return isinstance(step, Decided) and not isinstance(step.decision, Probe)


def _first_of(run: Trajectory, kind: type[Concluded] | type[Conclude]) -> int:
    return next((entry.seq for entry in run.entries if isinstance(entry.step, kind)), 0)


def _proposal_of(run: Trajectory, action: Action) -> int:
    steps = ((entry.seq, entry.step) for entry in run.entries)
    return next((seq for seq, s in steps if isinstance(s, Proposed) and s.proposal.plan.action == action), 0)


def _mined(episode: Episode, flaw: Flaw, seq: int, evidence: str) -> Mined:
    return Mined(episode=episode.id, flaw=flaw, seq=seq, evidence=evidence)
