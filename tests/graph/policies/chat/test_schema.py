"""The response format is a JSON schema that good replies keep to and that offers only what is possible."""

import json

import pytest
from jsonschema import Draft202012Validator

from graph.policies.chat.catalogue import ACTIONS, PROBES
from graph.policies.chat.schema import decision_schema
from lab.reader.perfect import decision, perfect

CASE = """Namespaces: shop
- zero-replicas at Deployment shop/checkout, confidence 0.9 (Virtualization, Operation Error): "It has none." [f-1]
  repair: target Deployment shop/checkout, do {"action":"scale","replicas":2}
Possible now: propose, conclude."""
PROBE = {"action": "probe", "instruction": {"probes": [{"probe": "logs", "pod": "p", "tail": 5}]}}
UNDO = {"action": "propose", "instruction": {"why": "w", "do": {"action": "undo"}}}


def keeps(reply: str, probing: bool = True, proposing: bool = True, undoing: bool = True) -> bool:
    schema = decision_schema(probing, proposing, undoing).schema
    return bool(Draft202012Validator(schema).is_valid(json.loads(reply)))


@pytest.mark.parametrize("possible", [(p, q, u) for p in (0, 1) for q in (0, 1) for u in (0, 1)])
def test_it_is_a_schema_at_every_step(possible: tuple[int, int, int]) -> None:
    Draft202012Validator.check_schema(decision_schema(*map(bool, possible)).schema)


def test_replies_of_each_kind_keep_to_it() -> None:
    assert keeps(perfect(CASE))
    assert keeps(perfect("Namespaces: shop\nPossible now: conclude."))
    assert keeps(decision(CASE, **PROBE))
    assert keeps(decision(CASE, **UNDO))


def test_what_is_not_possible_now_is_not_in_it() -> None:
    assert not keeps(decision(CASE, **PROBE), probing=False)
    assert not keeps(perfect(CASE), proposing=False)
    assert not keeps(decision(CASE, **UNDO), undoing=False)


def test_every_call_can_be_written_and_nothing_beside_its_arguments() -> None:
    text = json.dumps(decision_schema(True, True, True).schema)
    assert all(f'{{"const": "{name}"}}' in text for name in (*PROBES, *ACTIONS))
    extra = {"action": "probe", "instruction": {"probes": [{"probe": "volumes", "cmd": "rm -rf /"}]}}
    assert not keeps(decision(CASE, **extra))


def test_only_the_scope_and_the_findings_of_the_step_can_be_named() -> None:
    form = Draft202012Validator(decision_schema(1, True, True, ("shop",), ("f-1",)).schema)
    good = json.loads(perfect(CASE))
    assert form.is_valid(good)
    assert not form.is_valid({**good, "namespace": "kube-system"})
    assert not form.is_valid({**good, "target": "Deployment kube-system/coredns"})
    assert not form.is_valid({**good, "cites": ["f-2"]})
    assert not form.is_valid({**good, "confidence": 2})


def test_action_and_instruction_agree() -> None:
    assert not keeps(json.dumps({**json.loads(decision(CASE, **PROBE)), "action": "conclude"}))
