"""The world behind the API: admission, the controllers and the kubelets, driven by one deterministic scheduler.

    world = World(store, clock, behaviour_file.load(), random.Random(7))
    seed_nodes(store, 3)
    world.settle()          # react to what is due now
    world.advance(60)       # a frozen clock: fire every timer of the next minute

Make the world before anything is put into the store: it learns of objects by the store's events.
"""

import random
from collections import defaultdict

from lab.cluster.admission import Admission
from lab.cluster.behaviour import Behaviours
from lab.cluster.chaos.controller import ChaosMesh
from lab.cluster.clock import VirtualClock
from lab.cluster.context import Context, Controller
from lab.cluster.controllers.autoscalers import Autoscalers
from lab.cluster.controllers.budgets import Budgets
from lab.cluster.controllers.cronjobs import CronJobs
from lab.cluster.controllers.daemonsets import DaemonSets
from lab.cluster.controllers.deployments import Deployments
from lab.cluster.controllers.endpoints import EndpointsController
from lab.cluster.controllers.events import EventExpiry
from lab.cluster.controllers.garbage import Garbage
from lab.cluster.controllers.jobs import Jobs
from lab.cluster.controllers.namespaces import Namespaces
from lab.cluster.controllers.nodes import Nodes
from lab.cluster.controllers.protection import ClaimProtection
from lab.cluster.controllers.quotas import Quotas
from lab.cluster.controllers.replicasets import ReplicaSets
from lab.cluster.controllers.scheduler import Scheduler
from lab.cluster.controllers.statefulsets import StatefulSets
from lab.cluster.controllers.taints import TaintEvictions
from lab.cluster.controllers.volumes import Volumes
from lab.cluster.errors import ApiError
from lab.cluster.index import Index
from lab.cluster.kubelet.calls import Calls
from lab.cluster.kubelet.entries import LONGEST
from lab.cluster.kubelet.execute import Executor
from lab.cluster.kubelet.kubelet import Kubelet
from lab.cluster.kubelet.logs import LogReader
from lab.cluster.kubelet.machines import Machines
from lab.cluster.kubelet.pressure import Pressure
from lab.cluster.kubelet.state import Runtime
from lab.cluster.kubelet.usage import usage_of
from lab.cluster.network import Network
from lab.cluster.ports import FOREVER, ExecResult, LogLine, Object, Operation
from lab.cluster.quantity import whole
from lab.cluster.queue import Key, WorkQueue
from lab.cluster.recorder import Recorder
from lab.cluster.store import Store, StoreEvent
from lab.cluster.texts import Texts

VERSION = "1.33"
"""The Kubernetes version whose words are spoken."""
RETRY_SECONDS = 1.0
PATIENCE = 200_000
"""Reconciliations at one instant after which the controllers must be chasing each other."""


