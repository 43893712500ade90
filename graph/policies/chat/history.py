"""What was done so far in an incident, a line for each step."""

import json
from typing import assert_never

from domain.actions import Action, Undo
from domain.cluster import Ref
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
from domain.probes import ProbeCall
from graph.prompts.quote import named, quoted

MOST_LINES = 16
_WORDS = 240
"""Characters of a line's free text."""


def history_of(trajectory: Trajectory) -> list[str]:
    """The last steps, oldest first; what came before is counted. The first look is always told."""
    lines = [line for entry in trajectory.entries if (line := _line(entry))]
    if len(lines) <= MOST_LINES:
        return lines
    left = len(lines) - MOST_LINES
    return [lines[0], f"({left} steps left out)", *lines[left + 1 :]]


def written_action(action: Action) -> str:
    """An action as the model writes it."""
    if isinstance(action, Undo):
        return '{"action":"undo"}'
    fields = action.model_dump(mode="json", exclude={"target", "action"}, exclude_defaults=True)
    refs = {name: str(getattr(action, name)) for name in fields if isinstance(getattr(action, name), Ref)}
    return _json({"action": action.action} | fields | refs)


def written_call(call: ProbeCall) -> str:
    """A probe as people read it: `logs pod=web-1 tail=100`."""
    fields = call.model_dump(exclude={"probe", "namespace"}, exclude_defaults=True)
    said = (f"{name}={getattr(call, name)}" for name in fields)
    return " ".join((call.probe, *said))


def _line(entry: Entry) -> str:
    match step := entry.step:
        case Triaged():
            return f"First look: {_cut(step.looked_at)}"
        case Probed():
            ids = ", ".join(finding.id for finding in step.findings)
            note = _said(step.note) if step.status == "failed" else _cut(step.note)
            return f"Probe {written_call(step.call)}: {step.status}. {note}{f' [{ids}]' if ids else ''}"
        case Proposed(proposal=proposal):
            return f"Proposed for {named(proposal.plan.action.target)}: {written_action(proposal.plan.action)}"
        case Refused():
            return f"Refused before anybody saw it: {step.action}. {_said(step.refusal.reason)}"
        case Ruled(approval=approval):
            reason = f", because: {_cut(approval.reason)}" if approval.reason else ""
            return f"The people's answer: {approval.verdict.value}{reason}"
        case Executed(execution=execution):
            detail = f" {_said(execution.detail)}" if execution.detail else ""
            return f"Carried out: {execution.effect.value}.{detail}"
        case Verified(verification=seen):
            return f"Watched {seen.seconds:.0f} s after it: {seen.improvement.value}. {_said(seen.detail)}"
        case Asked():
            return f"A person asked for {written_action(step.action)} on {step.action.target}"
        case Broke():
            return f"Trouble: {_said(step.error)}"
        case Decided() | Opened() | Concluded() | Rated() | Unrated() | Noted() | Held() | Recalled() | Taught():
            return ""  # what was decided shows in what came of it; what people said has its own place
        case _:
            assert_never(step)


def _said(text: str) -> str:
    """Words that may hold some of the cluster's, so they stand in quotation marks."""
    return quoted(text, _WORDS)


def _cut(text: str) -> str:
    return quoted(text, _WORDS) if text.strip() else ""


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
