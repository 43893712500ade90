"""The node lifecycle: nodes whose heartbeats stop are called unknown, and taints follow conditions.

Source: pkg/controller/nodelifecycle/node_lifecycle_controller.go.
"""

from collections.abc import Iterable

from lab.cluster.conditions import condition, set_condition
from lab.cluster.context import Context
from lab.cluster.pods import is_over, is_ready
from lab.cluster.ports import Object
from lab.cluster.queue import Key
from lab.cluster.store import StoreEvent
from lab.cluster.texts import Text

COMPONENT = "node-controller"
GRACE_SECONDS = 40.0
"""How long a kubelet may keep silent (nodeMonitorGracePeriod)."""
LEASES = "kube-node-lease"
CONDITIONS = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")
NOT_READY, UNREACHABLE = "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"
PRESSURE = {
    "MemoryPressure": "node.kubernetes.io/memory-pressure",
    "DiskPressure": "node.kubernetes.io/disk-pressure",
    "PIDPressure": "node.kubernetes.io/pid-pressure",
}


class Nodes:
    """Watches heartbeats and keeps the taints that conditions ask for."""

    kinds: tuple[str, ...] = ("Node",)

    def __init__(self, context: Context) -> None:
        self._store, self._index, self._clock = context.store, context.index, context.clock
        self._texts, self._recorder = context.texts, context.recorder

    def keys(self, event: StoreEvent) -> Iterable[Key]:
        """The node."""
        if event.type != "DELETED":
            yield (event.obj["metadata"]["name"],)

    def reconcile(self, key: Key) -> float | None:
        """Judge one node by its last heartbeat."""
        node = self._store.get("Node", None, key[0])
        ready = None if node is None else condition((node.get("status") or {}).get("conditions") or [], "Ready")
        if node is None or ready is None:
            return None  # nobody runs it yet
        self._set_taints(node, ready["status"])
        if ready["status"] == "Unknown":
            return None
        left = self._last_heartbeat(node) + GRACE_SECONDS - self._clock.now()
        if left > 0:
            return left
        self._call_unknown(node)
        return None

    def _last_heartbeat(self, node: Object) -> float:
        lease = self._store.get("Lease", LEASES, node["metadata"]["name"])
        stamps = [node["metadata"]["creationTimestamp"]]
        if lease is not None and lease["spec"].get("renewTime"):
            stamps.append(lease["spec"]["renewTime"])
        return max(self._clock.parse(stamp) for stamp in stamps)

    def _call_unknown(self, node: Object) -> None:
        name, now = node["metadata"]["name"], self._clock.iso()
        conditions = [dict(each) for each in node["status"]["conditions"]]
        text = self._texts.say(Text.NODE_SILENT)
        for kind in CONDITIONS:
            old = condition(conditions, kind)
            if old is not None:
                beat = old.get("lastHeartbeatTime", now)
                set_condition(conditions, kind, "Unknown", now, "NodeStatusUnknown", text, lastHeartbeatTime=beat)
        self._store.update_status("Node", node, {**node["status"], "conditions": conditions})
        said = self._texts.say(Text.NODE_STATUS_NOW, name=name, status="NodeNotReady")
        self._recorder.normal(node, "NodeNotReady", said, COMPONENT)
        for pod in self._index.pods_on(name):
            if not is_over(pod):
                self._call_pod_not_ready(pod)

    def _call_pod_not_ready(self, pod: Object) -> None:
        if is_ready(pod):
            conditions = [dict(each) for each in pod["status"]["conditions"]]
            set_condition(conditions, "Ready", "False", self._clock.iso(), lastProbeTime=None)
            self._store.update_status("Pod", pod, {**pod["status"], "conditions": conditions})
        text = self._texts.say(Text.POD_NODE_NOT_READY)
        self._recorder.warning(pod, "NodeNotReady", text, COMPONENT)

    def _set_taints(self, node: Object, ready: str) -> None:
        """Exactly the taints that the conditions ask for, beside all others."""
        conditions = node["status"]["conditions"]
        wanted: list[tuple[str, str]] = []
        if ready != "True":
            key = NOT_READY if ready == "False" else UNREACHABLE
            wanted += [(key, "NoSchedule"), (key, "NoExecute")]
        for kind, key in PRESSURE.items():
            found = condition(conditions, kind)
            if found is not None and found["status"] == "True":
                wanted.append((key, "NoSchedule"))
        managed = {NOT_READY, UNREACHABLE, *PRESSURE.values()}
        taints = node["spec"].get("taints") or []
        kept = [each for each in taints if each["key"] not in managed or (each["key"], each["effect"]) in wanted]
        there = {(each["key"], each["effect"]) for each in kept}
        now = self._clock.iso()
        new = [
            {"key": key, "effect": effect, "timeAdded": now}
            for key, effect in wanted
            if (key, effect) not in there
        ]
        if new or len(kept) != len(taints):
            spec = {key: value for key, value in node["spec"].items() if key != "taints"}
            spec |= {"taints": [*kept, *new]} if kept or new else {}
            self._store.update("Node", {**node, "spec": spec})
