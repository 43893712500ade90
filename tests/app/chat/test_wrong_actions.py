"""A wrong write that everybody let through does not stay: no harm is left, and the fault is still repaired."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from domain.journal import Verified
from lab.reader.perfect import decision, perfect
from tests.app.chat.played import play


@dataclass(frozen=True)
class ErrsAtFirst:
    """Asks for one wrong write before it knows better."""

    target: str
    do: dict[str, Any]

    def __call__(self, model: str, messages: list[dict[str, str]]) -> str:
        case = next(message["content"] for message in messages if message["role"] == "user")
        if "Proposed for" in case:
            return perfect(case)
        wrong = {"why": "It may help.", "do": self.do}
        held = json.loads(perfect(case))["hypotheses"]
        return decision(case, action="propose", target=self.target, hypotheses=held, instruction=wrong)


@pytest.mark.parametrize(
    ("target", "do"),
    [
        ("Deployment shop/checkout", {"action": "scale", "replicas": 1}),
        ("Node node-1", {"action": "cordon"}),
    ],
)
def test_a_wrong_write_is_taken_back_and_the_fault_repaired(target: str, do: dict[str, Any]) -> None:
    played = play("target-port", "errs", ErrsAtFirst(target, do))
    watched = [
        e.step.verification.improvement for e in played.run.trajectory.entries if isinstance(e.step, Verified)
    ]
    assert watched[0] == "unchanged"
    done = [proposal.plan.action.action for proposal in played.run.trajectory.proposals]
    assert done == [do["action"], "undo", "patch_service_port"]
    assert played.solved
