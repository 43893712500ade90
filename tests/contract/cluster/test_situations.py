"""Incidents as an operator meets them: what the API says of each, and that the right change heals it.

Everything is made of public images and goes through the official client, so a real cluster can be held to it too.
Texts that differ by version are checked by the part they share.
"""

from typing import Any

import pytest

from lab.cluster.server import Cluster
from tests.contract.cluster.situations import Situation, application, policy, quota, trouble
from tests.contract.cluster.targets import ApiException, Target, client, refusal

WAIT_FOR_DB = "until nc -z -w 1 {db} 6379; do echo waiting; sleep 2; done; echo ready"
CALL_DB = "nc -z -w 1 {db} 6379 || {{ echo cannot reach {db}; exit 1; }}; sleep 3600"


def script(text: str) -> dict[str, Any]:
    return {"image": "busybox:1.36", "command": ["sh", "-c", text]}


# ---- images and starts ----


def test_an_image_that_does_not_exist_and_its_repair(target: Target) -> None:
    with trouble(target, application("img", image="nginx:1.25-typo")) as found:
        assert "nginx:1.25-typo" in found.waiting("ImagePullBackOff").message
        assert found.pod.status.phase == "Pending"
        found.event("Failed", 'Failed to pull image "nginx:1.25-typo": ')
        found.event("BackOff", 'Back-off pulling image "nginx:1.25-typo"')
        with pytest.raises(ApiException) as refused:
            found.log()
        assert refusal(refused.value)[0] == 400
        assert refusal(refused.value)[2].endswith("is waiting to start: trying and failing to pull image")
        assert found.condition("Available", "MinimumReplicasUnavailable").status == "False"
        found.patch(image="nginx:1.25")
        found.available()


def test_a_crash_loop_with_the_log_of_the_run_before(target: Target) -> None:
    with trouble(target, application("crash", **script("echo KeyError: PAYMENT_URL; exit 3"))) as found:
        message = found.waiting("CrashLoopBackOff").message
        assert message.startswith("back-off ")
        assert f"restarting failed container=main pod={found.pod.metadata.name}_" in message
        assert found.last_end("Error").exit_code == 3
        assert found.log(previous=True) == "KeyError: PAYMENT_URL\n"
        assert found.pod.status.phase == "Running"
        found.event("BackOff", "Back-off restarting failed container")


def test_more_memory_than_the_limit(target: Target) -> None:
    body = application(
        "oom",
        image="polinux/stress:1.0.4",
        command=["stress"],
        args=["--vm", "1", "--vm-bytes", "250M", "--vm-hang", "1"],
        resources={"limits": {"memory": "100Mi"}},
    )
    with trouble(target, body) as found:
        assert found.last_end("OOMKilled").exit_code == 137
        found.patch(resources={"limits": {"memory": "400Mi"}, "requests": {"memory": "400Mi"}})
        found.available()


def test_a_command_that_is_not_in_the_image(target: Target) -> None:
    with trouble(target, application("badcmd", command=["/app/start.sh"])) as found:
        ended = found.last_end("StartError")
        assert ended.exit_code == 128
        assert 'exec: "/app/start.sh": stat /app/start.sh: no such file or directory' in ended.message


def test_an_init_container_that_fails(target: Target) -> None:
    init = {"name": "migrate", **script("echo schema is locked; exit 1")}
    with trouble(target, application("init", pod={"initContainers": [init]})) as found:
        assert found.waiting("PodInitializing")

        def crashed() -> Any:
            (status,) = found.pod.status.init_container_statuses or [None]
            return status and status.restart_count >= 1 and status

        target.eventually(crashed, 90)
        assert found.log(container="migrate") == "schema is locked\n"
        (condition,) = [each for each in found.pod.status.conditions if each.type == "Initialized"]
        assert condition.message == "containers with incomplete status: [migrate]"


# ---- scheduling ----


def test_no_node_with_the_label(target: Target) -> None:
    with trouble(target, application("sel", pod={"nodeSelector": {"disk": "nvme-ssd"}})) as found:
        message = found.unscheduled()
        assert "node(s) didn't match Pod's node affinity/selector" in message
        assert "preemption: 0/" in message
        found.event("FailedScheduling", "node(s) didn't match Pod's node affinity/selector")
        assert found.pod.spec.node_name is None
        body = [{"op": "remove", "path": "/spec/template/spec/nodeSelector"}]
        target.apps.patch_namespaced_deployment("sel", target.namespace, body)
        found.available()


