"""The network as a program in a pod meets it: DNS, Services, endpoints, ports, policies.

A connection to `service:port` goes DNS -> Service -> ready endpoints -> targetPort -> does a container listen
there -> NetworkPolicies of both sides. Every answer follows from the world as it is now; what follows from its
objects alone is kept until one of them changes.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final

from lab.cluster.context import Context
from lab.cluster.kubelet.state import Runtime, ports_of
from lab.cluster.memo import Memo
from lab.cluster.netem import Netem, netem_of
from lab.cluster.pods import is_over, is_ready
from lab.cluster.policies import End, allows, end_of
from lab.cluster.ports import Object
from lab.cluster.resolver import PATIENCE_SECONDS, Question, Resolver
from lab.cluster.texts import Text, Texts

DNS_ADDRESS = "10.96.0.10"
EXTERNAL_ADDRESS = "203.0.113.10"
"""Where every name outside the cluster points (a documentation address, RFC 5737)."""


class Reach(StrEnum):
    """What came of a connection."""

    OK = "ok"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    NO_HOST = "no-such-host"
    DNS_TIMEOUT = "dns-timeout"


@dataclass(frozen=True)
class Outcome:
    """What came of a connection, and from where to where."""

    reach: Reach
    host: str
    port: int
    address: str
    """The IP that was dialled; empty when the name did not resolve."""
    client: str
    """The IP of the pod that dialled."""
    pod: Object | None = None
    """Who answers; `None` when nobody does, or somebody outside the cluster."""
    pod_port: int = 0
    late: float = 0.0
    """Seconds that packets are held back on the way."""

    @property
    def ok(self) -> bool:
        """Whether the connection stands."""
        return self.reach is Reach.OK

    @property
    def seconds(self) -> float:
        """How long a program waits for it to fail or stand."""
        return PATIENCE_SECONDS if self.reach in (Reach.TIMEOUT, Reach.DNS_TIMEOUT) else self.late


def error_text(texts: Texts, outcome: Outcome, dialect: str) -> str:
    """A failed connection in the words of a language (`go`, `jvm`, `python`, `node`)."""
    stem = {
        Reach.REFUSED: "refused",
        Reach.TIMEOUT: "timeout",
        Reach.NO_HOST: "no-such-host",
        Reach.DNS_TIMEOUT: "dns-timeout",
    }[outcome.reach]
    return texts.say(
        Text(f"{stem}-{dialect}"),
        host=outcome.host,
        address=f"{outcome.address}:{outcome.port}",
        client=f"{outcome.client}:{40000 + outcome.port % 20000}",
    )


@dataclass(frozen=True)
class _Dial:
    """A connection under way."""

    pod: Object
    host: str
    port: int

    def ended(
        self, reach: Reach, address: str = "", target: Object | None = None, at: int = 0, late: float = 0.0
    ) -> Outcome:
        client = self.pod.get("status", {}).get("podIP") or ""
        return Outcome(reach, self.host, self.port, address, client, target, at, late)


@dataclass(frozen=True)
class _Arrival:
    """A way that leads to a pod, where it is seen each time whether somebody listens."""

    target: Object
    port: int
    stands: Outcome
    refused: Outcome
    silent: Outcome
    """While its node is off."""


_Way = Outcome | _Arrival


class Network:
    """Connections between pods."""

    kinds: Final = ("Pod", "Service", "Endpoints", "NetworkPolicy", "Namespace", "PodNetworkChaos")
    """What ways follow from."""

    def __init__(self, context: Context, runtime: Runtime) -> None:
        self._store, self._index, self._clock = context.store, context.index, context.clock
        self._runtime = runtime
        self._resolver = Resolver(context.store, context.index, runtime)
        self._ways = Memo[list[_Way]](context.store, *self.kinds)

    def connect(self, pod: Object, host: str, port: int) -> Outcome:
        """Open a TCP connection from a pod to `host:port`.

        kube-proxy picks a way at random; a program that retries finds the one that works, if there is one.
        """
        ways = self.ways(pod, host, port)
        return next((way for way in ways if way.ok), ways[0])

    def ways(self, pod: Object, host: str, port: int) -> list[Outcome]:
        """What can come of a connection, each as likely as the others; there is always one."""
        dial = _Dial(pod, host, port)
        if host in ("localhost", "127.0.0.1"):
            return [dial.ended(Reach.OK if self.listens(pod, port) else Reach.REFUSED, "127.0.0.1", pod, port)]
        literal = _is_address(host)
        if not literal and (silent := self._unresolved(pod, host)) is not None:
            return [dial.ended(silent)]
        ways = self._ways.of(pod, (host, port), lambda: self._inside(dial, literal))
        return [self._seen(way) for way in ways] or [self._outside(dial)]

    def _seen(self, way: _Way) -> Outcome:
        """What comes of a way at this moment."""
        if isinstance(way, Outcome):
            return way
        if way.target["spec"].get("nodeName") in self._runtime.down:
            return way.silent
        return way.stands if self.listens(way.target, way.port) else way.refused

    def _inside(self, dial: _Dial, literal: bool) -> list[_Way]:
        """The ways to an address or a name of the cluster; none to others."""
        pod, host, port = dial.pod, dial.host, dial.port
        service = self._index.service_at(host) if literal else self._service(pod, host)
        if service is not None:
            if service["spec"].get("clusterIP") == "None":
                return self._headless(dial, service)
            return self._through(dial, service)
        if literal:
            return [self._direct(dial)]
        member = self._member(pod, host)
        return [] if member is None else [self._arrive(dial, member, port, member["status"]["podIP"])]

    def _outside(self, dial: _Dial) -> Outcome:
        """A name that the cluster does not have."""
        if not self._is_external(dial.host):
            return dial.ended(Reach.NO_HOST)
        passes = allows(self._store, end_of(dial.pod), End(EXTERNAL_ADDRESS, None, {}), dial.port)
        late = self.netem(dial.pod).late
        return dial.ended(Reach.OK if passes else Reach.TIMEOUT, EXTERNAL_ADDRESS, late=late)

    def _is_external(self, host: str) -> bool:
        return any(fnmatchcase(host, glob) for glob in self._runtime.behaviours.external_hosts)

    def netem(self, pod: Object) -> Netem:
        """How packets of a pod fare at its own interface."""
        return netem_of(self._store, pod)

    def listens(self, pod: Object, port: int) -> bool:
        """Whether one of the pod's containers accepts connections on a port now."""
        now = self._clock.now()
        running = self._runtime.running(pod)
        return any(run.listening(now) and port in ports_of(spec, run) for spec, run in running)

    def _unresolved(self, pod: Object, host: str) -> Reach | None:
        """How the cluster's DNS fails a pod that asks for a name; `None` when it does its work."""
        match self._resolver.ask(pod, lambda: not self._is_external(host), self._clock.now()):
            case Question.ANSWERED:
                return None
            case Question.DENIED:
                return Reach.NO_HOST
            case Question.UNANSWERED:
                return Reach.DNS_TIMEOUT

    def _service(self, pod: Object, host: str) -> Object | None:
        """Resolve a name by the search path of a pod: `NAME`, `NAME.NS`, `NAME.NS.svc[.cluster.local]`."""
        name, _, rest = host.rstrip(".").partition(".")
        namespace, _, suffix = rest.partition(".")
        if suffix not in ("", "svc", "svc.cluster.local"):
            return None
        service = self._store.get("Service", namespace or pod["metadata"]["namespace"], name)
        if service is not None and service["spec"].get("type") == "ExternalName":
            return None
        return service

    def _through(self, dial: _Dial, service: Object) -> list[_Way]:
        """By the cluster IP, as kube-proxy sends it on. A port the Service lacks goes nowhere."""
        address = service["spec"].get("clusterIP") or ""
        entry = next((each for each in service["spec"].get("ports") or () if each["port"] == dial.port), None)
        if entry is None:
            return [dial.ended(Reach.TIMEOUT, address)]
        backends = self._backends(service, entry.get("name"))
        ways = [self._arrive(dial, target, number, address) for target, number in backends]
        return ways or [dial.ended(Reach.REFUSED, address)]

    def _member(self, pod: Object, host: str) -> Object | None:
        """Resolve a pod's own name behind a headless Service: `web-0.web`, `web-0.web.NS.svc.cluster.local`."""
        name, _, rest = host.rstrip(".").partition(".")
        service = self._service(pod, rest) if rest else None
        if service is None or service["spec"].get("clusterIP") != "None":
            return None
        for target, _port in self._backends(service, None, any_port=True):
            spec = target["spec"]
            if (spec.get("hostname"), spec.get("subdomain")) == (name, service["metadata"]["name"]):
                return target
        return None

    def _headless(self, dial: _Dial, service: Object) -> list[_Way]:
        """DNS answers with the pods themselves; no port is translated."""
        targets = [target for target, _ in self._backends(service, None, any_port=True)]
        ways = [self._arrive(dial, each, dial.port, each["status"]["podIP"]) for each in targets]
        return ways or [dial.ended(Reach.NO_HOST)]

    def _direct(self, dial: _Dial) -> _Way:
        target = self._index.pod_at(dial.host)
        if target is None or is_over(target):
            return dial.ended(Reach.TIMEOUT, dial.host)
        return self._arrive(dial, target, dial.port, dial.host)

    def _arrive(self, dial: _Dial, target: Object, port: int, address: str) -> _Way:
        netem = self.netem(dial.pod).joined(self.netem(target))
        silent = dial.ended(Reach.TIMEOUT, address)
        if netem.lost or not allows(self._store, end_of(dial.pod), end_of(target), port):
            return silent
        stands, refused = (
            dial.ended(reach, address, target, port, netem.late) for reach in (Reach.OK, Reach.REFUSED)
        )
        return _Arrival(target, port, stands, refused, silent)

    def _backends(
        self, service: Object, port_name: str | None, any_port: bool = False
    ) -> Iterator[tuple[Object, int]]:
        """The ready pods behind a Service with the port that its endpoints say."""
        place = (service["metadata"]["namespace"], service["metadata"]["name"])
        endpoints = self._store.get("Endpoints", *place)
        for subset in (endpoints or {}).get("subsets") or ():
            numbers = [each["port"] for each in subset.get("ports") or () if each.get("name") == port_name]
            if not numbers and not any_port:
                continue
            for address in subset.get("addresses") or ():
                target = self._index.pod_at(address["ip"])
                if target is not None and (is_ready(target) or service["spec"].get("publishNotReadyAddresses")):
                    yield target, numbers[0] if numbers else 0


@lru_cache(maxsize=4096)
def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
