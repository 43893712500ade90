"""Waiting for the pods before a mitigation is submitted."""

import json
from typing import Any

from examples.aiopslab.calls import Call, Result
from examples.aiopslab.settle import LOOKS, settle
from tests.fakes import HandClock


def pod(name: str, ready: bool, reason: str | None = None) -> dict[str, Any]:
    state = {"waiting": {"reason": reason}} if reason else {"running": {}}
    return {"metadata": {"name": name}, "status": {"containerStatuses": [{"ready": ready, "state": state}]}}


class Kubectl:
    """Shows one list of pods after the other, the last one for ever."""

    def __init__(self, *looks: list[dict[str, Any]]) -> None:
        self.looks = list(looks)
        self.calls: list[Call] = []

    async def run(self, call: Call) -> Result:
        self.calls.append(call)
        if call.changes:
            return Result(0, b"", "")
        look = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        return Result(0, json.dumps({"items": look}).encode(), "")

    @property
    def deleted(self) -> list[str]:
        return [word for call in self.calls if call.changes for word in call.arguments[5:]]


async def test_it_waits_until_the_last_pod_is_ready() -> None:
    kubectl = Kubectl([pod("a", False)], [pod("a", False)], [pod("a", True)])
    assert await settle(kubectl.run, HandClock(), "shop", repaired=True)
    assert len(kubectl.calls) == 3


async def test_after_a_repair_a_pod_in_back_off_is_replaced_once() -> None:
    looping = pod("a", False, "CrashLoopBackOff")
    kubectl = Kubectl([looping], [looping], [pod("b", True)])
    assert await settle(kubectl.run, HandClock(), "shop", repaired=True)
    assert kubectl.deleted == ["a"]


async def test_without_a_repair_nothing_is_deleted_and_the_steps_are_few() -> None:
    kubectl = Kubectl([pod("a", False, "CrashLoopBackOff")])
    assert not await settle(kubectl.run, HandClock(), "shop", repaired=False)
    assert kubectl.deleted == []
    assert len(kubectl.calls) == LOOKS