class World:
    """Implements `lab.cluster.ports.WorldPort`."""

    def __init__(
        self,
        store: Store,
        clock: VirtualClock,
        behaviours: Behaviours,
        rng: random.Random,
        version: str = VERSION,
    ) -> None:
        self.store = store
        self.clock = clock
        index, texts = Index(store), Texts.load(version)
        self._admission = Admission(store, index, texts, rng)
        self.context = context = Context(store, clock, index, texts, Recorder(store), rng, self._admission.admit)
        self._runtime = Runtime(behaviours)
        self.network = Network(context, self._runtime)
        self._executor = Executor(context, self._runtime, self.network)
        self._logs = LogReader(context, self._runtime)
        self._machines = Machines(context, self._runtime)
        self._pressure = Pressure(context, self._runtime)
        self._kubelet = Kubelet(context, self._runtime, self.network, self._executor, self._logs)
        # What is nearest to the metal comes first, so that those who count pods count once an instant.
        self.controllers: tuple[Controller, ...] = (
            Namespaces(context),
            Volumes(context),
            Scheduler(context),
            self._pressure,
            self._kubelet,
            EndpointsController(context),
            ReplicaSets(context),
            Deployments(context),
            StatefulSets(context),
            DaemonSets(context),
            Jobs(context),
            CronJobs(context),
            Autoscalers(context, self.usage),
            Quotas(context),
            Budgets(context),
            ClaimProtection(context),
            Garbage(context),
            EventExpiry(context),
            self._machines,
            Nodes(context),
            TaintEvictions(context),
            ChaosMesh(context, self._runtime, self._wake),
            Calls(context, self._runtime, self._kubelet.processes),
        )
        self._queue = WorkQueue()
        self._listeners: dict[str, list[int]] = defaultdict(list)
        for order in range(len(self.controllers)):
            for kind in self.controllers[order].kinds:
                self._listeners[kind].append(order)
        store.subscribe(self._on_event)

    @property
    def runtime(self) -> Runtime:
        """What the kubelets know beside the API."""
        return self._runtime

    # ---- what the API server asks ----

    def admit(self, kind: str, obj: Object, operation: Operation, dry_run: bool) -> Object:
        """Defaults filled in and admission passed. Raises ApiError."""
        with self.store.lock:
            return self._admission.admit(kind, obj, operation, dry_run)

    def logs(
        self,
        pod: Object,
        container: str,
        previous: bool,
        newest: int | None = None,
        since: float = -FOREVER,
    ) -> list[LogLine]:
        """See `WorldPort.logs`."""
        with self.store.lock:
            self._machines.check(pod)
            return self._logs.read(pod, container, previous, LONGEST if newest is None else newest, since)

    def exec(self, pod: Object, container: str, command: list[str]) -> ExecResult:
        """Run a command in a running container. Raises ApiError when it does not run."""
        with self.store.lock:
            self._machines.check(pod)
            return self._executor.run(pod, container, command)

    def usage(self, pod: Object) -> dict[str, tuple[int, int]]:
        """Per running container: millicores, working set in bytes."""
        with self.store.lock:
            return usage_of(self._runtime, pod, self.clock.now())

    # ---- time ----

    def settle(self) -> None:
        """Let the controllers react to what is due now. Raises RuntimeError when they never come to rest."""
        with self.store.lock:
            for _ in range(PATIENCE):
                due = self._queue.pop(self.clock.now())
                if due is None:
                    return
                order, key = due
                try:
                    again = self.controllers[order].reconcile(key)
                except ApiError:
                    # The API refused one controller one thing: as in a real cluster it tries again, and the
                    # others go on.
                    again = RETRY_SECONDS
                if again is not None:
                    self._queue.add(self.clock.now() + again, order, key)
            name = type(self.controllers[order]).__name__
            raise RuntimeError(f"the controllers do not come to rest; last was {name} with {key}")

    def advance(self, seconds: float) -> None:
        """Move a frozen clock forward, firing every timer on the way."""
        with self.store.lock:
            end = self.clock.now() + seconds
            self.settle()
            while (due := self._queue.next_due()) is not None and due <= end:
                self.clock.advance(max(0.0, due - self.clock.now()))
                self.settle()
            self.clock.advance(max(0.0, end - self.clock.now()))

    def behave(self, later: Behaviours) -> None:
        """Let containers that start from now on follow these too; of equal patterns the later one speaks."""
        with self.store.lock:
            self._runtime.behaviours = self._runtime.behaviours.joined(later)

    def fail_node(self, name: str) -> None:
        """Switch a node's machine off, as when its power fails. Raises ApiError 404."""
        with self.store.lock:
            self._machines.fail(name)

    def restore_node(self, name: str) -> None:
        """Switch it on again; the controllers hear of it with the next `settle`. Raises ApiError 404."""
        with self.store.lock:
            self._machines.restore(name)
            self._nudge(self._machines, (name,))
            for pod in self.store.list("Pod"):
                if pod["spec"].get("nodeName") == name:
                    self._wake(pod)

    def occupy_node(self, name: str, memory: str = "0", disk: str = "0") -> None:
        """Let something outside of pods take so much of a node (quantities).

        Raises ApiError 404 and BadQuantity.
        """
        with self.store.lock:
            self.store.require("Node", None, name)
            self._runtime.occupied[name] = {"memory": whole(memory), "ephemeral-storage": whole(disk)}
            self._nudge(self._pressure, (name,))

    def next_due(self) -> float | None:
        """Epoch seconds of the next timer; `None` while nothing is waited for."""
        with self.store.lock:
            return self._queue.next_due()

    def _wake(self, pod: Object) -> None:
        """Let the pod's kubelet look at it now."""
        self._nudge(self._kubelet, ("pod", pod["metadata"]["uid"]))

    def _nudge(self, controller: Controller, key: Key) -> None:
        self._queue.add(self.clock.now(), self.controllers.index(controller), key)

    def _on_event(self, event: StoreEvent) -> None:
        now = self.clock.now()
        for order in self._listeners.get(event.kind, ()):
            for key in self.controllers[order].keys(event):
                self._queue.add(now, order, key)
