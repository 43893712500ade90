"""What a command inside a container sees: its variables, files, and the network."""

from lab.cluster.applications import Applications
from lab.cluster.context import Context
from lab.cluster.kubelet.disks import disks_of
from lab.cluster.kubelet.environment import expanded
from lab.cluster.kubelet.machine import Machine, Reply
from lab.cluster.kubelet.mounts import writable
from lab.cluster.kubelet.state import Run, Runtime
from lab.cluster.mongo.server import Mongod
from lab.cluster.network import Network, Reach
from lab.cluster.ports import Object

_ERRORS = {
    Reach.REFUSED: "refused",
    Reach.TIMEOUT: "timeout",
    Reach.NO_HOST: "host",
    Reach.DNS_TIMEOUT: "host",
}


class Surroundings:
    """Makes the machine that a shell command runs on."""

    def __init__(self, context: Context, runtime: Runtime, network: Network, applications: Applications) -> None:
        self._store, self._clock = context.store, context.clock
        self._runtime, self._network, self._applications = runtime, network, applications

    def machine(self, pod: Object, spec: Object, run: Run) -> Machine:
        """The machine of one run of a container."""
        place = (pod["metadata"]["namespace"], pod["metadata"]["name"])

        def request(host: str, port: int, path: str) -> Reply:
            # A script may outlive the object that it was started with.
            return self._request(self._store.get("Pod", *place) or pod, host, port, path)

        def mongod(host: str, port: int) -> Mongod | str:
            return self._mongod(self._store.get("Pod", *place) or pod, host, port)

        home = self._runtime.pods.get(pod["metadata"]["uid"])

        def write(path: str, text: str) -> None:
            found = writable(pod, spec, path)
            if found is not None and home is not None:
                home.write(*found, text)

        own = {"/etc/hostname": pod["metadata"]["name"] + "\n", "/etc/resolv.conf": _resolv(pod)}
        shown = {**own, **self._applications.files(pod, spec)}
        name = run.env.get("HOSTNAME", pod["metadata"]["name"])
        stamp = self._clock.now_utc().strftime("%a %b %e %H:%M:%S UTC %Y")
        node = self._store.get("Node", None, pod["spec"].get("nodeName") or "")
        disks = tuple(disks_of(node, spec, run, self._clock.now()))
        return Machine(name, dict(run.env), shown, request, stamp, mongod, write, disks)

    def expanded(self, word: str, run: Run) -> str:
        """A word of `command` or `args` with its `$(NAME)` places filled."""
        return expanded(word, run.env)

    def _mongod(self, pod: Object, host: str, port: int) -> Mongod | str:
        outcome = self._network.connect(pod, host, port)
        if not outcome.ok:
            return _ERRORS[outcome.reach]
        server = self._applications.server(outcome)
        return "refused" if server is None or server.mongod is None else server.mongod

    def _request(self, pod: Object, host: str, port: int, path: str) -> Reply:
        outcome = self._network.connect(pod, host, port)
        if port == 0:  # only the name is asked for
            silent = "no-server" if outcome.reach is Reach.DNS_TIMEOUT else None
            return Reply("host" if outcome.reach is Reach.NO_HOST else silent)
        if not outcome.ok:
            return Reply(_ERRORS[outcome.reach])
        if not path or outcome.pod is None:
            return Reply(seconds=outcome.seconds)
        answered = self._applications.answer(outcome.pod, outcome.pod_port, path)
        if answered is None:
            return Reply("refused")
        return Reply(None, answered.status, answered.body, outcome.seconds + answered.seconds)


def _resolv(pod: Object) -> str:
    namespace = pod["metadata"]["namespace"]
    search = f"{namespace}.svc.cluster.local svc.cluster.local cluster.local"
    return f"search {search}\nnameserver 10.96.0.10\noptions ndots:5\n"
