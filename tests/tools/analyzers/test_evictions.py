"""Nodes that evict pods, and who fills them."""

from domain.actions import RollBack
from domain.cluster import Ref
from domain.diagnosis import Cause
from tests.tools.analyzers.build import World, ago, healthy, ref
from tools.analyzers import evictions

API = ref("Deployment", "api")


def evicted(world: World, seconds: float) -> None:
    pod = world.pod("api-0")
    said = "The node was low on resource: memory. Threshold quantity: 100Mi, available: 60Mi. "
    pod["status"] = {"phase": "Failed", "reason": "Evicted", "message": said}
    pod["metadata"]["creationTimestamp"] = ago(seconds)


def test_a_node_that_evicts() -> None:
    world = healthy()
    evicted(world, 300)
    [found] = world.run(evictions.analyze)
    assert (found.hypothesis.cause, found.hypothesis.subject) == (
        Cause.NODE_PRESSURE,
        Ref(kind="Node", name="node-1"),
    )
    assert found.hypothesis.affected == (API,)


def test_a_workload_that_fills_a_node_is_to_blame_and_its_last_revision_is_taken_back() -> None:
    world = healthy()
    evicted(world, 300)
    world.deploy("report", before={"container": {"image": "registry.example.com/report:0.9"}})
    world.usage["report-0/report"] = {"memory": "7Gi"}
    [found] = world.run(evictions.analyze)
    report = ref("Deployment", "report")
    assert (found.hypothesis.cause, found.hypothesis.subject) == (Cause.NODE_PRESSURE, report)
    assert found.hypothesis.actions == (RollBack(target=report, revision=1),)
    assert {Ref(kind="Node", name="node-1"), API} <= set(found.hypothesis.affected)


def test_an_eviction_of_yesterday_is_history() -> None:
    world = healthy()
    evicted(world, 90000)
    assert world.run(evictions.analyze) == []
