"""The machines behind the nodes: their heartbeats while they run, and what their failure leaves behind."""

import uuid
from collections.abc import Iterable

from lab.cluster.conditions import condition, set_condition
from lab.cluster.context import Context
from lab.cluster.errors import ApiError
from lab.cluster.kubelet.containers import RELIST_SECONDS
from lab.cluster.kubelet.state import Phase, PodState, Run, Runtime
from lab.cluster.kubelet.voice import Voice
from lab.cluster.ports import Object
from lab.cluster.queue import Key
from lab.cluster.randomness import seeded
from lab.cluster.store import StoreEvent
from lab.cluster.texts import Text

RENEW_SECONDS = 10.0
"""A kubelet renews its Lease every quarter of the 40 s that it is good for."""
REPORT_SECONDS = 300.0
"""An unchanged node status is posted anew this often (nodeStatusReportFrequency)."""
LEASES = "kube-node-lease"
KUBELET_PORT = 10250
LOST_CODE = 255
"""What a container is said to have ended with that nobody saw end."""
POSTED = ("MemoryPressure", "DiskPressure", "PIDPressure")
"""The conditions that a kubelet posts besides Ready."""


class Machines:
    """Renews leases and posts node statuses; knows which machines are off."""

    kinds: tuple[str, ...] = ("Node",)

    def __init__(self, context: Context, runtime: Runtime) -> None:
        self._store, self._index, self._clock = context.store, context.index, context.clock
        self._texts, self._recorder = context.texts, context.recorder
        self._runtime = runtime
        self._reported: dict[str, float] = {}
        """When each node's status was last posted; only nodes with a machine are in it."""

    def keys(self, event: StoreEvent) -> Iterable[Key]:
        """A node that came or went."""
        if event.type != "MODIFIED":
            yield (event.obj["metadata"]["name"],)

    def reconcile(self, key: Key) -> float | None:
        """One heartbeat. A node that nobody has called ready has no machine behind it."""
        name, now = key[0], self._clock.now()
        node = self._store.get("Node", None, name)
        if node is None or name in self._runtime.down:
            if node is None:
                self._reported.pop(name, None)
                self._runtime.down.pop(name, None)
            return None
        if name not in self._reported:
            if _ready(node) != "True":
                return None
            self._reported[name] = now
        self._renew(node)
        if _ready(node) != "True":
            self._post(node)
        elif now >= self._reported[name] + REPORT_SECONDS:
            self._reported[name] = now
            stamped = [{**each, "lastHeartbeatTime": self._clock.iso()} for each in node["status"]["conditions"]]
            self._store.renew("Node", None, name, status={**node["status"], "conditions": stamped})
        return RENEW_SECONDS

    # ---- failure ----

    def fail(self, name: str) -> None:
        """Switch a machine off. Raises ApiError 404."""
        self._store.require("Node", None, name)
        self._runtime.down.setdefault(name, self._clock.now())

    def restore(self, name: str) -> None:
        """Switch it on again: it comes up as after a reboot. Raises ApiError 404."""
        node = self._store.require("Node", None, name)
        since = self._runtime.down.pop(name, None)
        if since is None:
            return
        boot = str(uuid.UUID(int=seeded(f"{name}/{self._clock.now()}").getrandbits(128), version=4))
        info = {**(node["status"].get("nodeInfo") or {}), "bootID": boot}
        node = self._store.update_status("Node", node, {**node["status"], "nodeInfo": info})
        self._recorder.warning(
            node, "Rebooted", self._texts.say(Text.NODE_REBOOTED, name=name, boot=boot), "kubelet", host=name
        )
        for home in self._runtime.pods.values():
            if home.node == name:
                self._lose(home, since)

    def check(self, pod: Object) -> None:
        """Raises ApiError 500 when the pod's kubelet cannot be asked for its logs or for a command."""
        name = pod["spec"].get("nodeName", "")
        if name in self._runtime.down:
            node = self._store.get("Node", None, name) or {}
            addresses = (node.get("status") or {}).get("addresses") or [{"address": name}]
            address = f"{addresses[0]['address']}:{KUBELET_PORT}"
            raise ApiError.internal(self._texts.say(Text.KUBELET_UNREACHABLE, address=address))

    def _lose(self, home: PodState, since: float) -> None:
        """What ran when the machine went off is found dead."""
        pod = self._index.by_uid(home.uid)
        for state in home.containers.values():
            if state.phase is Phase.RUNNING and state.run is not None:
                _lost(state.run, max(since, state.run.started_at))
                state.phase, state.ready, state.started = Phase.TERMINATED, False, False
        home.ip, home.sandbox_at = "", self._clock.now() + RELIST_SECONDS
        if pod is not None and "deletionTimestamp" not in pod["metadata"]:
            text = self._texts.say(Text.SANDBOX_CHANGED)
            Voice(self._recorder, pod).normal("SandboxChanged", text)

    # ---- heartbeats ----

    def _renew(self, node: Object) -> None:
        name = node["metadata"]["name"]
        lease = self._store.get("Lease", LEASES, name)
        spec = {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": self._clock.micro()}
        if lease is not None:
            self._store.renew("Lease", LEASES, name, spec={**lease["spec"], **spec})
        elif self._store.get("Namespace", None, LEASES) is not None:
            self._store.create("Lease", {"metadata": {"name": name, "namespace": LEASES}, "spec": spec})

    def _post(self, node: Object) -> None:
        """Say that the node is well again after others have called it unknown."""
        name, now = node["metadata"]["name"], self._clock.iso()
        conditions = [dict(each) for each in node["status"]["conditions"]]
        for kind in POSTED:
            old = condition(conditions, kind)
            if old is not None and old["status"] == "Unknown":
                reason, text = HEALTHY[kind]
                set_condition(conditions, kind, "False", now, reason, self._texts.say(text), lastHeartbeatTime=now)
        well = self._texts.say(Text.KUBELET_READY)
        set_condition(conditions, "Ready", "True", now, "KubeletReady", well, lastHeartbeatTime=now)
        self._store.update_status("Node", node, {**node["status"], "conditions": conditions})
        said = self._texts.say(Text.NODE_STATUS_NOW, name=name, status="NodeReady")
        self._recorder.normal(node, "NodeReady", said, "kubelet", host=name)


HEALTHY = {
    "MemoryPressure": ("KubeletHasSufficientMemory", Text.ENOUGH_MEMORY),
    "DiskPressure": ("KubeletHasNoDiskPressure", Text.ENOUGH_DISK),
    "PIDPressure": ("KubeletHasSufficientPID", Text.ENOUGH_PIDS),
}
"""Reason and text of each condition while it does not hold."""


def _ready(node: Object) -> str:
    found = condition((node.get("status") or {}).get("conditions") or [], "Ready")
    return "" if found is None else str(found["status"])


def _lost(run: Run, at: float) -> None:
    run.finished_at, run.exit_code, run.reason = at, LOST_CODE, "Unknown"
