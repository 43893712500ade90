"""Node pressure: a node that runs out of memory or disk says so and evicts pods (pkg/kubelet/eviction)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lab.cluster.conditions import condition, set_condition
from lab.cluster.context import Context, place_of
from lab.cluster.kubelet.filling import height_of
from lab.cluster.kubelet.state import Phase, Run, Runtime
from lab.cluster.kubelet.usage import leaked
from lab.cluster.kubelet.voice import Voice
from lab.cluster.pods import is_active, is_over, requests_of
from lab.cluster.ports import Object
from lab.cluster.quantity import text_of, whole
from lab.cluster.queue import Key
from lab.cluster.store import StoreEvent
from lab.cluster.texts import Text

MIB = 2**20
LOOK_SECONDS = 10.0
"""Under pressure one pod goes at each look of the eviction manager."""
FIRST_LOOK_SECONDS = 1.0
"""From the condition to the first eviction, so that the taint is there before the replacement."""
LEAK_LOOK_SECONDS = 30.0
"""How often a node is looked at on which memory grows."""
TRANSITION_SECONDS = 300.0
"""A condition stays for this long after its cause is gone (evictionPressureTransitionPeriod)."""
SYSTEM_BYTES = 900 * MIB
"""What a node's own processes take."""
LOG_BYTES = 24 * 1024
"""What a container without a volume takes of the disk: its log."""
CRITICAL = 2_000_000_000
"""Pods of this priority are not evicted."""


@dataclass(frozen=True)
class Signal:
    """One thing that can run short."""

    resource: str
    capacity: str
    """Its name among the node's capacities."""
    kind: str
    """The condition."""
    held: tuple[str, str, Text]
    """While it holds: reason, event reason, text."""
    free: tuple[str, str, Text]

    def threshold(self, capacity: int) -> int:
        """The least that must be free, bytes: 100 MiB of memory, a tenth of the disk."""
        return 100 * MIB if self.resource == "memory" else capacity // 10


MEMORY = Signal(
    "memory",
    "memory",
    "MemoryPressure",
    ("KubeletHasInsufficientMemory", "NodeHasInsufficientMemory", Text.LITTLE_MEMORY),
    ("KubeletHasSufficientMemory", "NodeHasSufficientMemory", Text.ENOUGH_MEMORY),
)
DISK = Signal(
    "ephemeral-storage",
    "ephemeral-storage",
    "DiskPressure",
    ("KubeletHasDiskPressure", "NodeHasDiskPressure", Text.LITTLE_DISK),
    ("KubeletHasNoDiskPressure", "NodeHasNoDiskPressure", Text.ENOUGH_DISK),
)


