"""Follows requests into the call graph as it is now: Services, endpoints, ports, policies, conditions."""

from collections.abc import Iterator

from lab.cluster.applications import DEEPEST_CALL, find_answer, target_of
from lab.cluster.behaviour import Answer
from lab.cluster.dependencies import Call
from lab.cluster.kubelet.state import Run, ports_of
from lab.cluster.matching import labels_of
from lab.cluster.network import EXTERNAL_ADDRESS, Outcome, error_text
from lab.cluster.pods import is_ready
from lab.cluster.ports import Object
from lab.cluster.randomness import noise, seed_of
from lab.traffic.load import Load, Route
from lab.traffic.pressure import stretch
from lab.traffic.scene import Scene
from lab.traffic.visits import Place, Step, Visit, Way

CONNECT_SECONDS = 0.0004
RPC_SECONDS = 0.004
"""Own work of a request without a path."""
HARMLESS = 0.0015
"""No program is perfect: up to this share of requests fails for reasons of its own."""
APP_LABELS = ("app", "app.kubernetes.io/name", "io.kompose.service", "service")
OUTSIDE: Object = {
    "metadata": {"name": "users", "namespace": "", "uid": "", "labels": {}},
    "spec": {"containers": []},
    "status": {"podIP": EXTERNAL_ADDRESS},
}
"""Users, as the network meets them."""


def refused_at(run: Run, call: Call, at: float) -> str | None:
    """What a MongoDB server last said to a call: its users of then are not kept, its answers are."""
    record = run.calls.get(call.name) if call.mongo is not None else None
    known = [error for since, error, _ in record.changes if since <= at] if record is not None else []
    return known[-1] if known else None


def app_of(pod: Object) -> str:
    """What the pod's labels say it is; else its name."""
    labels = labels_of(pod)
    return next((labels[key] for key in APP_LABELS if key in labels), str(pod["metadata"]["name"]))


