"""From a picked choice to the same decision that the full form would make."""

import json
import re
from collections.abc import Mapping
from typing import Any, assert_never

from pydantic import Field, TypeAdapter, ValidationError

from domain.base import Value
from domain.decisions import Conclude, Decision, Probe, Propose
from domain.diagnosis import Diagnosis, Hypothesis
from domain.errors import BadReply
from domain.ports import Sight
from graph.model.wire import ReplySchema
from graph.policies.chat.compact.menu import Choice, End, Look, Mend, Menu
from graph.policies.chat.rights import Rights
from graph.policies.texts import load_texts

MOST_WORDS = 200
"""Characters of a summary."""
_HYPOTHESES = 4
LABEL = re.compile(r"\bs\d(?:\.r\d)?\b")
"""A number of the list in a summary."""
_SUMMARY = {"type": "string", "pattern": r"^[^\x00-\x1f\"\\]{1,100}$"}
_CONFIDENCE = {"type": "number", "minimum": 0, "maximum": 1}
"""No list of tenths: xgrammar writes those as 0.29999999999999999."""


class Picked(Value):
    """A whole reply."""

    summary: str = Field(min_length=1, max_length=MOST_WORDS)
    decide: str
    confidence: float = Field(ge=0, le=1)


def schema_of(menu: Menu) -> ReplySchema:
    """One object of three fields; only what is on the list can be decided."""
    fields = {"summary": _SUMMARY, "decide": {"enum": list(menu.choices)}, "confidence": _CONFIDENCE}
    whole = {"type": "object", "properties": fields, "required": [*fields], "additionalProperties": False}
    return ReplySchema("decision", whole)


def read_pick(text: str, menu: Menu, sight: Sight, rights: Rights) -> Decision:
    """The decision that a reply makes.

    Raises:
        BadReply: it is no JSON, has another form, or picks what is not on the list.
    """
    picked = read_form(text)
    choice = menu.choices.get(picked.decide)
    if choice is None:
        known = ", ".join(menu.choices)
        raise BadReply(
            f"decide is {picked.decide[:40]!r}, which is not possible at this step; write one of {known}."
        )
    summary = written_out(picked.summary, labels_of(menu))
    return decision_of(choice, summary, picked.confidence, sight, rights)


def decision_of(choice: Choice, summary: str, confidence: float, sight: Sight, rights: Rights) -> Decision:
    """The decision that a choice of this sight's list makes."""
    held = choice.about
    said: dict[str, Any] = {
        "summary": summary,
        "hypotheses": _hypotheses(held, sight),
        "cites": tuple(cite for cite in held.cites if cite in rights.findings) if held else (),
        "confidence": confidence,
    }
    match choice:
        case Look(calls=calls):
            return Probe(**said, calls=calls)
        case Mend(action=action):
            return Propose(**said, action=action, why=_why(choice))
        case End(resolved=resolved):
            advice = load_texts().causes[held.cause].advice if held and not resolved else ""
            diagnosis = _diagnosis(held, said["summary"], said["cites"])
            return Conclude(**said, diagnosis=diagnosis, resolved=resolved, advice=advice)
        case _:
            assert_never(choice)


def _why(choice: Mend) -> str:
    if choice.action.action == "undo":
        return "The change did not help."
    texts = load_texts()
    cause = f"The cause is {texts.causes[choice.about.cause].called}. " if choice.about else ""
    return f"{cause}{texts.why(choice.action)}"


def _diagnosis(held: Hypothesis | None, said: str, cites: tuple[str, ...]) -> Diagnosis:
    if held is None:
        return Diagnosis(anomaly=False, root_cause=said)
    texts = load_texts()
    return Diagnosis(
        anomaly=True,
        components=(held.subject,),
        cause=held.cause,
        system_level=texts.causes[held.cause].system_level,
        fault_type=texts.fault_type(held),
        root_cause=held.statement,
        cites=cites,
    )


def _hypotheses(held: Hypothesis | None, sight: Sight) -> tuple[Hypothesis, ...]:
    """What the decision is about first, then the analyzers' others."""
    first = (held,) if held else ()
    others = (hypothesis for hypothesis in sight.hypotheses if held is None or hypothesis.key != held.key)
    return (*first, *others)[:_HYPOTHESES]


def labels_of(menu: Menu) -> dict[str, str]:
    """What each number stands for, in words."""
    texts = load_texts()
    names = {one.label: f"{one.hypothesis.cause} at {one.hypothesis.subject}" for one in menu.suspicions}
    repairs = (repair for one in menu.suspicions for repair in one.repairs)
    return names | {repair.label: f"to {texts.does(repair.action)}" for repair in repairs}


def written_out(summary: str, labels: Mapping[str, str]) -> str:
    """The summary for people, who do not see the numbers."""
    return LABEL.sub(lambda match: labels.get(match[0], match[0]), summary)


def read_form(text: str) -> Picked:
    """The three fields. Raises BadReply."""
    try:
        return TypeAdapter(Picked).validate_python(json.loads(text))
    except (ValueError, RecursionError) as e:
        if not isinstance(e, ValidationError):
            raise BadReply("The reply is not one JSON object and nothing else.") from e
        first = e.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "reply"
        raise BadReply(f"The reply has another form than asked for: {where}: {first['msg']}.") from e