class Pressure:
    """Every node's eviction manager."""

    kinds: tuple[str, ...] = ("Pod", "Node")

    def __init__(self, context: Context, runtime: Runtime) -> None:
        self._store, self._index, self._clock = context.store, context.index, context.clock
        self._texts, self._recorder = context.texts, context.recorder
        self._runtime = runtime
        self._met_at: dict[tuple[str, str], float] = {}
        """When a signal of a node was last short."""
        self._next_at: dict[str, float] = {}
        """When the next pod of a node may be evicted."""

    def keys(self, event: StoreEvent) -> Iterable[Key]:
        """The node on which a container began or ended."""
        if event.kind == "Node":
            if event.type == "ADDED":
                yield (event.obj["metadata"]["name"],)
            return
        name = event.obj["spec"].get("nodeName")
        if name and _marks(event.obj) != _marks(event.previous):
            yield (name,)
        arrives = name and (event.previous is None or not event.previous["spec"].get("nodeName"))
        if arrives and any((name, signal.kind) in self._met_at for signal in (MEMORY, DISK)):
            yield place_of(event.obj)

    def reconcile(self, key: Key) -> float | None:
        """Look at one node. Answers the seconds until the next look, `None` when only an event can change it."""
        if len(key) == len(("namespace", "name")):
            self._turn_away(key)
            return None
        name = key[0]
        node = self._store.get("Node", None, name)
        if node is None or name in self._runtime.down or not (node.get("status") or {}).get("capacity"):
            return None
        pods = [pod for pod in self._index.pods_on(name) if not is_over(pod)]
        waits = [wait for signal in (MEMORY, DISK) if (wait := self._judge(name, signal, pods)) is not None]
        if any(
            run.growth or run.behaviour.surges or run.levels
            for pod in pods
            for _, run in self._runtime.running(pod)
        ):
            waits.append(LEAK_LOOK_SECONDS)
        return min(waits, default=None)

    def _judge(self, name: str, signal: Signal, pods: list[Object]) -> float | None:
        node, now = self._store.require("Node", None, name), self._clock.now()
        capacity = whole(node["status"]["capacity"].get(signal.capacity, "0"))
        threshold = signal.threshold(capacity)
        used = SYSTEM_BYTES if signal is MEMORY else 0
        used += self._runtime.occupied.get(name, {}).get(signal.resource, 0)
        free = capacity - used - sum(sum(self._usage(pod, signal).values()) for pod in pods)
        if free < threshold:
            if (name, signal.kind) not in self._met_at:
                text = self._texts.say(Text.RECLAIMING, resource=signal.resource)
                self._recorder.warning(node, "EvictionThresholdMet", text, "kubelet", host=name)
                self._next_at[name] = now + FIRST_LOOK_SECONDS
            self._met_at[name, signal.kind] = now
            self._set(node, signal, "True")
            if now >= self._next_at[name]:
                self._next_at[name] = now + LOOK_SECONDS
                self._evict_one(signal, pods, threshold, free)
            return self._next_at[name] - now
        met_at = self._met_at.get((name, signal.kind))
        if met_at is None:
            return None
        left = met_at + TRANSITION_SECONDS - now
        if left > 0:
            return left
        del self._met_at[name, signal.kind]
        self._set(node, signal, "False")
        return None

    def _set(self, node: Object, signal: Signal, status: str) -> None:
        conditions = [dict(each) for each in node["status"].get("conditions") or ()]
        old, now = condition(conditions, signal.kind), self._clock.iso()
        if old is not None and old["status"] == status:
            return
        reason, event, text = signal.held if status == "True" else signal.free
        said = self._texts.say(text)
        set_condition(conditions, signal.kind, status, now, reason, said, lastHeartbeatTime=now)
        self._store.update_status("Node", node, {**node["status"], "conditions": conditions})
        name = node["metadata"]["name"]
        told = self._texts.say(Text.NODE_STATUS_NOW, name=name, status=event)
        self._recorder.normal(node, event, told, "kubelet", host=name)

    # ---- evictions ----

    def _turn_away(self, place: Key) -> None:
        """A pod that comes to a node under pressure: none may without disk, no BestEffort one without memory."""
        pod = self._store.get("Pod", *place)
        if pod is None or is_over(pod):
            return
        short = [
            signal.kind for signal in (MEMORY, DISK) if (pod["spec"]["nodeName"], signal.kind) in self._met_at
        ]
        if short == [MEMORY.kind] and pod["status"].get("qosClass") != "BestEffort":
            return
        if short and pod["spec"].get("priority", 0) < CRITICAL:
            self._end(pod, self._texts.say(Text.NODE_HAD_CONDITION, conditions=" ".join(short)))

    def _usage(self, pod: Object, signal: Signal) -> dict[str, int]:
        """Bytes by running container."""
        running = self._runtime.running(pod)
        if signal is DISK:
            now = self._clock.now()
            return {spec["name"]: LOG_BYTES + int(_written(run, now) * MIB) for spec, run in running}
        now = self._clock.now()
        return {spec["name"]: int((run.base_mib + leaked(run, now)) * MIB) for spec, run in running}

    def _evict_one(self, signal: Signal, pods: list[Object], threshold: int, free: int) -> None:
        """The pod that exceeds its requests, of these the least important, of these the one that exceeds most."""

        def rank(pod: Object) -> tuple[object, ...]:
            over = sum(self._usage(pod, signal).values()) - requests_of(pod["spec"])[signal.resource] // 1000
            return (over <= 0, pod["spec"].get("priority", 0), -over, pod["metadata"]["name"])

        open_to_it = [pod for pod in pods if is_active(pod) and pod["spec"].get("priority", 0) < CRITICAL]
        if not open_to_it:
            return
        pod = min(open_to_it, key=rank)
        text = self._texts.say(
            Text.NODE_LOW,
            resource=signal.resource,
            threshold=text_of(threshold * 1000, "Mi"),
            available=f"{max(0, free) // 1024}Ki",
        )
        self._end(pod, text + "".join(self._larger(pod, signal)))

    def _larger(self, pod: Object, signal: Signal) -> Iterator[str]:
        """A sentence for each container that uses more than it asked for."""
        used = self._usage(pod, signal)
        for spec in pod["spec"]["containers"]:
            asked = requests_of({"containers": [spec]})[signal.resource]
            if used.get(spec["name"], 0) * 1000 > asked:
                yield self._texts.say(
                    Text.CONTAINER_LARGER,
                    name=spec["name"],
                    used=f"{used[spec['name']] // 1024}Ki",
                    request=text_of(asked, "Mi"),
                    resource=signal.resource,
                )

    def _end(self, pod: Object, message: str) -> None:
        Voice(self._recorder, pod).warning("Evicted", message)
        home, now = self._runtime.pods.pop(pod["metadata"]["uid"], None), self._clock.now()
        for state in () if home is None else home.containers.values():
            if state.phase is Phase.RUNNING and state.run is not None:
                state.run.finished_at, state.run.exit_code, state.run.reason = now, 137, "Error"
        old = pod.get("status") or {}
        conditions = [dict(each) for each in old.get("conditions") or ()]
        stamp = self._clock.iso()
        set_condition(
            conditions, "DisruptionTarget", "True", stamp, "TerminationByKubelet", message, lastProbeTime=None
        )
        for kind in ("Ready", "ContainersReady"):
            set_condition(conditions, kind, "False", stamp, "PodFailed", lastProbeTime=None)
        kept = {key: value for key, value in old.items() if key in ("qosClass", "startTime", "hostIP", "hostIPs")}
        status = {**kept, "phase": "Failed", "reason": "Evicted", "message": message, "conditions": conditions}
        self._store.update_status("Pod", pod, status)


def _written(run: Run, now: float) -> float:
    """MiB of the node's disk that the levels of a run take."""
    records = ((level, run.levels.get(level.name)) for level in run.behaviour.levels)
    own = (level for level, record in records if record is not None and record.place and record.claim is None)
    return sum(height_of(run, level, now) for level in own)


def _marks(pod: Object | None) -> tuple[object, ...]:
    """What changes when a container begins or ends."""
    if pod is None:
        return ()
    status = pod.get("status") or {}
    restarts = sum(each["restartCount"] for each in status.get("containerStatuses") or ())
    return (status.get("phase"), restarts)
