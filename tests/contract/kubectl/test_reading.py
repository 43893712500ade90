"""What kubectl shows: get, describe, logs, top, events, explain, exec, wait, can-i."""

from pathlib import Path

import pytest

from tests.contract.kubectl.conftest import Kubectl

pytestmark = pytest.mark.kubectl


def test_get(kubectl: Kubectl) -> None:
    head, *rows = kubectl("get", "pods", "-l", "app=web", "-o", "wide").splitlines()
    assert head.split()[:5] == ["NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    assert [row.split()[1:4] for row in rows] == [["2/2", "Running", "0"]] * 2
    assert kubectl("get", "deploy", "web", "--no-headers").split()[:4] == ["web", "2/2", "2", "2"]
    assert (
        kubectl("get", "deploy", "web", "-o", "jsonpath={.spec.template.spec.containers[0].image}") == "nginx:1.25"
    )
    assert "service/web" in kubectl("get", "all", "-o", "name")
    assert not kubectl("get", "pods", "--field-selector=status.phase=Failed", "-o", "name")
    missing = kubectl.run("get", "pod", "nope")
    assert (missing.code, missing.err.strip()) == (1, 'Error from server (NotFound): pods "nope" not found')
    unknown = kubectl.run("get", "gadgets")
    assert unknown.err.strip() == 'error: the server doesn\'t have a resource type "gadgets"'


def test_describe(kubectl: Kubectl) -> None:
    pod = kubectl("describe", "pod", kubectl.pod)
    assert "Service Account:  default" in pod
    assert "Successfully assigned" in pod
    deployment = kubectl("describe", "deploy", "web")
    assert "2 desired | 2 updated | 2 total | 2 available | 0 unavailable" in deployment
    assert "NewReplicaSetAvailable" in deployment
    assert "TargetPort:" in kubectl("describe", "svc", "web")
    node = kubectl("describe", "node", "node-1")
    assert "KubeletReady" in node
    assert "HolderIdentity:  node-1" in node


def test_logs(kubectl: Kubectl) -> None:
    pod = kubectl.pod
    text = kubectl("logs", pod, "-c", "main")
    assert "Configuration complete; ready for start up" in text
    assert kubectl("logs", pod, "-c", "main", "--tail=1").count("\n") == 1
    stamp = kubectl("logs", pod, "-c", "main", "--tail=1", "--timestamps").split()[0]
    assert stamp.endswith("Z")
    assert "ready for start up" in kubectl("logs", "deploy/web", "-c", "main", "--since=1h")
    previous = kubectl.run("logs", pod, "-c", "main", "--previous")
    assert f'previous terminated container "main" in pod "{pod}" not found' in previous.err


def test_top(kubectl: Kubectl) -> None:
    rows = kubectl("top", "pods", "--containers", "--no-headers").splitlines()
    assert sorted(row.split()[1] for row in rows) == ["main", "main", "side", "side"]
    nodes = kubectl("top", "nodes", "--no-headers").splitlines()
    assert [row.split()[0] for row in nodes] == ["node-1", "node-2", "node-3"]
    assert nodes[0].split()[1].endswith("m")


def test_events(kubectl: Kubectl) -> None:
    shown = kubectl("events", "--for=deployment/web")
    assert "Scaled up replica set" in shown
    assert "ScalingReplicaSet" in kubectl("get", "events", "--field-selector=reason=ScalingReplicaSet")


def test_explain(kubectl: Kubectl) -> None:
    text = kubectl("explain", "deployment.spec.strategy")
    assert "FIELD: strategy <DeploymentStrategy>" in text
    assert "rollingUpdate" in text
    assert (
        kubectl.run("explain", "deployment.spec.nonsense").err.strip().endswith('field "nonsense" does not exist')
    )


def test_exec(kubectl: Kubectl) -> None:
    pod = kubectl.pod
    assert kubectl("exec", pod, "-c", "main", "--", "hostname") == f"{pod}\n"
    failed = kubectl.run("exec", pod, "-c", "main", "--", "false")
    assert (failed.code, failed.err.strip()) == (1, "command terminated with exit code 1")


def test_wait(kubectl: Kubectl) -> None:
    said = kubectl("wait", "--for=condition=Available", "deploy/web", "--timeout=20s")
    assert said.strip() == "deployment.apps/web condition met"
    kubectl("wait", "--for=jsonpath={.status.readyReplicas}=2", "deploy/web", "--timeout=20s")
    assert kubectl.run("wait", "--for=condition=Nonsense", "deploy/web", "--timeout=1s").code == 1


def test_can_i(kubectl: Kubectl, tmp_path: Path) -> None:
    assert kubectl("auth", "can-i", "*", "*").strip() == "yes"
    assert "kubernetes-admin" in kubectl("auth", "whoami")
    kubectl(
        "create", "rolebinding", "viewer", "--clusterrole=view", f"--serviceaccount={kubectl.namespace}:default"
    )
    account = f"system:serviceaccount:{kubectl.namespace}:default"
    viewer = kubectl.cluster.kubeconfig(account, tmp_path / "viewer")
    assert kubectl.run("auth", "can-i", "list", "pods", kubeconfig=viewer).out.strip() == "yes"
    refused = kubectl.run("auth", "can-i", "delete", "pods", kubeconfig=viewer)
    assert (refused.code, refused.out.strip()) == (1, "no")
    assert "pods/log" in kubectl.run("auth", "can-i", "--list", kubeconfig=viewer).out
    assert kubectl.run("auth", "can-i", "delete", "pods", "--as=bob").out.strip() == "no"
    denied = kubectl.run("delete", "pod", "web", kubeconfig=viewer)
    assert denied.err.strip() == (
        f'Error from server (Forbidden): pods "web" is forbidden: User "{account}" cannot delete '
        f'resource "pods" in API group "" in the namespace "{kubectl.namespace}"'
    )
