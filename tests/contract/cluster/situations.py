"""Hands for the incident situations: put an application into trouble, look at it through the official client."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.contract.cluster.targets import ApiException, Target, client


def application(name: str, replicas: int = 1, image: str = "nginx:1.25", **more: Any) -> dict[str, Any]:
    """A Deployment of one container `main`; `pod` and `spec` add to the pod and the Deployment."""
    pod, spec = more.pop("pod", {}), more.pop("spec", {})
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "terminationGracePeriodSeconds": 1,
                    "containers": [{"name": "main", "image": image, **more}],
                }
                | pod,
            },
            **spec,
        },
    }


@dataclass(frozen=True)
class Situation:
    """One application in one namespace of a cluster."""

    target: Target
    name: str

    @property
    def pods(self) -> list[Any]:
        """Its pods."""
        found = self.target.core.list_namespaced_pod(self.target.namespace, label_selector=f"app={self.name}")
        return list(found.items)

    @property
    def pod(self) -> Any:
        """Its newest pod, or `None`."""
        return max(self.pods, key=lambda pod: pod.metadata.creation_timestamp, default=None)

    @property
    def status(self) -> Any:
        """The status of its newest pod's container, or `None` before there is one."""
        statuses = self.pod.status.container_statuses if self.pod else None
        return statuses[0] if statuses else None

    @property
    def deployment(self) -> Any:
        """The Deployment."""
        return self.target.apps.read_namespaced_deployment(self.name, self.target.namespace)

    def waiting(self, reason: str, seconds: float = 90) -> Any:
        """The container's waiting state, once its reason is this."""

        def look() -> Any:
            state = self.status.state.waiting if self.status else None
            return state if state and state.reason == reason else None

        return self.target.eventually(look, seconds)

    def last_end(self, reason: str, seconds: float = 120) -> Any:
        """How the container ended last, once it did so for this reason."""

        def look() -> Any:
            ended = self.status.last_state.terminated if self.status and self.status.last_state else None
            return ended if ended and ended.reason == reason else None

        return self.target.eventually(look, seconds)

    def event(self, reason: str, words: str, seconds: float = 120) -> Any:
        """An event about one of its objects with these words in its message."""

        def look() -> Any:
            events = self.target.core.list_namespaced_event(self.target.namespace).items
            mine = (each for each in events if each.involved_object.name.startswith(self.name))
            return next((each for each in mine if each.reason == reason and words in each.message), None)

        return self.target.eventually(look, seconds)

    def condition(self, kind: str, reason: str, seconds: float = 90) -> Any:
        """A condition of the Deployment, once its reason is this."""

        def look() -> Any:
            found = self.deployment.status.conditions or []
            return next((each for each in found if (each.type, each.reason) == (kind, reason)), None)

        return self.target.eventually(look, seconds)

    def unscheduled(self, seconds: float = 60) -> str:
        """Why its pod is on no node."""

        def look() -> Any:
            conditions = (self.pod.status.conditions if self.pod else None) or []
            return next((each for each in conditions if each.reason == "Unschedulable"), None)

        return str(self.target.eventually(look, seconds).message)

    def available(self, seconds: float = 120) -> Any:
        """The Deployment, once all its replicas are the current ones and available."""

        def look() -> Any:
            found = self.deployment
            status, wanted = found.status, found.spec.replicas
            current = status.observed_generation == found.metadata.generation
            return found if current and status.available_replicas == status.updated_replicas == wanted else None

        return self.target.eventually(look, seconds)

    def log(self, previous: bool = False, container: str = "main") -> str:
        """What the container of its newest pod wrote."""
        read: Callable[..., str] = self.target.core.read_namespaced_pod_log
        return read(self.pod.metadata.name, self.target.namespace, container=container, previous=previous)

    def said(self, words: str, seconds: float = 60) -> bool:
        """Waits until the container has written these words."""

        def look() -> bool:
            try:
                return words in self.log()
            except ApiException:
                return False

        return self.target.eventually(look, seconds)

    def patch(self, **container: Any) -> None:
        """Change fields of the container."""
        spec = {"template": {"spec": {"containers": [{"name": "main", **container}]}}}
        self.target.apps.patch_namespaced_deployment(self.name, self.target.namespace, {"spec": spec})


@contextmanager
def trouble(target: Target, body: dict[str, Any]) -> Iterator[Situation]:
    """An application for the time of one test."""
    name = body["metadata"]["name"]
    target.apps.create_namespaced_deployment(target.namespace, body)
    try:
        yield Situation(target, name)
    finally:
        target.apps.delete_namespaced_deployment(name, target.namespace, propagation_policy="Background")
        target.wait(3)


@contextmanager
def policy(target: Target, name: str, spec: dict[str, Any]) -> Iterator[None]:
    """A NetworkPolicy for the time of a block."""
    api = client.NetworkingV1Api(target.api)
    api.create_namespaced_network_policy(target.namespace, {"metadata": {"name": name}, "spec": spec})
    try:
        yield
    finally:
        api.delete_namespaced_network_policy(name, target.namespace)


@contextmanager
def quota(target: Target, hard: dict[str, str]) -> Iterator[None]:
    """A ResourceQuota for the time of a block."""
    body = {"metadata": {"name": "compute"}, "spec": {"hard": hard}}
    target.core.create_namespaced_resource_quota(target.namespace, body)
    target.eventually(lambda: _counted(target), 30)
    try:
        yield
    finally:
        target.core.delete_namespaced_resource_quota("compute", target.namespace)


def _counted(target: Target) -> Any:
    try:
        return target.core.read_namespaced_resource_quota("compute", target.namespace).status.hard
    except ApiException:
        return None
