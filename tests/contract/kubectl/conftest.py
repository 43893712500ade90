"""A running cluster, and for each kubectl a namespace with the deployment `web` rolled out in it."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.cluster.server import Cluster
from tests.contract.kubectl.binaries import found

WEB = Path(__file__).with_name("web.yaml")
SPEED = 30.0
"""Cluster seconds per wall second: kubectl waits by the wall."""
BINARIES = found()
ABSENT = pytest.mark.skip(reason="there is no kubectl on PATH")


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Kubectl:
    """One kubectl binary, at home in one namespace."""

    binary: Path
    namespace: str
    kubeconfig: Path
    cluster: Cluster
    home: Path

    def run(self, *arguments: str, kubeconfig: Path | None = None) -> Done:
        """Run a command to its end."""
        line = [
            str(self.binary),
            "--kubeconfig",
            str(kubeconfig or self.kubeconfig),
            "-n",
            self.namespace,
            *arguments,
        ]
        environment = {"HOME": str(self.home), "PATH": "/usr/bin:/bin", "KUBECTL_EXTERNAL_DIFF": "diff -u"}
        done = subprocess.run(line, capture_output=True, text=True, timeout=60, env=environment, check=False)
        return Done(done.returncode, done.stdout, done.stderr)

    def __call__(self, *arguments: str) -> str:
        """The output of a command that must succeed."""
        done = self.run(*arguments)
        assert done.code == 0, f"{' '.join(arguments)}: {done.err or done.out}"
        return done.out

    @property
    def pod(self) -> str:
        """The name of a running pod of `web`."""
        return self("get", "pods", "-l", "app=web", "-o", "jsonpath={.items[0].metadata.name}")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """One lab for all kubectls."""
    with Cluster(speed=SPEED) as running:
        yield running


@pytest.fixture(
    scope="module",
    params=[pytest.param(path, id=path.name) for path in BINARIES]
    or [pytest.param(None, id="none", marks=ABSENT)],
)
def kubectl(request: pytest.FixtureRequest, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Kubectl:
    """A kubectl whose `web` is rolled out."""
    binary: Path = request.param
    module = request.module.__name__.rpartition("test_")[2]
    namespace = f"{binary.name}-{module}".replace(".", "-").replace("_", "-")
    made = Kubectl(binary, namespace, cluster.kubeconfig(), cluster, tmp_path_factory.mktemp("home"))
    made("create", "namespace", namespace)
    made("apply", "-f", str(WEB))
    made("rollout", "status", "deploy/web", "--timeout=50s")
    return made
