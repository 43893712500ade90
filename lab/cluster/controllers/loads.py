"""How much of each node is taken, kept up to date pod by pod."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from lab.cluster.pods import controller_of, is_over, requests_of
from lab.cluster.ports import Object


@dataclass
class NodeLoad:
    """What the pods of a node ask for together."""

    requests: Counter[str] = field(default_factory=Counter)
    """By resource, in thousandths."""
    pods: int = 0
    by_owner: Counter[str] = field(default_factory=Counter)
    """Pods by the uid of their controller."""
    ports: Counter[tuple[str, int]] = field(default_factory=Counter)
    """Protocol and number of host ports."""


@dataclass(frozen=True)
class Share:
    """What one pod asks for."""

    node: str
    requests: Counter[str]
    owner: str
    ports: frozenset[tuple[str, int]]


class Loads:
    """The load of all nodes."""

    def __init__(self) -> None:
        self.nodes: dict[str, NodeLoad] = defaultdict(NodeLoad)
        self._shares: dict[str, Share] = {}

    def note(self, pod: Object, gone: bool) -> None:
        """Take a pod's change into account; a pod that is over takes nothing."""
        uid, node = pod["metadata"]["uid"], pod["spec"].get("nodeName")
        counts = bool(node) and not gone and not is_over(pod)
        if counts and uid not in self._shares:
            share = Share(node, requests_of(pod["spec"]), owner_of(pod), host_ports(pod))
            self._shares[uid] = share
            self._add(share, 1)
        elif not counts and uid in self._shares:
            self._add(self._shares.pop(uid), -1)

    def _add(self, share: Share, sign: int) -> None:
        load = self.nodes[share.node]
        load.pods += sign
        load.by_owner[share.owner] += sign
        for resource, amount in share.requests.items():
            load.requests[resource] += sign * amount
        for port in share.ports:
            load.ports[port] += sign


def owner_of(pod: Object) -> str:
    """The uid of the pod's controller, or its own."""
    controller = controller_of(pod)
    return str(controller["uid"] if controller is not None else pod["metadata"]["uid"])


def host_ports(pod: Object) -> frozenset[tuple[str, int]]:
    """The ports of the node that a pod claims."""
    found = set()
    for container in pod["spec"].get("containers") or ():
        for port in container.get("ports") or ():
            if port.get("hostPort"):
                found.add((port.get("protocol", "TCP"), int(port["hostPort"])))
    return frozenset(found)