def test_no_node_with_the_room(target: Target) -> None:
    with trouble(target, application("cpu", resources={"requests": {"cpu": "600"}})) as found:
        assert "Insufficient cpu" in found.unscheduled()
        found.patch(resources={"requests": {"cpu": "10m"}})
        found.available()


def test_a_taint_that_nothing_tolerates(target: Target, lab: Cluster) -> None:
    taint = {"key": "dedicated", "value": "batch", "effect": "NoSchedule"}
    for node in target.core.list_node().items:
        target.core.patch_node(node.metadata.name, {"spec": {"taints": [taint]}})
    try:
        with trouble(target, application("taint")) as found:
            assert "3 node(s) had untolerated taint" in found.unscheduled()
            target.core.patch_node("node-1", {"spec": {"taints": []}})
            found.available()
    finally:
        for node in target.core.list_node().items:
            target.core.patch_node(node.metadata.name, {"spec": {"taints": []}})


def test_a_claim_that_no_class_can_fill(target: Target) -> None:
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "fast-nvme",
        "resources": {"requests": {"storage": "1Gi"}},
    }
    claims = target.core.create_namespaced_persistent_volume_claim
    claims(target.namespace, {"metadata": {"name": "pvc-data"}, "spec": spec})
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "pvc-data"}}]
    with trouble(target, application("pvc", pod={"volumes": volumes})) as found:
        assert "pod has unbound immediate PersistentVolumeClaims" in found.unscheduled()
        found.event("ProvisioningFailed", 'storageclass.storage.k8s.io "fast-nvme" not found')
    target.core.delete_namespaced_persistent_volume_claim("pvc-data", target.namespace)


# ---- probes ----


def test_a_readiness_probe_on_a_path_that_fails(target: Target) -> None:
    probe = {"httpGet": {"path": "/nope", "port": 80}, "periodSeconds": 2}
    with trouble(target, application("unready", readinessProbe=probe)) as found:
        found.event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 404")
        assert found.status.ready is False
        assert found.status.restart_count == 0
        (condition,) = [each for each in found.pod.status.conditions if each.type == "Ready"]
        assert condition.message == "containers with unready status: [main]"
        found.patch(readinessProbe={"httpGet": {"path": "/", "port": 80}, "periodSeconds": 2})
        found.available()


def test_a_liveness_probe_that_kills(target: Target) -> None:
    probe = {"httpGet": {"path": "/", "port": 8081}, "periodSeconds": 2, "failureThreshold": 2}
    with trouble(target, application("live", livenessProbe=probe)) as found:
        found.event("Unhealthy", "connect: connection refused")
        found.event("Killing", "Container main failed liveness probe, will be restarted")
        target.eventually(lambda: found.status.restart_count >= 1, 60)


# ---- configuration ----

