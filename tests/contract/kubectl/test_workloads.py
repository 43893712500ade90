"""kubectl with workloads beside Deployments: rollouts, and what `get` and `describe` say of the rest."""

from pathlib import Path

import pytest
import yaml

from tests.contract.kubectl.conftest import Kubectl
from tests.lab.cluster.controllers.workloads import cron, daemon, job, stateful

pytestmark = pytest.mark.kubectl


def applied(kubectl: Kubectl, tmp_path: Path, *manifests: object) -> None:
    path = tmp_path / "manifests.yaml"
    path.write_text(yaml.safe_dump_all(manifests))
    kubectl("apply", "-f", str(path))


@pytest.mark.parametrize("kind", ["sts", "ds"])
def test_rollouts_of_sets(kubectl: Kubectl, tmp_path: Path, kind: str) -> None:
    made = stateful("db", replicas=2) if kind == "sts" else daemon("agent")
    name = f"{kind}/{made['metadata']['name']}"
    image = ("get", name, "-o", "jsonpath={.spec.template.spec.containers[0].image}")
    applied(kubectl, tmp_path, made)
    kubectl("rollout", "status", name, "--timeout=50s")
    kubectl("set", "image", name, "main=nginx:1.26")
    kubectl("rollout", "status", name, "--timeout=50s")
    assert "nginx:1.25" in kubectl("rollout", "history", name, "--revision=1")
    assert "rolled back" in kubectl("rollout", "undo", name)
    kubectl("rollout", "status", name, "--timeout=50s")
    assert kubectl(*image) == "nginx:1.25"
    kubectl("rollout", "restart", name)
    kubectl("rollout", "status", name, "--timeout=50s")
    assert len(kubectl("rollout", "history", name).strip().splitlines()) >= 4
    kubectl("delete", name)


def test_jobs_and_cron_jobs(kubectl: Kubectl, tmp_path: Path) -> None:
    applied(kubectl, tmp_path, job("import", "echo done"), cron("report", "@yearly"))
    kubectl("wait", "--for=condition=complete", "job/import", "--timeout=50s")
    assert "Complete   1/1" in kubectl("get", "job", "import")
    assert "Pods Statuses:" in kubectl("describe", "job", "import")
    assert "created" in kubectl("create", "job", "by-hand", "--from=cronjob/report")
    kubectl("wait", "--for=condition=complete", "job/by-hand", "--timeout=50s")
    assert "@yearly" in kubectl("get", "cronjob", "report")
    assert "Concurrency Policy:            Allow" in kubectl("describe", "cronjob", "report")


def test_autoscalers_budgets_limits_and_ingresses(kubectl: Kubectl, tmp_path: Path) -> None:
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    hpa = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"}}
    applied(kubectl, tmp_path, {**hpa, "spec": {"scaleTargetRef": reference, "maxReplicas": 5}})
    kubectl("wait", "--for=condition=AbleToScale", "hpa/web", "--timeout=50s")
    assert "Deployment/web   cpu: " in kubectl("get", "hpa", "web")
    assert "AbleToScale" in kubectl("describe", "hpa", "web")
    kubectl("create", "poddisruptionbudget", "web", "--selector=app=web", "--min-available=1")
    kubectl("wait", "--for=jsonpath={.status.currentHealthy}=2", "pdb/web", "--timeout=50s")
    assert "Allowed disruptions:  1" in kubectl("describe", "pdb", "web")
    kubectl("create", "ingress", "front", "--rule=shop.example.com/*=web:80", "--class=nginx")
    assert kubectl("get", "ingress", "front").split()[6:9] == ["front", "nginx", "shop.example.com"]
    assert "web:80" in kubectl("describe", "ingress", "front")
    bounds = {"type": "Container", "default": {"cpu": "1"}}
    limits = {
        "apiVersion": "v1",
        "kind": "LimitRange",
        "metadata": {"name": "bounds"},
        "spec": {"limits": [bounds]},
    }
    applied(kubectl, tmp_path, limits)
    assert "Container" in kubectl("describe", "limits", "bounds")
    kubectl("delete", "limits/bounds", "pdb/web", "hpa/web", "ingress/front")


def test_nodes_tell_their_leases_and_pressure(kubectl: Kubectl) -> None:
    shown = kubectl("describe", "node", "node-1")
    assert "RenewTime:" in shown
    assert "KubeletHasSufficientMemory" in shown
