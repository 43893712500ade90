"""The cluster of the trials: many namespaces, each with a Service that leads nowhere, which one patch mends."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.rbac import READER, WRITER, manifests, user_of
from lab.cluster.server import Cluster

SETTLE_SECONDS = 60.0


def place(name: str) -> list[dict[str, Any]]:
    """A namespace whose Service sends to a port that its pod does not have."""
    labels = {"app": "web"}
    container = {
        "name": "web",
        "image": "registry.example.com/web:1.0",
        "ports": [{"name": "http", "containerPort": 8080}],
    }
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    own = {"name": "web", "namespace": name}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}},
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": own,
            "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": own,
            "spec": {"selector": labels, "ports": [{"port": 80, "targetPort": "htpp"}]},
        },
    ]


@dataclass
class Ground:
    """The cluster, and its places so far."""

    cluster: Cluster
    made: list[str] = field(default_factory=list)

    @classmethod
    def up(cls) -> "Ground":
        """Serving; places are made as they are needed."""
        cluster = Cluster(nodes=3)
        cluster.apply(manifests())
        cluster.start()
        return cls(cluster)

    def places(self, count: int) -> list[str]:
        """Fresh places, with pods that run."""
        names = [f"f{len(self.made) + number:03}" for number in range(count)]
        for name in names:
            self.cluster.apply(place(name))
        self.cluster.advance(SETTLE_SECONDS)
        self.made += names
        return names

    def effects(self, name: str) -> int:
        """How often the Service of a place was changed by the writer, by the cluster's own audit list."""
        return sum(
            event.user == user_of(WRITER)
            and event.namespace == name
            and event.verb not in ("get", "list", "watch")
            and not event.dry_run
            and 200 <= event.code < 300
            for event in self.cluster.audit
        )

    def kubeconfigs(self, folder: Path) -> dict[str, Path]:
        """One for each identity."""
        return {
            "reader": self.cluster.kubeconfig(user_of(READER), folder / "reader.yaml"),
            "writer": self.cluster.kubeconfig(user_of(WRITER), folder / "writer.yaml"),
        }
