"""One line of a timeline per journal entry: what `aoi incident show` and `aoi investigate` print."""

from typing import assert_never

from domain.decisions import Conclude, Probe, Propose
from domain.journal import (
    Asked,
    Broke,
    Concluded,
    Decided,
    Entry,
    Executed,
    Held,
    Noted,
    Opened,
    Probed,
    Proposed,
    Rated,
    Recalled,
    Refused,
    Ruled,
    Step,
    Taught,
    Triaged,
    Unrated,
    Verified,
)
from domain.memory import Recollection
from graph.lessons.words import origin
from graph.memory.words import seen_before, why_recalled


def line_of(entry: Entry) -> str:
    """`HH:MM:SS what happened`, in UTC."""
    return f"{entry.at:%H:%M:%S} {told(entry.step)}"


def told(step: Step) -> str:  # noqa: C901 - one branch a kind of step
    """What happened, in a sentence or a few."""
    match step:
        case Opened():
            return f"asked: {step.question}"
        case Triaged():
            held = step.hypotheses[0].statement if step.hypotheses else "nothing stands out"
            return f"looked: {step.looked_at} Foremost: {held}"
        case Probed():
            return f"probed ({step.call.probe}): {step.note}"
        case Decided():
            return f"decided ({step.policy}): {_decision(step)}"
        case Proposed():
            return f"proposed: {step.proposal.plan.kubectl}"
        case Refused():
            return f"refused ({step.refusal.rule}): {step.refusal.reason}"
        case Ruled():
            by = f" by {step.approval.decided_by}" if step.approval.decided_by else ""
            reason = f": {step.approval.reason}" if step.approval.reason else ""
            return f"{step.approval.verdict.value}{by}{reason}"
        case Executed():
            return f"executed: {step.execution.effect.value}. {step.execution.detail}"
        case Verified():
            return f"verified: {step.verification.improvement.value}. {step.verification.detail}"
        case Concluded():
            return f"{step.status.value}: {step.text} {step.advice}".rstrip()
        case Rated():
            return f"{step.feedback.user} gave a thumb {step.feedback.thumb.value} on {step.feedback.target}"
        case Unrated():
            return f"{step.user} took back the thumb {step.thumb.value} on {step.target}"
        case Asked():
            return f"{step.by} asked for {step.action.action} on {step.action.target}"
        case Noted():
            return f"{step.by}: {step.text}"
        case Held():
            return f"held: {step.why}"
        case Recalled():
            return f"recalled: {_memories(step.memories)}"
        case Taught():
            return f"lessons: {_lessons(step)}"
        case Broke():
            return f"trouble in {step.where}: {step.error}"
    assert_never(step)


def _lessons(step: Taught) -> str:
    lessons = {lesson.id: lesson for lesson in step.lessons}
    said = [f"by {origin(lessons[word.lesson_id])}: {word.says}" for word in step.guiding]
    said += [f"{origin(lessons[each])} may fit, so its looks come first" for each in step.looking]
    return "; ".join(said) or "none fits"


def _memories(memories: tuple[Recollection, ...]) -> str:
    if not memories:
        return "no past incident is like this one."
    return " ".join(f"{seen_before(one)} {why_recalled(one)}" for one in memories)


def _decision(step: Decided) -> str:
    match step.decision:
        case Probe(calls=calls):
            return f"look further ({', '.join(call.probe for call in calls)})"
        case Propose(action=action, why=why):
            return f"propose {action.action} on {action.target}. {why}"
        case Conclude(summary=summary):
            return f"conclude. {summary}"
