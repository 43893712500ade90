"""Chaos experiments, as Chaos Mesh 2.6 writes them: who is hit, for how long, and when it is worth no word."""

from typing import Any

import pytest

from domain.diagnosis import Cause
from tests.tools.analyzers.build import World, ago, healthy, ref
from tools.analyzers import bad_command, chaos
from tools.analyzers.wiring import Wiring
from tools.explain import Connections, explained

API = ref("Deployment", "api")


def experiment(world: World, kind: str, spec: dict[str, Any], phase: str = "Injected", made: float = 40) -> None:
    """An experiment on the pod of `api` that was begun when it was made."""
    event = {"operation": "Apply", "type": "Succeeded", "timestamp": ago(made)}
    record = {"id": "prod/api-0", "phase": phase, "injectedCount": 1, "events": [event]}
    conditions = [
        {"type": "AllInjected", "status": "True" if phase == "Injected" else "False"},
        {"type": "AllRecovered", "status": "False" if phase == "Injected" else "True"},
    ]
    status = {"conditions": conditions, "experiment": {"containerRecords": [record]}}
    selector = {"namespaces": ["prod"], "labelSelectors": {"app": "api"}}
    world.add(kind, "drill", {"spec": {"mode": "one", "selector": selector, **spec}, "status": status}, made)


def test_packets_lost_by_an_experiment() -> None:
    world = healthy()
    experiment(world, "NetworkChaos", {"action": "loss", "duration": "200s", "loss": {"loss": "99"}})
    [found] = world.run(chaos.analyze)
    assert (found.hypothesis.cause, found.hypothesis.subject) == (Cause.CHAOS_EXPERIMENT, API)
    assert found.hypothesis.actions == ()
    assert "NetworkChaos drill (loss, loss 99)" in found.hypothesis.statement
    assert "for 40 s; it ends by itself in 160 s" in found.hypothesis.statement


def test_a_container_killed_lately_is_told_though_it_runs_again() -> None:
    world = healthy()
    experiment(world, "PodChaos", {"action": "container-kill", "duration": "200s"}, made=300)
    [found] = world.run(chaos.analyze)
    assert "killed api 300 s ago" in found.hypothesis.statement


def test_the_selector_names_the_workload_when_the_pod_is_gone() -> None:
    world = healthy()
    experiment(world, "PodChaos", {"action": "pod-kill"})
    world.objects["PodChaos"][0]["status"]["experiment"]["containerRecords"][0]["id"] = "prod/api-of-before"
    [found] = world.run(chaos.analyze)
    assert found.hypothesis.subject == API


@pytest.mark.parametrize(
    ("spec", "phase", "made"),
    [
        ({"action": "pod-failure", "duration": "100s"}, "Not Injected", 400),
        ({"action": "container-kill"}, "Injected", 7200),
    ],
    ids=["it is over", "it was hours ago"],
)
def test_nothing_to_say(spec: dict[str, Any], phase: str, made: float) -> None:
    world = healthy()
    experiment(world, "PodChaos", spec, phase, made)
    assert world.run(chaos.analyze) == []


def test_what_the_experiment_does_to_the_workload_is_no_fault_of_its_own() -> None:
    world = healthy()
    experiment(world, "PodChaos", {"action": "pod-failure", "duration": "100s"})
    said = 'exec: "api": executable file not found in $PATH'
    world.crashing("api-0", 128, "StartError", message=said)
    found = [*world.run(chaos.analyze), *world.run(bad_command.analyze)]
    assert len(found) == 2
    roots = explained(found, Connections({"prod": Wiring.of(world.snapshot())}))
    assert [root.hypothesis.cause for root in roots] == [Cause.CHAOS_EXPERIMENT]
