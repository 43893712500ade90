"""The JSON that a decision has to be: the response format that the server holds the model to."""

from functools import cache
from typing import Any

from domain.diagnosis import Cause, FaultType, SystemLevel
from graph.model.wire import ReplySchema
from graph.policies.chat.catalogue import ACTIONS, PROBES, UNDO
from graph.policies.chat.refs import REF_SCHEMA

MOST_CALLS = 6
MOST_HYPOTHESES = 4
_TEXT = {"type": "string"}
_SHARE = {"type": "number"}
_CITES = {"type": "array", "items": _TEXT}


@cache
def decision_schema(probing: bool, proposing: bool, undoing: bool) -> ReplySchema:
    """The schema of a decision at a step where these things are possible; concluding always is."""
    kinds = ["probe"] * probing + ["propose"] * proposing + ["conclude"]
    instructions = [_PROBES] * probing + [_propose(undoing)] * proposing + [_CONCLUSION]
    return ReplySchema(
        "decision",
        _object(
            summary=_TEXT,
            hypotheses={"type": "array", "items": _HYPOTHESIS, "maxItems": MOST_HYPOTHESES},
            action={"enum": kinds},
            namespace=_TEXT,
            target=_TEXT,
            instruction={"anyOf": instructions} if len(instructions) > 1 else instructions[0],
            cites=_CITES,
            confidence=_SHARE,
        ),
    )


def _object(**properties: Any) -> dict[str, Any]:
    """All properties are required, in this order: what is written first informs what follows."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _propose(undoing: bool) -> dict[str, Any]:
    actions = [item.schema("action") for item in ACTIONS.values()]
    if undoing:
        actions.append(_object(action={"const": UNDO}))
    return _object(why=_TEXT, do={"anyOf": actions})


_HYPOTHESIS = _object(
    cause={"enum": [cause.value for cause in Cause]},
    subject=REF_SCHEMA,
    statement=_TEXT,
    confidence=_SHARE,
    cites=_CITES,
)
_PROBES = _object(
    probes={
        "type": "array",
        "items": {"anyOf": [item.schema("probe") for item in PROBES.values()]},
        "minItems": 1,
        "maxItems": MOST_CALLS,
    }
)
_CONCLUSION = _object(
    anomaly={"type": "boolean"},
    components={"type": "array", "items": REF_SCHEMA},
    cause={"anyOf": [{"enum": [cause.value for cause in Cause]}, {"type": "null"}]},
    system_level={"anyOf": [{"enum": [level.value for level in SystemLevel]}, {"type": "null"}]},
    fault_type={"anyOf": [{"enum": [kind.value for kind in FaultType]}, {"type": "null"}]},
    root_cause=_TEXT,
    resolved={"type": "boolean"},
    advice=_TEXT,
)
