"""What a completion is worth: a pick of the compact form as the decision that it makes, any other as it stands."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from pydantic import TypeAdapter

from domain.cluster import Ref
from domain.decisions import Conclude, Decision, Propose
from domain.errors import BadReply
from domain.references import Reference, Shown
from graph.policies.chat.compact.answer import read_form, written_out
from learn.reward.service import WEIGHTS, judged, score_row
from learn.reward.shown import Said

__all__ = ["WEIGHTS", "score"]

_DECISION: Final[TypeAdapter[Decision]] = TypeAdapter(Decision)


def score(row: Mapping[str, Any], text: str) -> Mapping[str, float]:
    """The six parts, each 0 to 1, of a completion for a row of `prompts.jsonl`."""
    if not row.get("choices"):
        return score_row(row, text)
    shown, reference = _known(row["shown"], row["reference"])
    return judged(_said(row, text, reference), shown, reference).model_dump()


def _said(row: Mapping[str, Any], text: str, reference: Reference) -> Said:
    """The pick as the reply that it stands for."""
    choices: Mapping[str, Mapping[str, Any]] = json.loads(row["choices"])
    try:
        pick = read_form(text)
    except BadReply:
        return Said(text, None, None)
    if pick.decide not in choices:
        return Said(text, {}, None)
    words = {"summary": written_out(pick.summary, json.loads(row["labels"])), "confidence": pick.confidence}
    decision = _DECISION.validate_python({**choices[pick.decide], **words})
    target = _target(decision)
    space = (target.namespace if target else None) or reference.namespace or ""
    return Said(text, {"namespace": space}, decision, target)


def _target(decision: Decision) -> Ref | None:
    if isinstance(decision, Propose):
        return decision.action.target
    if isinstance(decision, Conclude):
        return next(iter(decision.diagnosis.components), None)
    return decision.hypotheses[0].subject if decision.hypotheses else None


@lru_cache(maxsize=4096)
def _known(shown: str, reference: str) -> tuple[Shown, Reference]:
    return Shown.model_validate_json(shown), Reference.model_validate_json(reference)
