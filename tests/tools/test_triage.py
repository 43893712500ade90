"""Triage: roots first, consequences folded in, silence in good health."""

from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.cluster import Severity
from domain.diagnosis import Cause
from domain.ports import Triage
from tests.tools.analyzers.build import Obj, World, ago, healthy, ref
from tools.triage import triage

API, WEB, STORE = (ref("Deployment", name) for name in ("api", "web", "store"))
REFUSED = "FATAL: cannot connect to store:6379: connection refused"


def look(world: World) -> Triage:
    return triage([world.snapshot()])


def test_a_healthy_namespace_yields_no_hypothesis_and_no_finding() -> None:
    seen = look(healthy())
    assert seen.hypotheses == ()
    assert seen.findings == ()
    assert seen.looked_at.startswith("Looked at prod: ")
    assert "4 workloads" in seen.looked_at


def test_callers_of_a_broken_store_are_affected_and_no_suspects() -> None:
    """store cannot pull its image; api crashes on it; web complains about api. One root explains all three."""
    world = healthy()
    world.waiting("store-0", "ImagePullBackOff", "not found")
    world.crashing("api-0", 1, "Error", REFUSED)
    world.says("web-0", "ERROR http://api:8080/items: connection refused")
    [root] = look(world).hypotheses
    assert root.key == f"image-pull:{STORE}"
    assert {API, WEB} <= set(root.affected)


def test_a_crash_with_a_reason_of_its_own_is_a_second_root() -> None:
    world = healthy()
    world.waiting("store-0", "ImagePullBackOff", "not found")
    world.crashing("api-0", 2, "Error", "panic: nil pointer dereference")
    keys = [hypothesis.key for hypothesis in look(world).hypotheses]
    assert set(keys) == {f"image-pull:{STORE}", f"crash-loop:{API}"}


def test_the_more_precise_cause_of_one_workload_stands_alone() -> None:
    """Several pods, a late rollout and a failing probe are one trouble, told once."""
    world = healthy()
    for pod in ("web-0", "web-1"):
        world.waiting(pod, "ImagePullBackOff", "not found")
    late = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
    world.objects["Deployment"][0]["status"]["conditions"] = [late]
    [root] = look(world).hypotheses
    assert root.key == f"image-pull:{WEB}"


def test_a_wrong_port_explains_callers_although_every_pod_is_ready() -> None:
    world = healthy()
    service = next(s for s in world.objects["Service"] if s["metadata"]["name"] == "store")
    service["spec"]["ports"] = [{"port": 6379, "targetPort": 6380}]
    world.says("api-0", "ERROR store:6379: connection refused")
    [root] = look(world).hypotheses
    assert root.key == "wrong-target-port:Service prod/store"
    assert API in root.affected


def test_two_callers_that_blame_each_other_leave_one_suspicion() -> None:
    world = World()
    for name, other in (("one", "two"), ("two", "one")):
        world.deploy(name, env=[{"name": "OTHER", "value": f"http://{other}:8080"}])
        world.service(name)
        world.says(f"{name}-0", f"ERROR http://{other}:8080/x: i/o timeout")
    [left] = look(world).hypotheses
    assert left.cause in (Cause.DEPENDENCY_DOWN, Cause.APPLICATION_ERROR)


def test_every_hypothesis_cites_findings_that_are_there_and_point_to_the_artifact() -> None:
    world = healthy()
    world.waiting("store-0", "ImagePullBackOff", "not found")
    world.crashing("api-0", 1, "Error", REFUSED)
    seen = look(world)
    known = {finding.id: finding for finding in seen.findings}
    for hypothesis in seen.hypotheses:
        assert hypothesis.cites
        assert all(known[cite].artifacts == ("artifact-1",) for cite in hypothesis.cites)


def test_the_same_world_gives_the_same_keys_and_finding_ids() -> None:
    world = healthy()
    world.crashing("api-0", 2, "Error", "panic: x")
    one, two = look(world), look(world)
    assert [h.key for h in one.hypotheses] == [h.key for h in two.hypotheses]
    assert [f.id for f in one.findings] == [f.id for f in two.findings]


def test_the_surer_and_more_direct_hypothesis_comes_first() -> None:
    world = healthy()
    world.waiting("store-0", "ImagePullBackOff", "not found")
    world.says("web-1", *[f"ERROR template {n} is broken" for n in range(6)])
    first = look(world).hypotheses[0]
    assert first.cause is Cause.IMAGE_PULL


def test_what_could_not_be_read_is_told() -> None:
    world = healthy()
    world.unreadable = {"NetworkPolicy": "AOI may not list network policies.", "PodMetrics": "No metrics server."}
    [finding] = look(world).findings
    assert finding.severity is Severity.INFO
    assert "NetworkPolicy could not be read" in finding.text


def test_an_old_failed_rollout_that_was_mended_is_no_suspect() -> None:
    world = healthy()
    world.event("ReplicaSet", "api-r1", "FailedCreate", "Error creating: exceeded quota", seconds=4000)
    world.event("Pod", "api-9", "Failed", "Error: ImagePullBackOff", seconds=300)
    gone = world.add(
        "Pod", "api-9", {"spec": {"containers": []}, "status": {"phase": "Failed", "reason": "Evicted"}}
    )
    gone["metadata"]["deletionTimestamp"] = ago(10)
    assert look(world).hypotheses == ()


def test_one_object_of_an_odd_shape_does_not_blind_the_rest() -> None:
    world = healthy()
    world.waiting("store-0", "ImagePullBackOff", "not found")
    world.objects["ResourceQuota"] = [{"metadata": {"name": "q"}, "spec": None}]
    world.objects["NetworkPolicy"] = [
        {"metadata": {"name": "p"}, "spec": {"podSelector": {"matchExpressions": [{}]}}}
    ]
    seen = look(world)
    assert [h.key for h in seen.hypotheses] == [f"image-pull:{STORE}"]
    assert any("odd shape" in finding.text for finding in seen.findings)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False))
def test_objects_with_parts_missing_never_break_triage(chance: Random) -> None:
    world = healthy()
    world.crashing("api-0", 1, "Error", REFUSED)
    world.unscheduled("store-0", "0/2 nodes are available: 2 Insufficient cpu.")
    for kind, found in world.objects.items():
        world.objects[kind] = [pruned(obj, chance) for obj in found]
    triage([world.snapshot()])


def pruned(obj: Obj, chance: Random) -> Obj:
    """The object without some of its parts; names stay, because the API always sends them."""

    def cut(value: Any, depth: int) -> Any:
        if isinstance(value, dict):
            kept = {k: v for k, v in value.items() if k in ("metadata", "name") or chance.random() > 0.1}
            return {k: cut(v, depth + 1) for k, v in kept.items()}
        return [cut(item, depth + 1) for item in value] if isinstance(value, list) else value

    shorter: Obj = cut(obj, 0)
    return shorter


def test_an_address_that_was_changed_long_ago_is_not_blamed_for_a_store_that_is_down() -> None:
    world = World()
    world.deploy(
        "api",
        made=90000,
        env=[{"name": "STORE_ADDR", "value": "store:6379"}],
        before={"container": {"env": [{"name": "STORE_ADDR", "value": "cache:6379"}]}},
    )
    world.deploy("store", ports=[{"containerPort": 6379}])
    world.service("store", 6379, 6379)
    world.waiting("store-0", "ImagePullBackOff", "not found")
    world.crashing("api-0", 1, "Error", REFUSED)
    [root] = look(world).hypotheses
    assert root.key == f"image-pull:{STORE}"
