"""What kubectl changes: apply, diff, patch, scale, set image, rollouts, delete, drain."""

from pathlib import Path

import pytest

from tests.contract.kubectl.conftest import WEB, Kubectl

pytestmark = pytest.mark.kubectl


def manifest(tmp_path: Path, old: str, new: str) -> str:
    """The manifest of `web` with a change."""
    text = WEB.read_text()
    assert old in text
    path = tmp_path / "changed.yaml"
    path.write_text(text.replace(old, new))
    return str(path)


def image_of(kubectl: Kubectl) -> str:
    return kubectl("get", "deploy", "web", "-o", "jsonpath={.spec.template.spec.containers[0].image}")


def test_apply_and_diff(kubectl: Kubectl, tmp_path: Path) -> None:
    assert kubectl("apply", "-f", str(WEB)).splitlines() == [
        "deployment.apps/web unchanged",
        "service/web unchanged",
    ]
    changed = manifest(tmp_path, "nginx:1.25", "nginx:1.26")
    shown = kubectl.run("diff", "-f", changed)
    assert shown.code == 1
    assert [
        line.split()[-1] for line in shown.out.splitlines() if line.startswith(("-  ", "+  ")) and "image" in line
    ] == [
        "nginx:1.25",
        "nginx:1.26",
    ]
    assert "(server dry run)" in kubectl("apply", "-f", changed, "--dry-run=server")
    assert image_of(kubectl) == "nginx:1.25"
    kubectl("apply", "-f", changed)
    assert image_of(kubectl) == "nginx:1.26"
    bad = kubectl.run("apply", "-f", manifest(tmp_path, "replicas: 2", "replicas: 2\n  bogus: 1"))
    assert 'unknown field "spec.bogus"' in bad.err


def test_server_side_apply(kubectl: Kubectl, tmp_path: Path) -> None:
    kubectl("apply", "--server-side", "--force-conflicts", "-f", str(WEB))
    changed = manifest(tmp_path, "nginx:1.25", "nginx:1.27")
    refused = kubectl.run("apply", "--server-side", "--field-manager=other", "-f", changed)
    assert refused.code == 1
    assert "Apply failed with 1 conflict" in refused.err
    assert '.spec.template.spec.containers[name="main"].image' in refused.err


def test_patch(kubectl: Kubectl) -> None:
    merge = '{"metadata":{"labels":{"tier":"front"}}}'
    assert "patched" in kubectl("patch", "deploy", "web", "--type=merge", "-p", merge)
    strategic = '{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"redis:7.2"}]}}}}'
    kubectl("patch", "deploy", "web", "-p", strategic)
    images = kubectl("get", "deploy", "web", "-o", "jsonpath={.spec.template.spec.containers[*].image}")
    assert images.split()[1:] == ["redis:7.2"]
    bad = kubectl.run(
        "patch", "deploy", "web", "--type=json", "-p", '[{"op":"replace","path":"/spec/replicas","value":-1}]'
    )
    assert bad.err.strip() == (
        'The Deployment "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0'
    )


def test_scale(kubectl: Kubectl) -> None:
    assert kubectl("scale", "deploy/web", "--replicas=3").strip() == "deployment.apps/web scaled"
    kubectl("wait", "--for=jsonpath={.status.availableReplicas}=3", "deploy/web", "--timeout=50s")
    kubectl("scale", "deploy/web", "--replicas=2")


def test_rollouts(kubectl: Kubectl) -> None:
    before = image_of(kubectl)
    kubectl("set", "image", "deploy/web", "main=nginx:1.28")
    assert "successfully rolled out" in kubectl("rollout", "status", "deploy/web", "--timeout=50s")
    revisions = [line.split()[0] for line in kubectl("rollout", "history", "deploy/web").splitlines()[2:] if line]
    assert len(revisions) >= 2
    assert "nginx:1.28" in kubectl("rollout", "history", "deploy/web", f"--revision={revisions[-1]}")
    assert "rolled back" in kubectl("rollout", "undo", "deploy/web")
    kubectl("rollout", "status", "deploy/web", "--timeout=50s")
    assert image_of(kubectl) == before
    old = kubectl.pod
    kubectl("rollout", "restart", "deploy/web")
    kubectl("rollout", "status", "deploy/web", "--timeout=50s")
    kubectl("wait", "--for=delete", f"pod/{old}", "--timeout=50s")


def test_create_and_delete(kubectl: Kubectl) -> None:
    kubectl("create", "configmap", "settings", "--from-literal=k=v")
    assert kubectl("get", "cm", "settings", "-o", "jsonpath={.data.k}") == "v"
    kubectl("create", "secret", "generic", "password", "--from-literal=pw=x")
    assert kubectl("get", "secret", "password", "-o", "jsonpath={.data.pw}") == "eA=="
    assert "(server dry run)" in kubectl("delete", "cm", "settings", "--dry-run=server")
    assert kubectl("get", "cm", "settings", "-o", "name").strip() == "configmap/settings"
    kubectl("delete", "cm", "settings")
    assert kubectl.run("get", "cm", "settings").code == 1
    kubectl("label", "deploy", "web", "note=hi")
    kubectl("expose", "deploy", "web", "--name=other", "--port=8080", "--target-port=80")
    assert kubectl("get", "svc", "other", "-o", "jsonpath={.spec.ports[0].targetPort}") == "80"


def test_drain(kubectl: Kubectl) -> None:
    node = kubectl("get", "pod", kubectl.pod, "-o", "jsonpath={.spec.nodeName}")
    try:
        assert "drained" in kubectl("drain", node, "--ignore-daemonsets", "--force", "--timeout=50s")
        assert "SchedulingDisabled" in kubectl("get", "node", node)
        kubectl("wait", "--for=jsonpath={.status.availableReplicas}=2", "deploy/web", "--timeout=50s")
        where = kubectl("get", "pods", "-l", "app=web", "-o", "jsonpath={.items[*].spec.nodeName}")
        assert node not in where.split()
    finally:
        kubectl("uncordon", node)
