"""Modals, from inputs that local-slack shows too: plain text and select."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.cards.blocks import Block, actions, button, divider, paragraphs, section
from bot.cards.editing import Field, editable
from bot.cards.reading import cited, finding_blocks, held, worst
from bot.cards.text import code, cut, cut_lines, escape
from bot.cards.words import DOT, action_words, named
from bot.names import Form, Press, thumb_value
from domain.evidence import Artifact, Finding
from domain.journal import Trajectory
from domain.proposal import Proposal

View = dict[str, Any]
MOST_REASON = 1_000
MOST_SHOWN = 12
"""Findings that are shown with the head of their output; the others have a button to it."""
MOST_LISTED = 40
MOST_LINES = 8
MOST_BLOCKS = 95


def reject_modal(proposal: Proposal, place: str) -> View:
    """Asks why; the words go to the next attempt. `place` is the channel and the thread, for answers."""
    asked = plain_input(
        "reason",
        "Why not?",
        "What would be better? What do I overlook?",
        optional=True,
        multiline=True,
        most=MOST_REASON,
    )
    title = section(action_words(proposal.plan.action))
    return form(Form.REJECT, "Reject the change", "Reject", f"{proposal.id} {place}", [title, asked])


def glass_modal(proposal: Proposal, place: str) -> View:
    """Asks for the reason to approve alone; it goes on record for good."""
    asked = plain_input("reason", "What is the emergency?", "Why it cannot wait", multiline=True, most=MOST_REASON)
    title = section(
        f"{action_words(proposal.plan.action)}\nYou approve this alone, past windows and freezes. It is on record."
    )
    return form(Form.GLASS, "Break the glass", "Approve alone", f"{proposal.id} {place}", [title, asked])


def edit_modal(proposal: Proposal, place: str) -> View:
    """The fields of the action; what is left as it is stays."""
    inputs = [_field(field) for field in editable(proposal.plan.action)]
    title = section(
        f"{action_words(proposal.plan.action)}\nAn edited change is checked anew, and asks for its own approval."
    )
    return form(Form.EDIT, "Edit the change", "Propose this", f"{proposal.id} {place}", [title, *inputs])


def correct_modal(incident_id: str, target: str, channel: str) -> View:
    """What was it really, what helped? Both teach."""
    blocks = [
        section("Your 👎 is noted. Tell me more, so that I do better next time."),
        plain_input("cause", "What was it really?", "The cause, in a sentence", multiline=True, most=MOST_REASON),
        plain_input("helped", "What helped?", "What you did", optional=True, multiline=True, most=MOST_REASON),
    ]
    return form(
        Form.CORRECT, "What was it really?", "Send", f"{thumb_value(incident_id, target)} {channel}", blocks
    )


def evidence_modal(trajectory: Trajectory, artifacts: Mapping[str, Artifact]) -> View:
    """What was seen: the findings behind the best explanation first, each with the head of its raw output."""
    best = [cite for thought in held(trajectory)[:1] for cite in thought.cites]
    findings = list(dict.fromkeys([*cited(trajectory, best), *worst(trajectory)]))
    blocks: list[Block] = []
    for number, finding in enumerate(findings[:MOST_SHOWN], 1):
        blocks += [*_evidence(number, finding, artifacts, trajectory.incident.id), divider()]
    if findings[MOST_SHOWN:]:
        blocks.append(section("*All others*"))
        blocks += finding_blocks(findings[MOST_SHOWN:], trajectory.incident.id, MOST_LISTED)
    return read_modal("Evidence", blocks or [section("Nothing was found so far.")])


def read_modal(title: str, blocks: Sequence[Block]) -> View:
    """Only shows something."""
    return {
        "type": "modal",
        "callback_id": Form.READ,
        "title": _plain(cut(title, 24)),
        "close": _plain("Close"),
        "blocks": list(blocks)[:MOST_BLOCKS],
    }


def shown_artifacts(trajectory: Trajectory) -> list[str]:
    """Ids of the artifacts that the evidence modal quotes, the newest look of each finding."""
    return [finding.artifacts[-1] for finding in trajectory.findings.values() if finding.artifacts]


def _evidence(number: int, finding: Finding, artifacts: Mapping[str, Artifact], incident_id: str) -> list[Block]:
    head = f"{number}. {DOT[finding.severity]} *{named(finding.subject)}*\n{escape(cut(finding.text, 800))}"
    artifact = artifacts.get(finding.artifacts[-1]) if finding.artifacts else None
    if artifact is None:
        return [section(head)]
    raw = [line for line in artifact.text.splitlines() if line.strip()]
    near = [i for i, line in enumerate(raw) if finding.subject.name in line]
    start = max(0, near[0] - 1) if near else 0
    lines = [code(line, 180) for line in raw[start:]]
    seen = f"_Seen with {escape(cut(artifact.probe, 120))}:_"
    opens = actions(button("Open raw output", Press.RAW, f"{incident_id} {artifact.id}"))
    return [section(head), *paragraphs([seen, *cut_lines(lines, MOST_LINES)]), opens]


def _field(field: Field) -> Block:
    label = field.name.replace("_", " ").capitalize()
    if field.choices:
        options = [{"text": _plain(choice), "value": choice} for choice in field.choices]
        element: Block = {"type": "static_select", "action_id": field.name, "options": options}
        if field.value in field.choices:
            element["initial_option"] = options[field.choices.index(field.value)]
        return {
            "type": "input",
            "block_id": field.name,
            "optional": True,
            "label": _plain(label),
            "element": element,
        }
    hint = "As key=value, key=value" if field.mapping else "Leave it to keep it"
    return plain_input(field.name, label, hint, initial=field.value, optional=True, most=2_500)


def plain_input(
    name: str,
    label: str,
    hint: str,
    *,
    initial: str = "",
    optional: bool = False,
    multiline: bool = False,
    most: int,
) -> Block:
    """A field for words; its answer comes under its name."""
    element: Block = {
        "type": "plain_text_input",
        "action_id": name,
        "multiline": multiline,
        "max_length": most,
        "placeholder": _plain(cut(hint, 150)),
    }
    if initial:
        element["initial_value"] = cut(initial, most)
    return {"type": "input", "block_id": name, "optional": optional, "label": _plain(label), "element": element}


def form(kind: Form, title: str, submit: str, metadata: str, blocks: list[Block]) -> View:
    """A modal that sends its answers; `metadata` begins with the id of what it is about."""
    return {
        "type": "modal",
        "callback_id": kind,
        "title": _plain(cut(title, 24)),
        "submit": _plain(submit),
        "close": _plain("Cancel"),
        "private_metadata": metadata,
        "blocks": blocks,
    }


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": True}
