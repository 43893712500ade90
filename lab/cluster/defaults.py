"""The objects of a fresh cluster."""

import random
import uuid
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import yaml

from lab.cluster.clock import VirtualClock
from lab.cluster.ports import Object

RBAC = "rbac.authorization.k8s.io"


def default_objects(clock: VirtualClock, rng: random.Random, nodes: int) -> Iterator[Object]:
    """Namespaces, roles, classes and nodes, in the order in which they are created."""
    text = files("lab.cluster.data").joinpath("defaults.yaml").read_text()
    data: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    for name in data["namespaces"]:
        yield _namespace(name)
    for name, rules in data["roles"].items():
        yield _role(name, rules + data["roles"].get(data["including"].get(name), []))
    for role, group in data["bindings"].items():
        yield _binding(role, group)
    yield from data["objects"]
    for number in range(1, nodes + 1):
        yield _node(number, data["node"], clock, rng)
        yield _lease(f"node-{number}", clock)


def dns_objects() -> list[Object]:
    """CoreDNS and its Service, for a cluster whose DNS is seen and can fail; to be applied."""
    text = files("lab.cluster.data").joinpath("kube_dns.yaml").read_text()
    return list(yaml.load_all(text, Loader=yaml.CSafeLoader))


def _namespace(name: str) -> Object:
    return {
        "kind": "Namespace",
        "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }


def _role(name: str, rules: list[Object]) -> Object:
    labels = {"kubernetes.io/bootstrapping": "rbac-defaults"}
    return {"kind": "ClusterRole", "metadata": {"name": name, "labels": labels}, "rules": rules}


def _binding(role: str, group: str) -> Object:
    return {
        "kind": "ClusterRoleBinding",
        "metadata": {"name": role, "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "Group", "apiGroup": RBAC, "name": group}],
    }


def _node(number: int, data: dict[str, Any], clock: VirtualClock, rng: random.Random) -> Object:
    name, now = f"node-{number}", clock.iso()
    conditions = [
        {
            "type": kind,
            "status": status,
            "reason": reason,
            "message": message,
            "lastHeartbeatTime": now,
            "lastTransitionTime": now,
        }
        for kind, (status, reason, message) in data["conditions"].items()
    ]
    labels = {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "topology.kubernetes.io/zone": data["zones"][(number - 1) % len(data["zones"])],
        "node-role.kubernetes.io/worker": "",
    }
    ids = {
        field: str(uuid.UUID(int=rng.getrandbits(128), version=4))
        for field in ("bootID", "machineID", "systemUUID")
    }
    return {
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {"podCIDR": f"10.244.{number}.0/24", "podCIDRs": [f"10.244.{number}.0/24"]},
        "status": {
            "capacity": data["capacity"],
            "allocatable": data["capacity"],
            "addresses": [
                {"type": "InternalIP", "address": f"192.168.1.{10 + number}"},
                {"type": "Hostname", "address": name},
            ],
            "conditions": conditions,
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": {**data["info"], **ids},
        },
    }


def _lease(node: str, clock: VirtualClock) -> Object:
    return {
        "kind": "Lease",
        "metadata": {"name": node, "namespace": "kube-node-lease"},
        "spec": {"holderIdentity": node, "leaseDurationSeconds": 40, "renewTime": clock.micro()},
    }
