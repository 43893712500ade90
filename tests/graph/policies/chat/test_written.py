"""A decision that is written as a reply is read as the same decision, and the response format lets it through."""

import json
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator

from domain.actions import Action, Restart, Undo
from domain.cluster import Ref, Scope
from domain.decisions import Conclude, Decision, Probe, Propose
from domain.diagnosis import Cause, Diagnosis, FaultType, SystemLevel
from domain.execution import Improvement
from domain.ports import Sight
from domain.probes import Events, ProbeCall, Volumes
from graph.policies.chat.answer import read_decision
from graph.policies.chat.rights import rights_of
from graph.policies.chat.written import written
from tests.graph.policies.story import SEEN, WEB, Story, suspicion

HELD = (suspicion(Restart(target=WEB)), suspicion(cause=Cause.QUOTA_EXCEEDED, confidence=0.3))
SIGHT = Story(*HELD).sight
SAID: dict[str, Any] = {"summary": "web waits.", "hypotheses": HELD, "cites": (SEEN.id,), "confidence": 0.8}
ARGUMENTS: dict[str, Any] = {
    "target": WEB, "workload": WEB, "subject": WEB, "namespace": "prod", "pod": "web-1", "container": "web",
    "service": "web", "node": "node-1", "text": 'level="error"', "query": "up", "tail": 5, "previous": True,
    "older": 1, "newer": 2, "minutes": 7, "after_seconds": 20, "replicas": 2, "revision": 3, "image": "web:1",
    "requests": {"cpu": "1"}, "limits": {"memory": "64Mi"}, "name": "MODE", "value": "on", "config_map": "web",
    "key": "mode", "missing": "wen", "command": ("run", "it"), "args": ("-v",), "port": 80, "target_port": "http",
    "selector": {"app": "web"}, "node_selector": {"disk": "ssd"}, "effect": "NoSchedule", "kind": "readinessProbe",
    "path": "/ready", "initial_delay_seconds": 1, "timeout_seconds": 2, "failure_threshold": 3,
    "data": {"mode": "on"}, "flag": "fast", "variant": "off", "from_labels": {"app": "web"}, "hard": {"pods": "9"},
    "claim": Ref(kind="PersistentVolumeClaim", name="data", namespace="prod"),
    "user": "app", "role": "read", "database": "orders", "user_database": "users", "secret_name": "web-db",
}  # fmt: skip
"""A value for each argument of a probe or an action."""


def every(union: Any, tag: str) -> list[Any]:
    """Each kind of call, with the arguments that it needs and with all of them."""
    found = []
    for kind in get_args(get_args(union)[0]):
        fields = {name: field for name, field in kind.model_fields.items() if name != tag}
        needed = [name for name, field in fields.items() if field.is_required()]
        found += [] if kind is Undo else [(kind, needed), (kind, list(fields))]
    return [
        pytest.param(kind(**{name: ARGUMENTS[name] for name in names}), id=f"{kind.__name__}-{len(names)}")
        for kind, names in found
    ]


def again(decision: Decision, sight: Sight = SIGHT) -> Decision:
    """The decision after it was written, judged by the response format, and read."""
    rights = rights_of(sight)
    text = written(decision, rights)
    form = Draft202012Validator(rights.schema.schema)
    assert [error.message[:300] for error in form.iter_errors(json.loads(text))] == []
    return read_decision(text, sight, rights)


@pytest.mark.parametrize("call", every(ProbeCall, "probe"))
def test_every_probe_can_be_said(call: ProbeCall) -> None:
    decision = Probe(**SAID, calls=(call,))
    assert again(decision) == decision


@pytest.mark.parametrize("action", every(Action, "action"))
def test_every_action_can_be_said(action: Action) -> None:
    decision = Propose(**SAID, action=action, why="It helps.")
    assert again(decision) == decision


def test_an_end_is_said_with_its_diagnosis() -> None:
    found = Diagnosis(
        anomaly=True,
        components=(WEB, Ref(kind="Node", name="node-1")),
        cause=Cause.IMAGE_PULL,
        system_level=SystemLevel.VIRTUALIZATION,
        fault_type=FaultType.MISCONFIGURATION,
        root_cause="A typo.",
        cites=(SEEN.id,),
    )
    decision = Conclude(**SAID, diagnosis=found, resolved=False, advice="Push the image.")
    assert again(decision) == decision
    nothing = Diagnosis(anomaly=False, root_cause="Nothing.")
    well = Conclude(summary="All is well.", confidence=1, diagnosis=nothing, resolved=True)
    assert again(well) == well


async def test_an_undo_is_said_by_its_object_and_is_the_last_change() -> None:
    story = Story(*HELD)
    await story.propose()
    story.verified(Improvement.WORSE, *HELD)
    sight = story.sight
    decision = await story.decide()
    assert isinstance(decision, Propose)
    assert isinstance(decision.action, Undo)
    assert again(decision, sight) == decision


def test_texts_come_on_one_line_and_what_was_not_shown_is_not_cited() -> None:
    """The response format allows neither line breaks nor double quotes in its lines."""
    cites = ("f-unseen", SEEN.id)
    calls = (Volumes(namespace="prod"),)
    wild = Probe(summary='It says\n "no such file".', cites=cites, confidence=0.5, calls=calls)
    read = again(wild)
    assert (read.summary, read.cites) == ("It says 'no such file'.", (SEEN.id,))


def test_a_namespace_is_said_once_and_again_only_where_it_differs() -> None:
    """The response format offers no look into several namespaces at once; the reader takes it."""
    two = Story(*HELD)
    two.incident = two.incident.model_copy(update={"scope": Scope(namespaces=("prod", "db"))})
    decision = Probe(**SAID, calls=(Volumes(namespace="db"), Events(namespace="prod"), Events(namespace="db")))
    rights = rights_of(two.sight)
    assert read_decision(written(decision, rights), two.sight, rights) == decision
    said = json.loads(written(decision, rights))
    assert (said["namespace"], [call.get("namespace") for call in said["instruction"]["probes"]]) == (
        "db", [None, "prod", None],
    )  # fmt: skip
