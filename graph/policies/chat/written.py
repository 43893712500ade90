"""From a decision to the reply that makes it: what `read_decision` reads, written as the response format has it.

So a decision that rules made, or that a person corrected, becomes something that a model can learn to say.
"""

import json
from collections.abc import Iterable
from typing import Any, assert_never

from domain.cluster import Ref
from domain.decisions import Conclude, Decision, Probe, Propose
from domain.diagnosis import Diagnosis, Hypothesis
from domain.probes import ProbeCall
from graph.policies.chat.history import written_action
from graph.policies.chat.rights import Rights
from graph.policies.chat.schema import MOST_HYPOTHESES, MOST_NAMED


def written(decision: Decision, rights: Rights) -> str:
    """The reply as one line of JSON, its fields in the order of the response format.

    Texts come on one line and with single quotes, as the format asks of a model. What the Observer's form cannot
    say, such as an object outside the scope, is written all the same: `read_decision` refuses it.
    """
    namespace = _namespace(decision, rights)
    whole = {
        "summary": _line(decision.summary),
        "hypotheses": [_held(h, rights) for h in decision.hypotheses[:MOST_HYPOTHESES]],
        "action": decision.kind,
        "namespace": namespace,
        "target": _target(decision),
        "instruction": _instruction(decision, namespace),
        "cites": _shown(decision.cites, rights),
        "confidence": decision.confidence,
    }
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def _held(hypothesis: Hypothesis, rights: Rights) -> dict[str, Any]:
    return {
        "cause": hypothesis.cause.value,
        "subject": str(hypothesis.subject),
        "statement": _line(hypothesis.statement),
        "confidence": hypothesis.confidence,
        "cites": _shown(hypothesis.cites, rights),
    }


def _instruction(decision: Decision, namespace: str) -> dict[str, Any]:
    match decision:
        case Probe(calls=calls):
            return {"probes": [_call(call, namespace) for call in calls]}
        case Propose(action=action, why=why):
            return {"why": _line(why), "do": json.loads(written_action(action))}
        case Conclude(diagnosis=found):
            end = {"resolved": decision.resolved, "advice": _line(decision.advice)}
            return _diagnosis(found) | end
        case _:
            assert_never(decision)


def _diagnosis(found: Diagnosis) -> dict[str, Any]:
    return {
        "anomaly": found.anomaly,
        "components": [str(ref) for ref in found.components[:MOST_NAMED]],
        "cause": found.cause.value if found.cause else None,
        "system_level": found.system_level.value if found.system_level else None,
        "fault_type": found.fault_type.value if found.fault_type else None,
        "root_cause": _line(found.root_cause),
    }


def _call(call: ProbeCall, namespace: str) -> dict[str, Any]:
    fields = call.model_dump(mode="json", exclude={"probe"}, exclude_defaults=True)
    if fields.get("namespace") == namespace:
        del fields["namespace"]  # the decision says it once
    refs = {name: str(getattr(call, name)) for name in fields if isinstance(getattr(call, name), Ref)}
    return {"probe": call.probe} | fields | refs


def _about(decision: Decision) -> Iterable[Ref]:
    """The objects that it is about, most of all first."""
    match decision:
        case Propose(action=action):
            yield action.target
        case Conclude(diagnosis=found):
            yield from found.components
        case Probe():
            pass
        case _:
            assert_never(decision)
    yield from (hypothesis.subject for hypothesis in decision.hypotheses)


def _target(decision: Decision) -> str:
    return next((str(ref) for ref in _about(decision)), "")


def _namespace(decision: Decision, rights: Rights) -> str:
    calls = decision.calls if isinstance(decision, Probe) else ()
    named = [getattr(call, "namespace", None) for call in calls] + [ref.namespace for ref in _about(decision)]
    return next((name for name in (*named, *rights.namespaces) if name), "default")


def _shown(cites: Iterable[str], rights: Rights) -> list[str]:
    return [cite for cite in dict.fromkeys(cites) if cite in rights.findings][:MOST_NAMED]


def _line(text: str) -> str:
    return " ".join(text.split()).replace('"', "'")
