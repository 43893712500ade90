"""The calls between running containers: looked at every few seconds, and when the network has changed."""

from collections.abc import Iterable
from typing import Final

from lab.cluster.context import Context
from lab.cluster.kubelet.processes import Processes
from lab.cluster.kubelet.state import Runtime
from lab.cluster.queue import Key
from lab.cluster.store import StoreEvent

CALLS_SECONDS: Final = 15.0
"""How often calls are looked at even if nothing changed."""
_ALL: Final[Key] = ("calls",)


class Calls:
    """Comes after all others, so that calls are made once an instant, on a network that is in order again."""

    kinds: tuple[str, ...] = ("Pod", "Service", "Endpoints", "NetworkPolicy", "PodNetworkChaos")

    def __init__(self, context: Context, runtime: Runtime, processes: Processes) -> None:
        self._index, self._runtime, self._processes = context.index, runtime, processes
        self._callers: dict[str, None] = {}
        """Uids of pods whose programs call others, in the order they were found."""

    def keys(self, event: StoreEvent) -> Iterable[Key]:
        """The network's changes concern all calls; a pod's only tell whether it makes any."""
        if event.kind != "Pod":
            yield _ALL
            return
        uid = event.obj["metadata"]["uid"]
        if event.type == "DELETED":
            self._callers.pop(uid, None)
        elif uid not in self._callers and any(run.behaviour.calls for _, run in self._runtime.running(event.obj)):
            self._callers[uid] = None

    def reconcile(self, key: Key) -> float | None:
        """Let every caller look around."""
        for uid in tuple(self._callers):
            pod = self._index.by_uid(uid)
            if pod is None:
                continue
            for spec, run in self._runtime.running(pod):
                if run.behaviour.calls:
                    self._processes.look_around(pod, spec, run)
        return CALLS_SECONDS
