"""Workloads beside Deployments, limits and budgets, as the official client meets them on any cluster."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.cluster.targets import ApiException, Target, client, refusal

SCRIPT = {"name": "main", "image": "busybox:1.36"}


def template(name: str, image: str = "nginx:1.25", **pod: Any) -> dict[str, Any]:
    containers = pod.pop("containers", [{"name": "main", "image": image}])
    return {
        "metadata": {"labels": {"app": name}},
        "spec": {"terminationGracePeriodSeconds": 1, "containers": containers, **pod},
    }


def workload(name: str, image: str = "nginx:1.25", **spec: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": name},
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": template(name, image), **spec},
    }


def job(name: str, script: str, **spec: Any) -> dict[str, Any]:
    container = {**SCRIPT, "command": ["sh", "-c", script]}
    return {
        "metadata": {"name": name},
        "spec": {"template": template(name, restartPolicy="Never", containers=[container]), **spec},
    }


def when(
    target: Target, read: Callable[..., Any], name: str, holds: Callable[[Any], Any], seconds: int = 120
) -> Any:
    """The object, once it is so."""

    def look() -> Any:
        found = read(name, target.namespace)
        return found if found.status is not None and holds(found.status) else None

    return target.eventually(look, seconds)


def ended(kind: str) -> Callable[[Any], Any]:
    return lambda status: next((each for each in status.conditions or () if each.type == kind), None)


def test_a_stateful_set_keeps_names_and_rolls_from_the_top(target: Target) -> None:
    apps, space = target.apps, target.namespace
    apps.create_namespaced_stateful_set(space, workload("db", serviceName="db", replicas=2))
    read = apps.read_namespaced_stateful_set
    when(target, read, "db", lambda status: status.ready_replicas == 2)
    pods = target.core.list_namespaced_pod(space, label_selector="app=db").items
    assert sorted(pod.metadata.name for pod in pods) == ["db-0", "db-1"]
    change = {"spec": {"template": template("db", "nginx:1.26")}}
    apps.patch_namespaced_stateful_set("db", space, change)
    done = when(target, read, "db", lambda status: status.updated_replicas == 2 == status.ready_replicas)
    when(target, read, "db", lambda status: status.current_revision == status.update_revision)
    revisions = apps.list_namespaced_controller_revision(space, label_selector="app=db").items
    assert sorted(each.revision for each in revisions) == [1, 2]
    assert done.spec.template.spec.containers[0].image == "nginx:1.26"
    with pytest.raises(ApiException) as refused:
        apps.patch_namespaced_stateful_set("db", space, {"spec": {"serviceName": "other"}})
    assert refusal(refused.value)[0] == 422
    assert "updates to statefulset spec for fields other than 'replicas'" in refusal(refused.value)[2]
    apps.delete_namespaced_stateful_set("db", space)


def test_a_daemon_set_runs_on_every_node_that_fits(target: Target) -> None:
    target.apps.create_namespaced_daemon_set(target.namespace, workload("agent"))
    done = when(
        target,
        target.apps.read_namespaced_daemon_set,
        "agent",
        lambda status: status.desired_number_scheduled == status.number_available,
    )
    assert done.status.desired_number_scheduled >= 1
    pods = target.core.list_namespaced_pod(target.namespace, label_selector="app=agent").items
    assert len({pod.spec.node_name for pod in pods}) == len(pods) == done.status.desired_number_scheduled
    target.apps.delete_namespaced_daemon_set("agent", target.namespace)


def test_jobs_complete_or_say_why_not(target: Target) -> None:
    batch, space = client.BatchV1Api(target.api), target.namespace
    batch.create_namespaced_job(space, job("good", "echo done", completions=2))
    batch.create_namespaced_job(space, job("bad", "exit 1", backoffLimit=0))
    batch.create_namespaced_job(space, job("slow", "sleep 600", activeDeadlineSeconds=5))
    good = when(target, batch.read_namespaced_job, "good", ended("Complete"))
    assert good.status.succeeded == 2
    bad = ended("Failed")(when(target, batch.read_namespaced_job, "bad", ended("Failed")).status)
    assert (bad.reason, bad.message) == ("BackoffLimitExceeded", "Job has reached the specified backoff limit")
    slow = ended("Failed")(when(target, batch.read_namespaced_job, "slow", ended("Failed")).status)
    assert (slow.reason, slow.message) == ("DeadlineExceeded", "Job was active longer than specified deadline")
    for name in ("good", "bad", "slow"):
        batch.delete_namespaced_job(name, space, propagation_policy="Background")


def test_a_cron_job_starts_jobs_and_refuses_nonsense(target: Target) -> None:
    batch, space = client.BatchV1Api(target.api), target.namespace
    spec = {"schedule": "* * * * *", "jobTemplate": {"spec": job("tick", "echo tick")["spec"]}}
    batch.create_namespaced_cron_job(space, {"metadata": {"name": "tick"}, "spec": spec})
    when(target, batch.read_namespaced_cron_job, "tick", lambda status: status.last_successful_time, 150)
    batch.delete_namespaced_cron_job("tick", space, propagation_policy="Background")
    with pytest.raises(ApiException) as refused:
        batch.create_namespaced_cron_job(
            space, {"metadata": {"name": "no"}, "spec": {**spec, "schedule": "often"}}
        )
    assert 'spec.schedule: Invalid value: "often": ' in refusal(refused.value)[2]


def test_an_autoscaler_without_requests_says_what_is_missing(target: Target) -> None:
    scaling, space = client.AutoscalingV2Api(target.api), target.namespace
    target.apps.create_namespaced_deployment(space, workload("plain"))
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "plain"}
    spec = {"scaleTargetRef": reference, "maxReplicas": 3}
    scaling.create_namespaced_horizontal_pod_autoscaler(space, {"metadata": {"name": "plain"}, "spec": spec})
    read = scaling.read_namespaced_horizontal_pod_autoscaler
    found = when(target, read, "plain", ended("ScalingActive"))
    condition = ended("ScalingActive")(found.status)
    assert (condition.status, condition.reason) == ("False", "FailedGetResourceMetric")
    assert "failed to get cpu utilization: " in condition.message
    scaling.delete_namespaced_horizontal_pod_autoscaler("plain", space)
    target.apps.delete_namespaced_deployment("plain", space)


def test_a_limit_range_gives_defaults_and_refuses(target: Target) -> None:
    core, space = target.core, target.namespace
    item = {"type": "Container", "max": {"memory": "256Mi"}, "default": {"memory": "64Mi"}}
    core.create_namespaced_limit_range(space, {"metadata": {"name": "bounds"}, "spec": {"limits": [item]}})
    try:
        container = {"name": "main", "image": "nginx:1.25"}
        made = core.create_namespaced_pod(
            space, {"metadata": {"name": "small"}, "spec": {"containers": [container]}}
        )
        assert made.spec.containers[0].resources.limits == {"memory": "64Mi"}
        core.delete_namespaced_pod("small", space, grace_period_seconds=0)
        large = {**container, "resources": {"limits": {"memory": "1Gi"}}}
        with pytest.raises(ApiException) as refused:
            core.create_namespaced_pod(space, {"metadata": {"name": "large"}, "spec": {"containers": [large]}})
        words = "maximum memory usage per Container is 256Mi, but limit is 1Gi"
        assert refusal(refused.value)[2] == f'pods "large" is forbidden: {words}'
    finally:
        core.delete_namespaced_limit_range("bounds", space)


def test_a_budget_tells_how_many_may_go(target: Target) -> None:
    policy, space = client.PolicyV1Api(target.api), target.namespace
    spec = {"selector": {"matchLabels": {"app": "web"}}, "minAvailable": 2}
    policy.create_namespaced_pod_disruption_budget(space, {"metadata": {"name": "two"}, "spec": spec})
    read = policy.read_namespaced_pod_disruption_budget
    found = when(target, read, "two", lambda status: status.disruptions_allowed == 1)
    assert (found.status.expected_pods, found.status.current_healthy, found.status.desired_healthy) == (3, 3, 2)
    policy.delete_namespaced_pod_disruption_budget("two", space)


def test_every_node_renews_its_lease(target: Target) -> None:
    leases = client.CoordinationV1Api(target.api)
    name = target.core.list_node().items[0].metadata.name
    before = leases.read_namespaced_lease(name, "kube-node-lease").spec.renew_time
    target.wait(15)
    assert leases.read_namespaced_lease(name, "kube-node-lease").spec.renew_time > before
