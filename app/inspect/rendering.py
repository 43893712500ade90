"""A run's journal as Inspect shows runs: a conversation, and a transcript of what was called and what came back.

Looks, proposals, executions and verifications are calls with results; decisions are what the assistant says; what
people say and decide is theirs.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from inspect_ai.event import Event, InfoEvent, ToolEvent
from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageTool, ChatMessageUser
from inspect_ai.tool import ToolCall, ToolCallError
from pydantic import JsonValue

from app.showing import findings_of, hypotheses_of, text_of
from app.timeline import told
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
    Taught,
    Trajectory,
    Triaged,
    Unrated,
    Verified,
)


@dataclass(frozen=True)
class Called:
    """A call and its result."""

    function: str
    arguments: dict[str, JsonValue]
    result: str
    failed: bool = False


@dataclass(frozen=True)
class Said:
    """Something that was said: by AOI, or by a person."""

    text: str
    by: str | None = None
    """`None` for AOI itself."""


def rendered(trajectory: Trajectory) -> tuple[list[ChatMessage], list[Event]]:
    """The conversation and the events, in the order of the journal."""
    messages: list[ChatMessage] = []
    events: list[Event] = []
    for entry in trajectory.entries:
        match shown := _shown(entry):
            case Called():
                messages += _exchange(entry, shown)
                events.append(_tool_event(entry, shown))
            case Said(by=None):
                messages.append(ChatMessageAssistant(content=shown.text, model=trajectory.incident.policy))
                events.append(InfoEvent(source=entry.step.kind, data=shown.text, timestamp=entry.at))
            case Said():
                messages.append(ChatMessageUser(content=shown.text))
                events.append(InfoEvent(source=entry.step.kind, data=shown.text, timestamp=entry.at))
    return messages, events


def _shown(entry: Entry) -> Called | Said:  # noqa: C901 - one branch a kind of step
    step, words = entry.step, told(entry.step)
    match step:
        case Triaged():
            lines = (step.looked_at, *findings_of(step.findings), *hypotheses_of(step.hypotheses))
            return Called("triage", {}, text_of(lines))
        case Probed():
            arguments = step.call.model_dump(mode="json", exclude={"probe"})
            lines = (step.note, *findings_of(step.findings))
            return Called(step.call.probe, arguments, text_of(lines), step.status == "failed")
        case Proposed():
            plan = step.proposal.plan
            arguments = plan.action.model_dump(mode="json", exclude_none=True)
            lines = (
                step.proposal.why,
                f"`{plan.kubectl}`",
                f"```diff\n{plan.diff}\n```",
                f"Undo: {plan.undo_text}",
            )
            return Called("propose", arguments, text_of((*lines, f"Risk: {plan.risk.value}")))
        case Refused():
            return Called("propose", {"action": step.action}, words, failed=True)
        case Executed():
            return Called("execute", {"proposal": step.execution.proposal_id}, words)
        case Verified():
            lines = (words, *findings_of(step.findings), *hypotheses_of(step.hypotheses))
            return Called("verify", {"proposal": step.proposal_id}, text_of(lines))
        case Decided():
            return Said(text_of((step.decision.summary, *hypotheses_of(step.decision.hypotheses), words)))
        case Concluded():
            return Said(text_of((step.text, step.diagnosis.root_cause, step.advice)))
        case Opened():
            return Said(step.question, step.user)
        case Ruled():
            return Said(words, step.approval.decided_by or "time")
        case Rated():
            return Said(words, step.feedback.user)
        case Unrated():
            return Said(words, step.user)
        case Asked() | Noted():
            return Said(words, step.by)
        case Broke() | Held() | Recalled() | Taught():
            return Said(words)


def _exchange(entry: Entry, call: Called) -> Iterator[ChatMessage]:
    name = f"call-{entry.seq}"
    tool_call = ToolCall(id=name, function=call.function, arguments=dict(call.arguments))
    yield ChatMessageAssistant(content="", tool_calls=[tool_call])
    error = ToolCallError("unknown", call.result) if call.failed else None
    yield ChatMessageTool(content=call.result, tool_call_id=name, function=call.function, error=error)


def _tool_event(entry: Entry, call: Called) -> ToolEvent:
    return ToolEvent(
        id=f"call-{entry.seq}",
        function=call.function,
        arguments=call.arguments,
        result=call.result,
        failed=call.failed or None,
        timestamp=entry.at,
        completed=entry.at,
    )