ENV_CASES: list[tuple[dict[str, Any], str]] = [
    ({"envFrom": [{"configMapRef": {"name": "app-config"}}]}, 'configmap "app-config" not found'),
    (
        {"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "app-keys", "key": "a"}}}]},
        'secret "app-keys" not found',
    ),
    (
        {"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "kube-root-ca.crt", "key": "a"}}}]},
        "couldn't find key a in ConfigMap ",
    ),
]


@pytest.mark.parametrize(("container", "words"), ENV_CASES)
def test_a_reference_to_something_missing(target: Target, container: dict[str, Any], words: str) -> None:
    with trouble(target, application("config", **container)) as found:
        assert found.waiting("CreateContainerConfigError").message.startswith(words)
        found.event("Failed", f"Error: {words}")


def test_a_config_map_that_appears_heals_by_itself(target: Target) -> None:
    with trouble(target, application("heal", envFrom=[{"configMapRef": {"name": "late"}}])) as found:
        found.waiting("CreateContainerConfigError")
        target.core.create_namespaced_config_map(
            target.namespace, {"metadata": {"name": "late"}, "data": {"a": "1"}}
        )
        found.available()
    target.core.delete_namespaced_config_map("late", target.namespace)


def test_a_volume_that_cannot_be_mounted(target: Target) -> None:
    more: dict[str, Any] = {
        "volumeMounts": [{"name": "conf", "mountPath": "/etc/conf"}],
        "pod": {"volumes": [{"name": "conf", "configMap": {"name": "nginx-conf"}}]},
    }
    with trouble(target, application("mount", **more)) as found:
        text = 'MountVolume.SetUp failed for volume "conf" : configmap "nginx-conf" not found'
        found.event("FailedMount", text)
        assert found.waiting("ContainerCreating")
        assert found.pod.status.phase == "Pending"


def test_a_quota_that_is_used_up(target: Target) -> None:
    used = len(target.core.list_namespaced_pod(target.namespace).items)
    with quota(target, {"pods": str(used + 1)}), trouble(target, application("many", replicas=3)) as found:
        found.event("FailedCreate", "is forbidden: exceeded quota: compute, requested: pods=1, used: pods=")
        failure = found.condition("ReplicaFailure", "FailedCreate")
        assert failure.message.endswith(f"limited: pods={used + 1}")
        assert len(found.pods) == 1


# ---- the network ----


def database(target: Target, port: int) -> dict[str, Any]:
    ports = [{"port": 6379, "targetPort": port}]
    return {"metadata": {"name": "cache"}, "spec": {"selector": {"app": "cache"}, "ports": ports}}


@pytest.fixture
def cache(target: Target) -> Any:
    """A redis whose Service points at the wrong port."""
    target.core.create_namespaced_service(target.namespace, database(target, 6380))
    with trouble(target, application("cache", image="redis:7")) as found:
        found.available()
        yield found
    target.core.delete_namespaced_service("cache", target.namespace)


def test_a_wrong_target_port_crashes_who_depends_on_it_until_it_is_mended(
    target: Target, cache: Situation
) -> None:
    with trouble(target, application("api", **script(CALL_DB.format(db="cache")))) as found:
        assert found.last_end("Error").exit_code == 1
        assert "cannot reach cache" in found.log(previous=True)
        assert cache.status.ready
        target.core.patch_namespaced_service("cache", target.namespace, database(target, 6379))
        target.eventually(lambda: found.status.state.running and found.status.ready, 400)


def test_a_network_policy_that_lets_nobody_in(target: Target, lab: Cluster, cache: Situation) -> None:
    target.core.patch_namespaced_service("cache", target.namespace, database(target, 6379))
    deny = {"podSelector": {"matchLabels": {"app": "cache"}}, "policyTypes": ["Ingress"]}
    with policy(target, "deny", deny):
        body = application("waiter", **script(WAIT_FOR_DB.format(db="cache")))
        with trouble(target, body) as found:
            assert found.said("waiting")
            client.NetworkingV1Api(target.api).patch_namespaced_network_policy(
                "deny", target.namespace, {"spec": {"ingress": [{}]}}
            )
            assert found.said("ready")


# ---- rollouts and rights ----


def test_no_replicas_is_no_error(target: Target) -> None:
    with trouble(target, application("none", replicas=0)) as found:
        assert found.condition("Available", "MinimumReplicasAvailable")
        assert found.pods == []
        target.apps.patch_namespaced_deployment_scale("none", target.namespace, {"spec": {"replicas": 1}})
        found.available()


def test_a_rollout_that_gets_stuck_keeps_the_old_pods(target: Target) -> None:
    deadline = 600 if target.lab else 20
    body = application("stuck", replicas=2, spec={"progressDeadlineSeconds": deadline})
    with trouble(target, body) as found:
        found.available()
        found.patch(image="nginx:1.26-typo")
        target.wait(deadline - 5)
        condition = found.condition("Progressing", "ProgressDeadlineExceeded", 30)
        assert condition.status == "False"
        assert condition.message.endswith("has timed out progressing.")
        assert found.deployment.status.available_replicas == 2
        found.patch(image="nginx:1.26")
        assert found.condition("Progressing", "NewReplicaSetAvailable").status == "True"


def test_a_reader_may_not_delete(target: Target, lab: Cluster) -> None:
    reader = client.CoreV1Api(target.as_user(lab.kubeconfig("somebody")))
    with pytest.raises(ApiException) as refused:
        reader.delete_namespaced_pod("x", target.namespace)
    assert refusal(refused.value) == (
        403,
        "Forbidden",
        'pods "x" is forbidden: User "somebody" cannot delete resource "pods" in API group "" '
        f'in the namespace "{target.namespace}"',
    )
