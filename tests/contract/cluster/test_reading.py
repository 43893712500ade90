"""What the official client reads: lists, selectors, pages, watches, logs, metrics, discovery."""

import threading
from pathlib import Path
from typing import Any

import pytest

from lab.cluster.server import Cluster
from tests.contract.cluster.targets import (
    ApiException,
    DynamicClient,
    Target,
    client,
    deployment,
    refusal,
    stream,
    watch,
)


def test_version(target: Target) -> None:
    assert client.VersionApi(target.api).get_code().git_version.startswith("v1.")


def test_pods_of_a_deployment_run_with_all_that_the_client_demands(target: Target) -> None:
    pods = target.core.list_namespaced_pod(target.namespace, label_selector="app=web").items
    assert len(pods) == 3
    for pod in pods:
        assert (pod.status.phase, pod.spec.service_account_name) == ("Running", "default")
        assert {status.name for status in pod.status.container_statuses} == {"main", "side"}
        assert all(status.ready and status.state.running.started_at for status in pod.status.container_statuses)
        assert pod.metadata.owner_references[0].kind == "ReplicaSet"
        assert pod.status.pod_ip
        assert pod.spec.node_name


def test_label_selectors(target: Target) -> None:
    target.core.create_namespaced_config_map(target.namespace, {"metadata": {"name": "l1", "labels": {"x": "1"}}})
    target.core.create_namespaced_config_map(target.namespace, {"metadata": {"name": "l2", "labels": {"x": "2"}}})

    def names(selector: str) -> list[str]:
        found = target.core.list_namespaced_config_map(target.namespace, label_selector=selector).items
        return [each.metadata.name for each in found]

    assert names("x=1") == ["l1"]
    assert names("x in (1,2)") == ["l1", "l2"]
    assert names("x notin (1),x") == ["l2"]
    assert "l1" not in names("!x")


def test_field_selectors(target: Target) -> None:
    pods = target.core.list_namespaced_pod(target.namespace, field_selector="status.phase=Running").items
    assert len(pods) >= 3
    name = pods[0].metadata.name
    one = target.core.list_namespaced_pod(target.namespace, field_selector=f"metadata.name={name}").items
    assert [pod.metadata.name for pod in one] == [name]
    assert not target.core.list_namespaced_pod(target.namespace, field_selector="status.phase=Failed").items
    with pytest.raises(ApiException) as refused:
        target.core.list_namespaced_pod(target.namespace, field_selector="spec.nonsense=1")
    assert refused.value.status == 400


def test_pages_join_to_the_whole_list(target: Target) -> None:
    for i in range(5):
        target.core.create_namespaced_config_map(target.namespace, {"metadata": {"name": f"page-{i}"}})
    whole = [o.metadata.name for o in target.core.list_namespaced_config_map(target.namespace).items]
    seen: list[str] = []
    token = None
    while token is None or token:
        page = target.core.list_namespaced_config_map(target.namespace, limit=2, _continue=token or None)
        assert len(page.items) <= 2
        seen += [o.metadata.name for o in page.items]
        token = page.metadata._continue or ""
    assert seen == whole


def test_a_missing_object_is_named(target: Target) -> None:
    with pytest.raises(ApiException) as missing:
        target.core.read_namespaced_config_map("zz", target.namespace)
    assert refusal(missing.value) == (404, "NotFound", 'configmaps "zz" not found')
    with pytest.raises(ApiException) as missing:
        target.apps.read_namespaced_deployment("zz", target.namespace)
    assert refusal(missing.value) == (404, "NotFound", 'deployments.apps "zz" not found')


def test_a_watch_goes_on_from_a_list(target: Target) -> None:
    name = "watched"
    target.core.create_namespaced_config_map(target.namespace, {"metadata": {"name": name}})
    version = target.core.list_namespaced_config_map(target.namespace).metadata.resource_version

    def change() -> None:
        target.core.patch_namespaced_config_map(
            name, target.namespace, {"data": {"k": "1"}}, _content_type="application/merge-patch+json"
        )
        target.core.delete_namespaced_config_map(name, target.namespace)

    changer = threading.Thread(target=change)
    changer.start()
    seen: list[tuple[str, Any]] = []
    watcher = watch.Watch()
    for event in watcher.stream(
        target.core.list_namespaced_config_map, target.namespace, resource_version=version, timeout_seconds=10
    ):
        seen.append((event["type"], event["object"].data))
        if event["type"] == "DELETED":
            watcher.stop()
    changer.join()
    assert seen == [("MODIFIED", {"k": "1"}), ("DELETED", {"k": "1"})]


def test_a_watch_ends_when_it_said_it_would(target: Target) -> None:
    events = watch.Watch().stream(
        target.core.list_namespaced_config_map, target.namespace, timeout_seconds=1, _request_timeout=10
    )
    assert all(event["type"] == "ADDED" for event in events)


