"""What a reply means, and what is said about one that means nothing."""

from typing import Any

import pytest

from domain.actions import PatchServicePort, ReleaseVolume, Restart
from domain.cluster import Ref
from domain.decisions import Conclude, Probe, Propose
from domain.errors import BadReply
from domain.execution import Improvement
from domain.probes import Describe, Nodes, SearchLogs
from graph.policies.chat.answer import read_conclusion, read_decision
from graph.policies.chat.rights import rights_of
from lab.reader.perfect import decision
from tests.graph.policies.story import SEEN, WEB, Story, suspicion

HINT = suspicion(Restart(target=WEB))
SIGHT = Story(HINT).sight
SUGGESTED = {"why": "It has none.", "do": {"action": "scale", "replicas": 2}}


def read(text: str) -> object:
    return read_decision(text, SIGHT, rights_of(SIGHT))


def said(**fields: Any) -> str:
    return decision("", **{"namespace": "prod", **fields})


def test_a_proposal_acts_on_the_target_that_the_decision_names() -> None:
    held = {
        "cause": "image-pull", "subject": "Deployment prod/web", "statement": "No image.", "confidence": 0.8,
        "cites": [SEEN.id],
    }  # fmt: skip
    found = read(
        said(
            action="propose",
            target="Service prod/web",
            instruction={
                "why": "Ports.",
                "do": {"action": "patch_service_port", "port": 80, "target_port": "http"},
            },
            hypotheses=[held],
            cites=[SEEN.id],
        )
    )
    assert isinstance(found, Propose)
    service = Ref(kind="Service", name="web", namespace="prod")
    assert found.action == PatchServicePort(target=service, port=80, target_port="http")
    assert (found.hypotheses[0].actions, found.cites) == (HINT.actions, (SEEN.id,))


def test_objects_are_read_wherever_a_call_names_one_and_the_namespace_is_said_once() -> None:
    probes = [
        {"probe": "describe", "target": "Pod web-1"},
        {"probe": "search_logs", "text": "boom", "workload": "Deployment prod/web"},
        {"probe": "nodes", "node": None},
    ]
    found = read(said(action="probe", instruction={"probes": probes}))
    assert isinstance(found, Probe)
    pod = Ref(kind="Pod", name="web-1", namespace="prod")
    assert found.calls == (
        Describe(target=pod), SearchLogs(namespace="prod", text="boom", workload=WEB), Nodes()
    )  # fmt: skip
    volume = {"action": "release_volume", "claim": "PersistentVolumeClaim prod/data"}
    freed = read(said(action="propose", target="PersistentVolume pv-1", instruction={"why": "w", "do": volume}))
    assert isinstance(freed, Propose)
    assert isinstance(freed.action, ReleaseVolume)
    assert freed.action.target == Ref(kind="PersistentVolume", name="pv-1")


def test_a_conclusion_is_the_diagnosis() -> None:
    answer = {
        "anomaly": True, "components": ["Deployment prod/web", "Node node-1"], "cause": "image-pull",
        "system_level": "Virtualization", "fault_type": "Misconfiguration", "root_cause": "A typo.",
        "resolved": False, "advice": "Push the image.",
    }  # fmt: skip
    found = read(said(instruction=answer, cites=[SEEN.id]))
    assert isinstance(found, Conclude)
    assert found.diagnosis.components == (WEB, Ref(kind="Node", name="node-1"))
    assert (found.diagnosis.cites, found.advice, found.resolved) == ((SEEN.id,), "Push the image.", False)


