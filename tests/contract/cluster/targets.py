"""The clusters that the contract is checked on: the lab, and a real one where somebody gives one."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from lab.cluster.server import Cluster

# The official client, untyped: its annotations refuse the plain dicts that it takes and call all fields optional.
client: Any = import_module("kubernetes.client")
config: Any = import_module("kubernetes.config")
watch: Any = import_module("kubernetes.watch")
stream: Any = import_module("kubernetes.stream").stream
DynamicClient: Any = import_module("kubernetes.dynamic").DynamicClient
ApiException: Any = client.ApiException

REAL = "AOI_CONTRACT_KUBECONFIG"
"""Names the kubeconfig of a throw-away cluster whose administrator the tests may be."""
Found = TypeVar("Found")


@dataclass
class Target:
    """A cluster under contract, with a namespace of its own."""

    name: str
    namespace: str
    kubeconfig: Path
    lab: Cluster | None

    def __post_init__(self) -> None:
        self.api = self.as_user(self.kubeconfig)
        self.core = client.CoreV1Api(self.api)
        self.apps = client.AppsV1Api(self.api)

    def as_user(self, kubeconfig: Path) -> Any:
        """A client with another identity."""
        return config.new_client_from_config(str(kubeconfig))

    def wait(self, seconds: float) -> None:
        """Let that much time pass in the cluster."""
        if self.lab is not None:
            self.lab.advance(seconds)
        else:
            time.sleep(seconds)

    def eventually(self, look: Callable[[], Found | None], seconds: float = 60) -> Found:
        """The first true thing that `look` sees; fails when there is none in time."""
        for _ in range(int(seconds)):
            if found := look():
                return found
            self.wait(1)
        raise AssertionError(f"not seen within {seconds} s of cluster time: {look()!r}")


def real_kubeconfig() -> Path | None:
    """The kubeconfig of the real cluster, if one was given."""
    given = os.environ.get(REAL)
    return Path(given) if given else None


def deployment(name: str, replicas: int = 1, image: str = "nginx:1.25", **container: Any) -> dict[str, Any]:
    """A deployment of one container and a helper beside it."""
    labels = {"app": name}
    main = {"name": "main", "image": image, "ports": [{"containerPort": 80}], **container}
    side = {"name": "side", "image": "redis:7"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [main, side]}},
        },
    }


def refusal(error: Any) -> tuple[int, str, str]:
    """(HTTP status, reason, message) of what the API server refused."""
    body: dict[str, Any] = json.loads(error.body)
    return error.status, body["reason"], body["message"]
