"""All nodes' kubelets: each pod from its binding to its end."""

from collections.abc import Iterable

from lab.cluster.context import Context, soonest
from lab.cluster.kubelet import mounts
from lab.cluster.kubelet.containers import Containers
from lab.cluster.kubelet.execute import Executor
from lab.cluster.kubelet.logs import LogReader
from lab.cluster.kubelet.probes import Prober
from lab.cluster.kubelet.processes import Processes
from lab.cluster.kubelet.state import ContainerState, MountState, Phase, PodState, Runtime
from lab.cluster.kubelet.status import is_initialized, pod_status
from lab.cluster.kubelet.voice import Voice
from lab.cluster.network import Network
from lab.cluster.pods import is_over
from lab.cluster.ports import Object
from lab.cluster.queue import Key
from lab.cluster.store import StoreEvent
from lab.cluster.texts import Text

SANDBOX_SECONDS = 0.5
"""Making a pod's network namespace."""
MOUNT_DEADLINE_SECONDS = 123.0
"""The kubelet gives up waiting for volumes after this long, says so, and waits anew."""
LONGEST_MOUNT_DELAY = 122.0
DEFAULT_RANGE = "10.244.250.0/24"
"""The addresses of pods on a node that has no range of its own."""
_CONFIG_KINDS = ("ConfigMap", "Secret")


