"""The cluster's DNS as a pod meets it: kube-dns, the CoreDNS pods behind it, and what their Corefile says.

A cluster without a Service `kube-dns` has a DNS that nobody sees and that never fails.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from lab.cluster.corefile import answers_for
from lab.cluster.index import Index
from lab.cluster.kubelet.mounts import files
from lab.cluster.kubelet.state import Runtime, ports_of
from lab.cluster.memo import Memo
from lab.cluster.netem import netem_of
from lab.cluster.pods import is_ready
from lab.cluster.policies import End, allows, end_of
from lab.cluster.ports import Object
from lab.cluster.store import Store

PATIENCE_SECONDS: Final = 5.0
"""How long clients and resolvers wait for somebody who says nothing."""
COREFILE: Final = "/etc/coredns/Corefile"
PORT: Final = 53
_UNSEEN: Final = End("10.244.0.2", "kube-system", {"k8s-app": "kube-dns"})


class Question(StrEnum):
    """What came of asking for a name."""

    ANSWERED = "answered"
    DENIED = "denied"
    """There is an answer, and it says that there is no such name."""
    UNANSWERED = "unanswered"


class Resolver:
    """Asks the cluster's DNS."""

    def __init__(self, store: Store, index: Index, runtime: Runtime) -> None:
        self._store, self._index, self._runtime = store, index, runtime
        self._certain = Memo[Question | None](
            store, "Pod", "Service", "NetworkPolicy", "Namespace", "PodNetworkChaos"
        )

    def ask(self, pod: Object, inside: Callable[[], bool], now: float) -> Question:
        """Ask for a name of the cluster (`inside`) or of the world."""
        known = self._certain.of(pod, None, lambda: self._without_servers(pod))
        if known is not None:
            return known
        for server in self._servers():
            for spec, run in self._runtime.running(server):
                if run.listening(now) and PORT in ports_of(spec, run):
                    text = files(self._store, server, spec).get(COREFILE)
                    fine = text is None or answers_for(text, inside())
                    return Question.ANSWERED if fine else Question.DENIED
        return Question.UNANSWERED

    def _without_servers(self, pod: Object) -> Question | None:
        """What becomes of a pod's questions whatever the servers do; `None` when it is up to them."""
        netem = netem_of(self._store, pod)
        late = netem.lost or netem.late >= PATIENCE_SECONDS
        if late or not allows(self._store, end_of(pod), _UNSEEN, PORT, "UDP"):
            return Question.UNANSWERED
        return Question.ANSWERED if self._store.get("Service", "kube-system", "kube-dns") is None else None

    def _servers(self) -> list[Object]:
        endpoints = self._store.get("Endpoints", "kube-system", "kube-dns") or {}
        addresses = [
            each["ip"] for subset in endpoints.get("subsets") or () for each in subset.get("addresses") or ()
        ]
        found = [self._index.pod_at(address) for address in addresses]
        return [pod for pod in found if pod is not None and is_ready(pod)]
