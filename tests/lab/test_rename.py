"""A renamed scenario is the same incident under names that nobody has seen."""

import random
import re

import pytest

from lab.applications import Drillable
from lab.operations import Apply
from lab.rename import rename
from lab.suite import Task, load_suite

BASICS = load_suite("basics")
OLD = re.compile(
    r"(?<![a-z])(shop|frontend|gateway|catalog|cart|checkout|payment|orders|inventory|recommendation|postgres)(?![a-z])",
    re.IGNORECASE,
)
"""The shop's names; `checkouts` and `orders-of-magnitude` are not what is meant by a name, `CART_URL` is."""


def everything(drillable: Drillable) -> str:
    scenario = drillable.scenario.model_dump(mode="json", exclude_unset=True, exclude={"name", "app", "title"})
    application = drillable.application
    told = (scenario, application.manifests, application.app.history, application.behaviours)
    return repr(told)


@pytest.mark.parametrize("task", BASICS.tasks, ids=lambda task: task.id)
def test_no_old_name_is_left(task: Task) -> None:
    text = everything(rename(task.drillable, random.Random(3)))
    assert not OLD.findall(text), [text[found.start() - 40 : found.end() + 40] for found in OLD.finditer(text)][:5]


def test_the_seed_decides_the_names() -> None:
    drillable = BASICS.tasks[0].drillable
    once, again, other = (rename(drillable, random.Random(seed)) for seed in (1, 1, 2))
    assert once == again
    assert once.namespace != other.namespace


def test_names_change_together_wherever_they_occur() -> None:
    task = next(task for task in BASICS.tasks if task.id == "network-policy-ingress")
    renamed = rename(task.drillable, random.Random(5))
    services = {m["metadata"]["name"]: m for m in renamed.application.manifests if m["kind"] == "Service"}
    deployments = {m["metadata"]["name"]: m for m in renamed.application.manifests if m["kind"] == "Deployment"}
    assert services.keys() == deployments.keys()
    for name, service in services.items():
        labels = deployments[name]["spec"]["template"]["metadata"]["labels"]
        assert service["spec"]["selector"].items() <= labels.items()
    hosts = re.findall(r"http://([a-z-]+):8080", repr(deployments))
    assert hosts
    assert set(hosts) <= services.keys()


def test_the_clusters_own_names_stay() -> None:
    renamed = rename(BASICS.tasks[0].drillable, random.Random(5))
    nodes = [m["metadata"]["name"] for m in renamed.application.manifests if m["kind"] == "Node"]
    claims = [
        m["spec"]["storageClassName"]
        for m in renamed.application.manifests
        if "storage" in repr(m.get("spec")) and m["kind"] == "PersistentVolumeClaim"
    ]
    assert nodes == ["node-2", "node-3"]
    assert claims == ["standard"]


BENCHMARK = load_suite("aiopslab-86")


def test_what_names_a_task_stays() -> None:
    task = BENCHMARK.matching("user_unregistered_mongodb-detection-1").tasks[0]
    renamed = rename(task.drillable, random.Random(5)).scenario
    assert renamed.task_id == "user_unregistered_mongodb-{ask}-1"
    assert renamed.fault_family == "user-unregistered-mongodb"


def test_targets_of_the_cluster_stay_and_its_users_change() -> None:
    task = BENCHMARK.matching("redeploy_without_PV-mitigation-1").tasks[0]
    components = rename(task.drillable, random.Random(5)).scenario.truth.components
    assert "PersistentVolume/geo-pv" in components
    assert "Deployment/mongodb-geo" not in components


def test_an_experiment_keeps_its_action_and_finds_its_container() -> None:
    task = BENCHMARK.matching("container_kill-detection").tasks[0]
    renamed = rename(task.drillable, random.Random(5))
    applied = [operation for operation in renamed.scenario.fault if isinstance(operation, Apply)]
    (experiment,) = (manifest for operation in applied for manifest in operation.manifests)
    assert experiment["spec"]["action"] == "container-kill" != experiment["metadata"]["name"]
    containers = {
        container["name"]
        for manifest in renamed.application.manifests
        if manifest["kind"] == "Deployment"
        for container in manifest["spec"]["template"]["spec"]["containers"]
    }
    assert set(experiment["spec"]["containerNames"]) <= containers