BAD = {
    "prose": ("I believe that DNS is the culprit.", "not one JSON object and nothing else, at character 0"),
    "fenced": ("```json\n{}\n```", "not one JSON object and nothing else"),
    "half": ('{"summary": "web has no', "not one JSON object and nothing else"),
    "list": ("[]", "has another form than asked for"),
    "empty object": ("{}", "summary: Field required"),
    "deep": ("[" * 100_000, "not one JSON object and nothing else"),
    "unknown action": (said(action="pray"), "action: Input should be 'probe', 'propose' or 'conclude'"),
    "no instruction": (said(action="propose", instruction={}), "instruction.why: Field required"),
    "mixed up": (said(action="probe", instruction=SUGGESTED), "instruction.probes: Field required"),
    "unknown probe": (
        said(action="probe", instruction={"probes": [{"probe": "ssh"}]}),
        "instruction.probes[0].probe is 'ssh'; known are: snapshot, describe",
    ),
    "unknown argument": (
        said(action="probe", instruction={"probes": [{"probe": "volumes", "cmd": "rm"}]}),
        "instruction.probes[0].cmd: Extra inputs are not permitted",
    ),
    "too much": (
        said(action="probe", instruction={"probes": [{"probe": "volumes"}] * 7}), "asks for 7 probes; 6 are left"
    ),
    "unknown write": (
        said(action="propose", target="Pod prod/p", instruction={"why": "w", "do": {"action": "rm"}}),
        "instruction.do.action is 'rm'; known are: restart",
    ),
    "another namespace": (said(namespace="payments"), "is in the namespace 'payments'; this incident is only"),
    "a target elsewhere": (
        said(action="propose", target="Deployment payments/api", instruction=SUGGESTED),
        "target is in the namespace 'payments'",
    ),
    "a probe elsewhere": (
        said(action="probe", instruction={"probes": [{"probe": "volumes", "namespace": "payments"}]}),
        "instruction.probes[0] is in the namespace 'payments'",
    ),
    "invented finding": (said(cites=["f-00000000"]), "cites names 'f-00000000', which is no finding"),
    "certainty of 400 %": (said(confidence=4.0), "confidence: Input should be less than or equal to 1"),
    "not a number": (said().replace("0.9", "NaN"), "confidence: Input should be"),
    "nothing to undo": (
        said(action="propose", instruction={"why": "w", "do": {"action": "undo"}}), "no change to take back"
    ),
    "nameless target": (
        said(action="propose", target="it", instruction=SUGGESTED),
        "target is 'it'; write an object as `Kind namespace/name`",
    ),
    "object as object": (
        said(action="probe", instruction={"probes": [{"probe": "get", "target": {"kind": "Pod"}}]}),
        "instruction.probes[0].target is no text",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "why"), BAD.values(), ids=BAD.keys())
def test_a_reply_that_means_nothing_is_told_what_is_wrong(text: str, why: str) -> None:
    with pytest.raises(BadReply) as raised:
        read(text)
    assert why in str(raised.value)
    assert len(str(raised.value)) < 1_000


def test_the_last_step_is_kept_for_the_conclusion() -> None:
    rights = rights_of(SIGHT.model_copy(update={"steps_left": 1}))
    assert (rights.probes, rights.proposing) == (0, False)
    with pytest.raises(BadReply, match="no proposal is possible at this step"):
        read_decision(said(action="propose", target="Pod prod/p", instruction=SUGGESTED), SIGHT, rights)


def test_a_conclusion_can_stand_alone() -> None:
    found = read_conclusion(
        '{"anomaly": true, "components": ["Pod p"], "root_cause": "x", "resolved": false}', "prod"
    )
    assert found.components == (Ref(kind="Pod", name="p", namespace="prod"),)
    with pytest.raises(BadReply, match="root_cause: Field required"):
        read_conclusion('{"anomaly": true, "resolved": false}', "prod")


async def test_a_change_in_vain_is_taken_back_before_another_or_the_end() -> None:
    story = Story(HINT)
    await story.propose()
    story.verified(Improvement.UNCHANGED, HINT)
    sight = story.sight
    rights = rights_of(sight)
    assert rights.due
    end = {"anomaly": True, "root_cause": "r", "resolved": False}
    for more in (
        {"action": "propose", "target": "Deployment prod/web", "instruction": SUGGESTED},
        {"action": "conclude", "instruction": end},
    ):
        with pytest.raises(BadReply, match="did not help; take it back first"):
            read_decision(said(**more), sight, rights)
    undo = {"why": "It was in vain.", "do": {"action": "undo"}}
    found = read_decision(said(action="propose", target="Deployment prod/web", instruction=undo), sight, rights)
    assert isinstance(found, Propose)
    assert found.action == rights.undo
