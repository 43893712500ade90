"""One cluster, one namespace and one running deployment for the whole suite."""

from collections.abc import Iterator

import pytest

from lab.cluster.server import Cluster
from tests.contract.cluster.targets import REAL, Target, deployment, real_kubeconfig

NAMESPACE = "aoi-contract"


@pytest.fixture(scope="module", params=["lab", "real"])
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """The cluster, with the deployment `web` (3 replicas) available in its namespace."""
    if request.param == "lab":
        with Cluster() as cluster:
            found = Target("lab", NAMESPACE, cluster.kubeconfig(), cluster)
            _furnish(found)
            yield found
            found.api.close()
        return
    kubeconfig = real_kubeconfig()
    if kubeconfig is None:
        pytest.skip(f"no real cluster: {REAL} names no kubeconfig")
    found = Target("real", NAMESPACE, kubeconfig, None)
    _furnish(found)
    yield found
    found.core.delete_namespace(NAMESPACE)
    found.api.close()


@pytest.fixture
def lab(target: Target) -> Cluster:
    """For what only the lab can do."""
    if target.lab is None:
        pytest.skip("needs the lab: it moves time or mints identities")
    return target.lab


def _furnish(target: Target) -> None:
    target.core.create_namespace({"metadata": {"name": NAMESPACE}})
    target.eventually(lambda: _has_account(target))
    target.apps.create_namespaced_deployment(NAMESPACE, deployment("web", replicas=3))

    def is_available() -> bool:
        status = target.apps.read_namespaced_deployment("web", NAMESPACE).status
        return bool(status and status.available_replicas == 3)

    target.eventually(is_available, 120)


def _has_account(target: Target) -> bool:
    accounts = target.core.list_namespaced_service_account(NAMESPACE).items
    return any(account.metadata.name == "default" for account in accounts)
