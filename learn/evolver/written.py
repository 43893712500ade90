"""A plan as a model writes it, and as it is kept: one JSON object, with objects as `Kind namespace/name`."""

import json
from typing import Any

from pydantic import TypeAdapter, ValidationError

from domain.actions import Action
from domain.errors import BadReply
from graph.policies.chat.history import written_action
from graph.policies.chat.refs import read_ref
from learn.evolver.plan import Plan

_ACTION: TypeAdapter[Action] = TypeAdapter(Action)
_FIELDS = frozenset({"why", "anomaly", "cause", "component", "target", "do", "phrases", "advice"})


def write_plan(plan: Plan) -> str:
    """The plan as one line of JSON, its fields in the order of the schema."""
    action = plan.action
    told: dict[str, Any] = {
        "why": plan.why,
        "anomaly": plan.anomaly,
        "cause": plan.cause.value if plan.cause else None,
        "component": str(plan.component) if plan.component else "",
        "target": str(action.target) if action else "",
        "do": json.loads(written_action(action)) if action else None,
        "phrases": list(plan.phrases),
        "advice": plan.advice,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def read_plan(text: str, namespace: str) -> Plan:
    """The plan of a reply; an object without a namespace lives in `namespace`.

    Raises:
        BadReply: it is no JSON, has another form, or names what there is not.
    """
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as e:
        raise BadReply("The plan is not one JSON object and nothing else.") from e
    if not isinstance(told, dict) or not told.keys() <= _FIELDS:
        raise BadReply(f"The plan has other fields than {', '.join(sorted(_FIELDS))}.")
    fields = {name: told[name] for name in ("why", "anomaly", "cause", "advice") if told.get(name) is not None}
    try:
        if told.get("component"):
            fields["component"] = read_ref(str(told["component"]), namespace, "component")
        if told.get("do") is not None:
            target = read_ref(str(told.get("target")), namespace, "target")
            fields["action"] = _ACTION.validate_python({"target": target, **told["do"]})
        return Plan.model_validate({**fields, "phrases": tuple(told.get("phrases") or ())})
    except (ValidationError, TypeError) as e:
        said = e.errors()[0]["msg"] if isinstance(e, ValidationError) else "a field has another form"
        raise BadReply(f"The plan has another form than asked for: {said}.") from e