class Kubelet:
    """Carries pods on: volumes, init containers, containers, status, graceful end."""

    kinds: tuple[str, ...] = ("Pod", *_CONFIG_KINDS)

    def __init__(
        self, context: Context, runtime: Runtime, network: Network, executor: Executor, logs: LogReader
    ) -> None:
        self._store, self._index, self._clock = context.store, context.index, context.clock
        self._texts, self._recorder = context.texts, context.recorder
        self._runtime = runtime
        self.processes = Processes(context, runtime, executor.applications, executor.surroundings)
        prober = Prober(context, network, executor.applications, executor)
        self._containers = Containers(context, runtime, self.processes, prober, logs)
        self._waiting_for_config: set[str] = set()
        """Uids of pods that a ConfigMap or Secret may help."""

    def keys(self, event: StoreEvent) -> Iterable[Key]:
        """The pod itself; a ConfigMap or Secret concerns whoever lacks one."""
        if event.kind == "Pod":
            if event.obj["spec"].get("nodeName") or "deletionTimestamp" in event.obj["metadata"]:
                yield ("pod", event.obj["metadata"]["uid"])
        else:
            yield from (("pod", uid) for uid in sorted(self._waiting_for_config))

    def reconcile(self, key: Key) -> float | None:
        """Carry one pod on."""
        pod = self._index.by_uid(key[1])
        if pod is None:
            self._runtime.pods.pop(key[1], None)
            self._waiting_for_config.discard(key[1])
            return None
        deleted = "deletionTimestamp" in pod["metadata"]
        if is_over(pod) or not pod["spec"].get("nodeName"):
            if deleted:
                self._store.remove("Pod", pod["metadata"]["namespace"], pod["metadata"]["name"])
            return None
        if self._store.get("Node", None, pod["spec"]["nodeName"]) is None:
            return None  # no node, no kubelet; node lifecycle decides about the pod
        if pod["spec"]["nodeName"] in self._runtime.down:
            return None
        home = self._home(pod)
        wake = self._stop(pod, home) if deleted else self._carry_on(pod, home)
        if wake is None:
            return None
        return max(0.0, wake - self._clock.now())

    # ---- a living pod ----

    def _carry_on(self, pod: Object, home: PodState) -> float | None:
        voice = Voice(self._recorder, pod)
        wake = self._prepare(pod, home, voice)
        if wake is None and self._clock.now() >= home.sandbox_at:
            home.ip = home.ip or self._address(pod)
            wake = self._step_containers(pod, home, voice)
        else:
            wake = soonest(wake, home.sandbox_at if self._clock.now() < home.sandbox_at else None)
        self._write_status(pod, home)
        lacking = not home.mounted or any(
            each.waiting_reason == "CreateContainerConfigError" for each in home.containers.values()
        )
        (self._waiting_for_config.add if lacking else self._waiting_for_config.discard)(home.uid)
        return wake

    def _step_containers(self, pod: Object, home: PodState, voice: Voice) -> float | None:
        spec, wakes = pod["spec"], list[float | None]()
        policy = spec.get("restartPolicy", "Always")
        for each in spec.get("initContainers") or ():
            state = home.containers[each["name"]]
            sidecar = each.get("restartPolicy") == "Always"
            own = "Always" if sidecar else "Never" if policy == "Never" else "OnFailure"
            wakes.append(self._containers.step(pod, home, each, state, voice.of(each["name"], init=True), own))
            through = state.started if sidecar else _succeeded(state)
            if not through:
                return soonest(*wakes)
        if is_initialized(spec, home):
            for each in spec["containers"]:
                state = home.containers[each["name"]]
                if state.waiting_reason == "PodInitializing":
                    state.waiting_reason = "ContainerCreating"
                wakes.append(self._containers.step(pod, home, each, state, voice.of(each["name"]), policy))
        return soonest(*wakes)

    def _prepare(self, pod: Object, home: PodState, voice: Voice) -> float | None:
        """Mount the volumes. Answers when to try again; `None` when all are there."""
        if home.mounted:
            return None
        now, waits, unmounted = self._clock.now(), list[float](), list[str]()
        for volume in pod["spec"].get("volumes") or ():
            name = volume["name"]
            error = mounts.problem(self._store, self._texts, pod, volume)
            if error is None:
                home.mounts.pop(name, None)
                continue
            unmounted.append(name)
            mount = home.mounts.setdefault(name, MountState(retry_at=now))
            if now >= mount.retry_at:
                voice.warning("FailedMount", self._texts.say(Text.MOUNT_FAILED, volume=name, error=error))
                mount.retry_at = now + mount.delay
                mount.delay = min(mount.delay * 2, LONGEST_MOUNT_DELAY)
            waits.append(mount.retry_at)
        if not unmounted:
            home.mounted = True
            home.sandbox_at = max(home.sandbox_at, now)
            return None
        if now >= home.mount_deadline:
            text = self._texts.say(Text.MOUNT_TIMED_OUT, volumes=" ".join(unmounted), others="")
            voice.warning("FailedMount", text)
            home.mount_deadline = now + MOUNT_DEADLINE_SECONDS
        return min(*waits, home.mount_deadline)

    # ---- the end ----

    def _stop(self, pod: Object, home: PodState) -> float | None:
        """SIGTERM everything, and remove the pod when the last has ended."""
        grace = float(pod["metadata"].get("deletionGracePeriodSeconds") or 0)
        voice = Voice(self._recorder, pod)
        wakes = list[float | None]()
        for each in [*pod["spec"]["containers"], *(pod["spec"].get("initContainers") or ())]:
            state = home.containers[each["name"]]
            run = state.run
            if state.phase is not Phase.RUNNING or run is None:
                continue
            if not home.stopping:
                voice.of(each["name"]).normal("Killing", self._texts.say(Text.STOPPING, name=each["name"]))
                self.processes.stop(run, grace)
            wakes.append(self.processes.step(pod, each, run))
            if not run.running:
                state.phase, state.ready, state.started = Phase.TERMINATED, False, False
        home.stopping = True
        wake = soonest(*wakes)
        if wake is None:
            self._runtime.pods.pop(home.uid, None)
            self._store.remove("Pod", pod["metadata"]["namespace"], pod["metadata"]["name"])
        return wake

    # ---- details ----

    def _home(self, pod: Object) -> PodState:
        uid, now = pod["metadata"]["uid"], self._clock.now()
        home = self._runtime.pods.get(uid)
        if home is None:
            home = PodState(uid, pod["spec"]["nodeName"], now, now + SANDBOX_SECONDS)
            home.mount_deadline = now + MOUNT_DEADLINE_SECONDS
            self._runtime.pods[uid] = home
        inits = pod["spec"].get("initContainers") or ()
        for each in [*inits, *pod["spec"]["containers"]]:
            if each["name"] not in home.containers:
                reason = "PodInitializing" if inits else "ContainerCreating"
                home.containers[each["name"]] = ContainerState(each["name"], each["image"], waiting_reason=reason)
        return home

    def _address(self, pod: Object) -> str:
        """The next free address of the node's range, or the node's own for the host's network."""
        node = self._store.require("Node", None, pod["spec"]["nodeName"])
        if pod["spec"].get("hostNetwork"):
            return host_address(node)
        prefix = (node["spec"].get("podCIDR") or DEFAULT_RANGE).rsplit(".", 1)[0]
        last = self._runtime.last_address.get(node["metadata"]["name"], 1)
        for step in range(1, 253):
            octet = (last - 1 + step) % 253 + 2
            if self._index.pod_at(f"{prefix}.{octet}") is None:
                self._runtime.last_address[node["metadata"]["name"]] = octet
                return f"{prefix}.{octet}"
        raise AssertionError(f"node {node['metadata']['name']} has more pods than addresses")

    def _write_status(self, pod: Object, home: PodState) -> None:
        if home.fingerprint(pod["metadata"]["resourceVersion"]) == home.written:
            return
        node = self._store.get("Node", None, home.node)
        host = "" if node is None else host_address(node)
        status = pod_status(self._texts, pod, home, host, self._clock.iso, self._clock.now())
        written = self._store.update_status("Pod", pod, status)
        home.written = home.fingerprint(written["metadata"]["resourceVersion"])


def host_address(node: Object) -> str:
    """The InternalIP of a node."""
    addresses = node.get("status", {}).get("addresses") or ()
    return next((each["address"] for each in addresses if each["type"] == "InternalIP"), "")


def _succeeded(state: ContainerState) -> bool:
    return state.phase is Phase.TERMINATED and state.run is not None and state.run.exit_code == 0
