"""Tables by what is not as the rest: the ordinary rows are one sentence, the others stand alone."""

from typing import Any

from domain.cluster import Ref, Scope, Severity
from domain.probes import Describe, Events, Nodes, ProbeCall, Quotas, RecentChanges
from tests.tools.read.canned import Canned, StoppedClock
from tools.read.service import Probes

SHOP = Scope(namespaces=("shop",))
SPACE: dict[str, Any] = {"kind": "Namespace", "metadata": {"name": "shop"}}


async def told(objects: list[dict[str, Any]], call: ProbeCall) -> list[str]:
    """The findings as `severity name: text`."""
    result = await Probes(Canned([SPACE, *objects]).reader(), StoppedClock()).run(SHOP, call)
    return [f"{finding.severity.value} {finding.subject.name}: {finding.text}" for finding in result.findings]


def node(name: str, cpu: str = "4", **spec: Any) -> dict[str, Any]:
    resources = {"cpu": cpu, "memory": "8Gi", "pods": "110"}
    status = {"allocatable": resources, "conditions": [{"type": "Ready", "status": "True"}]}
    return {"kind": "Node", "metadata": {"name": name}, "spec": spec, "status": status}


def event(pod: str, message: str, reason: str = "Unhealthy", when: str = "11:59:00") -> dict[str, Any]:
    about = {"kind": "Pod", "name": pod, "namespace": "shop"}
    return {
        "kind": "Event", "metadata": {"name": f"{pod}.{reason}{when}", "namespace": "shop"}, "type": "Warning",
        "reason": reason, "message": message, "involvedObject": about, "lastTimestamp": f"2026-11-22T{when}Z",
    }  # fmt: skip


async def test_nodes_that_are_alike_are_one_sentence_and_the_odd_one_stands_alone() -> None:
    taint = {"key": "gpu", "effect": "NoSchedule"}
    nodes = [node(f"n{number}", cpu=str(2 + number)) for number in range(8)] + [node("odd", taints=[taint])]
    assert await told(nodes, Nodes()) == [
        "info odd: It is Ready with gpu:NoSchedule; free: 4 of 4 cpu, 8192Mi of 8192Mi memory, 0 of 110 pods.",
        "info n7: It is Ready with no taints, like 7 others that have less room; free: 9 of 9 cpu, 8192Mi of"
        " 8192Mi memory, 0 of 110 pods.",
    ]


async def test_of_a_quota_only_the_rows_that_are_nearly_used_up_stand_alone() -> None:
    status = {
        "hard": {"pods": "10", "cpu": "4", "memory": "8Gi"},
        "used": {"pods": "10", "cpu": "1", "memory": "1Gi"},
    }
    quota = {"kind": "ResourceQuota", "metadata": {"name": "team", "namespace": "shop"}, "status": status}
    assert await told([quota], Quotas(namespace="shop")) == [
        "critical team: pods: 10 of 10 is used (100 %).",
        "info team: There is room in: cpu 1 of 4, memory 1Gi of 8Gi.",
    ]


async def test_what_siblings_are_told_is_one_sentence() -> None:
    probe = "Readiness probe failed: Get http://{}:8080/ready: connection refused"
    events = [
        event(f"web-{number}", probe.format(f"10.0.0.{number}"), when=f"11:5{number}:00") for number in (1, 2, 3)
    ]
    events.append(
        event("web-3", "Readiness probe failed: HTTP probe failed with statuscode: 503", when="11:40:00")
    )
    events.append(
        event("web-3", "Readiness probe failed: HTTP probe failed with statuscode: 404", when="11:39:00")
    )
    assert await told(events, Events(namespace="shop")) == [
        "warning web-3: Unhealthy (also web-1, web-2): Readiness probe failed: Get http://10.0.0.3:8080/ready:"
        " connection refused",
        "warning web-3: Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503",
        "warning web-3: Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 404",
    ]


def service() -> dict[str, Any]:
    declared = '{"spec":{"ports":[{"port":80,"targetPort":8080}]}}'
    fields: dict[str, Any] = {"f:spec": {"f:ports": {}}}
    return {
        "kind": "Service",
        "metadata": {
            "name": "web", "namespace": "shop", "creationTimestamp": "2026-11-20T00:00:00Z",
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": declared},
            "managedFields": [{"manager": "kubectl-edit", "time": "2026-11-22T11:50:00Z", "fieldsV1": fields}],
        },
        "spec": {"ports": [{"port": 80, "targetPort": 9999}], "selector": {"app": "web"}},
    }  # fmt: skip


async def test_a_change_by_hand_is_told_with_its_old_and_new_value() -> None:
    drifted = "warning web: It is not as it was declared: ports[0].targetPort: 8080 -> 9999."
    changes = await told([service()], RecentChanges(namespace="shop"))
    assert changes == ["info web: 2026-11-22 11:50 UTC: kubectl-edit set spec.ports.", drifted]
    described = await told([service()], Describe(target=Ref(kind="Service", name="web", namespace="shop")))
    assert drifted in described


async def test_an_object_as_it_was_declared_says_nothing() -> None:
    same = service()
    same["spec"]["ports"][0]["targetPort"] = 8080
    described = await told([same], Describe(target=Ref(kind="Service", name="web", namespace="shop")))
    assert not [line for line in described if line.startswith(Severity.WARNING)]