class Walker:
    """Visits at one moment; equal requests at the same program are worked out once."""

    def __init__(self, scene: Scene, seed: int) -> None:
        self._scene, self._seed = scene, seed
        self._visits: dict[tuple[str, int, str], Visit | None] = {}
        self._services: dict[str, str] = {}

    def entry(self, namespace: str, load: Load, path: str) -> Step | None:
        """A request of a user at the front; `None` while nobody makes any."""
        host = f"{load.service}.{namespace}.svc"
        senders = [OUTSIDE] if load.source is None else list(self._senders(namespace, load.source))
        ways = [way for each in senders for way in self._scene.network.ways(each, host, load.port)]
        return Step("users", tuple(self._way(way, path, "go", 0) for way in ways)) if ways else None

    def rate(self, namespace: str, load: Load, route: Route) -> float:
        """Requests a second, with what the sources add while their conditions hold."""
        applications, most = self._scene.applications, 0.0
        for surge in route.surges if load.source is not None else ():
            for pod in self._senders(namespace, load.source or ""):
                if any(applications.holds(surge.when, pod, *ran) for ran in self._scene.runtime.running(pod)):
                    most = max(most, surge.rate)
        return route.rate + most

    def _senders(self, namespace: str, app: str) -> Iterator[Object]:
        for pod in self._scene.store.list("Pod", namespace):
            if app_of(pod) == app and is_ready(pod) and self._scene.runtime.running(pod):
                yield pod

    def _way(self, outcome: Outcome, path: str, dialect: str, depth: int) -> Way:
        peer = f"{outcome.host}:{outcome.port}"
        if not outcome.ok:
            return Way(peer, error_text(self._scene.texts, outcome, dialect), outcome.seconds)
        if outcome.pod is None or depth >= DEEPEST_CALL:
            return Way(peer, None, CONNECT_SECONDS + outcome.seconds)
        return Way(
            peer, None, CONNECT_SECONDS + outcome.seconds, self._visit(outcome.pod, outcome.pod_port, path, depth)
        )

    def _visit(self, pod: Object, port: int, path: str, depth: int) -> Visit | None:
        key = (pod["metadata"]["uid"], port, path)
        if key not in self._visits:
            self._visits[key] = None  # a circle ends where it closes
            self._visits[key] = self._visited(pod, port, path, depth)
        return self._visits[key]

    def _visited(self, pod: Object, port: int, path: str, depth: int) -> Visit | None:
        now = self._scene.clock.now()
        for spec, run in self._scene.runtime.running(pod):
            if run.listening(now) and port in ports_of(spec, run):
                answer = _answer(run, path)
                holds = self._scene.applications.holds
                concerned = answer.when is not None and holds(answer.when, pod, spec, run, depth)
                seconds = answer.seconds + self._scene.applications.delay(answer, pod, spec, run, depth)
                share = self._scene.applications.share(answer, pod, run) if concerned else 0.0
                broken = answer.status >= 500 or share == 1
                known = {call.name for call in run.behaviour.calls}
                needs = () if broken else tuple(name for name in answer.needs if name in known)
                return Visit(
                    place=self._place(pod, spec),
                    path=path,
                    status=answer.status,
                    otherwise=answer.status if answer.status >= 500 else answer.otherwise,
                    own_seconds=seconds * stretch(spec, run, now),
                    own_failures=1.0 if broken else share or self._harmless(pod, run),
                    steps=tuple(self._step(pod, run, name, depth) for name in needs),
                )
        return None

    def _step(self, pod: Object, run: Run, name: str, depth: int) -> Step:
        call = next(each for each in run.behaviour.calls if each.name == name)
        target = target_of(run, call)
        if call.registered is not None:
            target = self._scene.applications.registered(pod, call.registered)
        if target is None:
            called = self._scene.applications.call(pod, run, call, depth)
            return Step(name, (Way(called.address, called.error, called.seconds),))
        ways = self._scene.network.ways(pod, *target)
        refusal = refused_at(run, call, self._scene.clock.now())
        if refusal is not None and all(way.ok for way in ways):
            return Step(name, (Way("{}:{}".format(*target), refusal, CONNECT_SECONDS),))
        return Step(name, tuple(self._met(pod, run, call, way, depth) for way in ways))

    def _met(self, pod: Object, run: Run, call: Call, outcome: Outcome, depth: int) -> Way:
        """One way of a call, with what the other side, or its certificate, does to it."""
        barred = self._scene.applications.barred(pod, run, call, outcome) if outcome.ok else None
        if barred is not None:
            return Way(f"{outcome.host}:{outcome.port}", barred.error, CONNECT_SECONDS)
        return self._way(outcome, call.path or "", run.behaviour.dialect, depth + 1)

    def _place(self, pod: Object, spec: Object) -> Place:
        meta = pod["metadata"]
        node = pod["spec"].get("nodeName") or ""
        return Place(meta["uid"], meta["namespace"], meta["name"], node, spec["name"], self.service_of(pod))

    def service_of(self, pod: Object) -> str:
        """The Service that selects a pod; of several the first by name. Without one, what its labels say."""
        uid, labels = pod["metadata"]["uid"], labels_of(pod)
        if uid not in self._services:
            found = (
                str(service["metadata"]["name"])
                for service in self._scene.store.list("Service", pod["metadata"]["namespace"])
                if (wanted := service["spec"].get("selector")) and wanted.items() <= labels.items()
            )
            self._services[uid] = next(found, app_of(pod))
        return self._services[uid]

    def _harmless(self, pod: Object, run: Run) -> float:
        if not run.behaviour.http and not run.behaviour.calls:
            return 0.0  # a store
        return HARMLESS * noise(seed_of(self._seed, self.service_of(pod), "harmless"), 0)


def _answer(run: Run, path: str) -> Answer:
    """What a request comes to; a program whose routes are not told makes every call for every request."""
    behaviour = run.behaviour
    if not behaviour.http:
        return Answer(seconds=RPC_SECONDS, needs=tuple(call.name for call in behaviour.calls), otherwise=500)
    return find_answer(behaviour.http, path) if path else Answer(seconds=RPC_SECONDS)
