"""An application that stands: settled on a fresh cluster, its history played."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from lab.applications import APPS, Drillable, load_application
from lab.cluster.kubelet.state import Run
from lab.cluster.ports import ExecResult
from lab.operations import Operation
from lab.scenario import Scenario, Truth
from lab.stage import Stage

Object = dict[str, Any]


@cache
def quiet(name: str) -> Drillable:
    """The application with nothing wrong; read once."""
    scenario = Scenario(name=name, title=name, app=name, question="Is anything wrong?", truth=Truth(anomaly=False))
    return Drillable(scenario, load_application(APPS / name))


@dataclass
class Standing:
    """Short hands on it."""

    stage: Stage
    namespace: str

    @classmethod
    def of(cls, name: str, seed: int = 1) -> "Standing":
        told = quiet(name)
        stage = Stage.set(told, seed)
        stage.past()
        return cls(stage, told.namespace)

    def stop(self) -> None:
        self.stage.cluster.stop()

    def all(self, kind: str) -> list[Object]:
        return self.stage.cluster.store.list(kind, self.namespace)

    def names(self, kind: str) -> set[str]:
        return {obj["metadata"]["name"] for obj in self.all(kind)}

    def pods(self, workload: str) -> list[Object]:
        """The pods of a Deployment or StatefulSet, youngest last; those that end are left out."""
        selector = next(
            obj["spec"]["selector"]["matchLabels"]
            for kind in ("Deployment", "StatefulSet")
            for obj in self.all(kind)
            if obj["metadata"]["name"] == workload
        )
        found = [pod for pod in self.all("Pod") if selector.items() <= pod["metadata"]["labels"].items()]
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]

    def pod(self, workload: str) -> Object:
        return self.pods(workload)[-1]

    def status(self, workload: str) -> Object:
        """Of the first container."""
        found: Object = self.pod(workload)["status"]["containerStatuses"][0]
        return found

    def exec(self, workload: str, *command: str) -> ExecResult:
        pod = self.pod(workload)
        return self.stage.cluster.world.exec(pod, pod["spec"]["containers"][0]["name"], list(command))

    def get(self, source: str, url: str) -> str | None:
        """Fetch a URL from a workload's pod: what went wrong, or `None`."""
        done = self.exec(source, "wget", "-q", url)
        return None if done.exit_code == 0 else done.stderr.strip()

    def log(self, workload: str, previous: bool = False) -> list[str]:
        pod = self.pod(workload)
        lines = self.stage.cluster.world.logs(pod, pod["spec"]["containers"][0]["name"], previous)
        return [line.text for line in lines]

    def says(self, workload: str, words: str, previous: bool = False) -> bool:
        return any(words in line for line in self.log(workload, previous))

    def after(self, seconds: float, *operations: Operation) -> None:
        self.stage.repair(operations)
        self.stage.cluster.advance(seconds)

    def run(self, workload: str) -> Run:
        """The first container's run."""
        return self.stage.cluster.world.runtime.running(self.pod(workload))[0][1]

    def unwell(self) -> list[str]:
        """Pods that are not ready, Services without a ready endpoint, calls that fail."""
        found = []
        for pod in self.all("Pod"):
            if not all(status["ready"] for status in pod["status"].get("containerStatuses", ())):
                found.append(f"pod {pod['metadata']['name']}")
            for _, run in self.stage.cluster.world.runtime.running(pod):
                failing = [name for name, record in run.calls.items() if record.changes and record.changes[-1][1]]
                found += [f"call of {pod['metadata']['name']} to {name}" for name in failing]
        for endpoints in self.all("Endpoints"):
            if not any(subset.get("addresses") for subset in endpoints.get("subsets") or ()):
                found.append(f"service {endpoints['metadata']['name']}")
        return found

    def revisions(self) -> int:
        """The highest revision that any Deployment has reached."""
        key = "deployment.kubernetes.io/revision"
        return max(int(obj["metadata"]["annotations"][key]) for obj in self.all("Deployment"))
