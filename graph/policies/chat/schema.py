"""The JSON that a decision has to be: the response format that the server holds the model to.

It is as narrow as `answer.read_decision`: a server that keeps to it sends only what can be read. Each kind of
decision is a form of its own, so that `action` and `instruction` agree; namespaces and findings are those of the
step, so that none is made up.
"""

from functools import lru_cache
from typing import Any

from domain.diagnosis import Cause, FaultType, SystemLevel
from graph.model.wire import ReplySchema
from graph.policies.chat.catalogue import ACTIONS, LINE, PROBES, UNDO
from graph.policies.chat.refs import REF_SCHEMA, namespace_schema, ref_schema

MOST_CALLS = 6
MOST_HYPOTHESES = 4
MOST_NAMED = 12
"""Findings in one list of citations, and components in a diagnosis."""
_TEXT = {"type": "string"}
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_CITES = {"$ref": "#/$defs/cites"}
_HYPOTHESIS = {"$ref": "#/$defs/hypothesis"}


@lru_cache(maxsize=64)
def decision_schema(
    probes: int,
    proposing: bool,
    undoing: bool,
    namespaces: tuple[str, ...] = (),
    findings: tuple[str, ...] | None = None,
) -> ReplySchema:
    """The schema of a decision at a step where these things are possible; concluding always is.

    Args:
        probes: calls that one decision may hold; 0 for none.
        proposing: whether a write may be asked for.
        undoing: whether there is a change that can be taken back.
        namespaces: the scope; empty while it is not known.
        findings: ids that may be cited; `None` for any.
    """
    forms = [_decision("conclude", _TEXT, _CONCLUSION)]
    if proposing and undoing:
        forms.append(_decision("propose", _TEXT, _object(why=LINE, do=_object(action={"const": UNDO}))))
    if proposing:
        actions = [item.schema("action") for item in ACTIONS.values()]
        forms.append(_decision("propose", REF_SCHEMA, _object(why=LINE, do={"anyOf": actions})))
    if probes:
        calls = [item.schema("probe") for item in PROBES.values()]
        forms.append(_decision("probe", _TEXT, _object(probes=_list({"anyOf": calls}, int(probes), least=1))))
    shared = {
        "object": ref_schema(namespaces),
        "namespace": namespace_schema(namespaces),
        "cites": _cites(findings),
        "hypothesis": _HELD,
    }
    return ReplySchema("decision", {"$defs": shared, "anyOf": forms[::-1]})


def _decision(kind: str, target: dict[str, Any], instruction: dict[str, Any]) -> dict[str, Any]:
    return _object(
        summary=LINE,
        hypotheses=_list(_HYPOTHESIS, MOST_HYPOTHESES),
        action={"const": kind},
        namespace={"$ref": "#/$defs/namespace"},
        target=target,
        instruction=instruction,
        cites=_CITES,
        confidence=_SHARE,
    )


def _object(**properties: Any) -> dict[str, Any]:
    """All properties are required, in this order: what is written first informs what follows."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: Any, most: int, least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least, "maxItems": most}


def _cites(findings: tuple[str, ...] | None) -> dict[str, Any]:
    if findings is None:
        return _list({"type": "string"}, MOST_NAMED)
    return _list({"enum": list(findings)} if findings else {"type": "string"}, min(MOST_NAMED, len(findings)))


_HELD = _object(
    cause={"enum": [cause.value for cause in Cause]},
    subject=REF_SCHEMA,
    statement=_TEXT,
    confidence=_SHARE,
    cites=_CITES,
)
_CONCLUSION = _object(
    anomaly={"type": "boolean"},
    components=_list(REF_SCHEMA, MOST_NAMED),
    cause={"enum": [*(cause.value for cause in Cause), None]},
    system_level={"enum": [*(level.value for level in SystemLevel), None]},
    fault_type={"enum": [*(kind.value for kind in FaultType), None]},
    root_cause=LINE,
    resolved={"type": "boolean"},
    advice=_TEXT,
)