def test_a_watch_from_the_beginning_of_time_has_expired(target: Target, lab: Cluster) -> None:
    watcher = watch.Watch()
    with pytest.raises(ApiException) as expired:
        for _ in watcher.stream(
            target.core.list_namespaced_config_map, target.namespace, resource_version="1", timeout_seconds=5
        ):
            pass
    assert expired.value.status == 410


def test_logs(target: Target) -> None:
    pod = target.core.list_namespaced_pod(target.namespace, label_selector="app=web").items[0].metadata.name

    def log(**options: Any) -> str:
        return str(target.core.read_namespaced_pod_log(pod, target.namespace, **options))

    whole = log(container="main").splitlines()
    assert whole
    assert log(container="main", tail_lines=1).splitlines() == whole[-1:]
    stamped = log(container="main", tail_lines=1, timestamps=True)
    stamp, _, text = stamped.strip().partition(" ")
    assert stamp.endswith("Z")
    assert text == whole[-1]
    with pytest.raises(ApiException) as refused:
        log()
    assert refusal(refused.value)[2] == (
        f"a container name must be specified for pod {pod}, choose one of: [main side]"
    )
    with pytest.raises(ApiException) as refused:
        log(container="main", previous=True)
    assert refusal(refused.value)[2] == f'previous terminated container "main" in pod "{pod}" not found'


def test_events_tell_how_a_pod_came_to_run(target: Target) -> None:
    pod = target.core.list_namespaced_pod(target.namespace, label_selector="app=web").items[0].metadata.name
    selector = f"involvedObject.name={pod},type=Normal"
    events = target.core.list_namespaced_event(target.namespace, field_selector=selector).items
    assert {"Scheduled", "Pulled", "Created", "Started"} <= {event.reason for event in events}
    newer = client.EventsV1Api(target.api).list_namespaced_event(
        target.namespace, field_selector=f"regarding.name={pod},reason=Scheduled"
    )
    assert newer.items[0].note.startswith(f"Successfully assigned {target.namespace}/{pod} to ")


def test_metrics_of_pods_and_nodes(target: Target) -> None:
    api = client.CustomObjectsApi(target.api)
    if target.lab is None:
        groups = [group.name for group in client.ApisApi(target.api).get_api_versions().groups]
        if "metrics.k8s.io" not in groups:
            pytest.skip("the real cluster has no metrics server")
    target.wait(30)
    pods = api.list_namespaced_custom_object("metrics.k8s.io", "v1beta1", target.namespace, "pods")["items"]
    assert {container["name"] for container in pods[0]["containers"]} == {"main", "side"}
    assert pods[0]["containers"][0]["usage"]["memory"].endswith("Ki")
    assert api.list_cluster_custom_object("metrics.k8s.io", "v1beta1", "nodes")["items"]


def test_exec_returns_what_the_command_wrote(target: Target) -> None:
    pod = target.core.list_namespaced_pod(target.namespace, label_selector="app=web").items[0].metadata.name

    def run(*command: str) -> tuple[str, str, int]:
        connection = stream(
            *(target.core.connect_get_namespaced_pod_exec, pod, target.namespace),
            container="main",
            command=list(command),
            stdout=True,
            stderr=True,
            _preload_content=False,
        )
        connection.run_forever(timeout=10)
        try:
            return connection.read_stdout(timeout=0), connection.read_stderr(timeout=0), connection.returncode
        finally:
            connection.sock.shutdown()  # its close() leaves the socket open once the server has said goodbye

    assert run("hostname") == (f"{pod}\n", "", 0)
    assert run("false") == ("", "", 1)


def test_the_dynamic_client_finds_its_way(target: Target, tmp_path: Path) -> None:
    found = DynamicClient(target.api, cache_file=str(tmp_path / "discovery"))
    deployments = found.resources.get(api_version="apps/v1", kind="Deployment")
    assert "web" in [each.metadata.name for each in deployments.get(namespace=target.namespace).items]


def test_a_deployment_keeps_its_replicas_and_can_be_scaled(target: Target) -> None:
    target.apps.create_namespaced_deployment(target.namespace, deployment("scaled"))
    scale = target.apps.read_namespaced_deployment_scale("scaled", target.namespace)
    assert (scale.kind, scale.spec.replicas) == ("Scale", 1)
    body = {"spec": {"replicas": 2}}
    assert target.apps.patch_namespaced_deployment_scale("scaled", target.namespace, body).spec.replicas == 2

    def has_two() -> bool:
        status = target.apps.read_namespaced_deployment("scaled", target.namespace).status
        return bool(status.available_replicas == 2)

    target.eventually(has_two, 120)
    gone = target.core.list_namespaced_pod(target.namespace, label_selector="app=scaled").items[0].metadata.name
    target.core.delete_namespaced_pod(gone, target.namespace)

    def is_replaced() -> bool:
        pods = target.core.list_namespaced_pod(target.namespace, label_selector="app=scaled").items
        running = {pod.metadata.name for pod in pods if not pod.metadata.deletion_timestamp}
        return len(running) == 2 and gone not in running

    target.eventually(is_replaced, 120)
    target.apps.delete_namespaced_deployment("scaled", target.namespace)
