"""Who serves what and who calls whom: Services, the pods behind them, and the workloads that name them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Self

from domain.base import Json
from domain.cluster import Ref
from tools.analyzers.objects import Workload, dig, is_live, is_ready, labels_of, name_of, ref_of, workloads
from tools.snapshot import Snapshot


@dataclass(frozen=True)
class Backing:
    """A Service with a selector, and what stands behind it."""

    ref: Ref
    service: Json
    pods: tuple[Json, ...]
    workloads: tuple[Workload, ...]

    @property
    def ready(self) -> int:
        """How many ready pods it can send to."""
        return sum(is_ready(pod) for pod in self.pods)

    @property
    def ports(self) -> tuple[Json, ...]:
        """Its port entries."""
        return tuple(dig(self.service, "spec", "ports") or ())


class Wiring:
    """The connections of one snapshot, worked out when they are asked for."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    @classmethod
    def of(cls, snapshot: Snapshot) -> Self:
        """The connections of a snapshot; the same object however often they are asked for."""
        return snapshot.once("wiring", cls)

    @cached_property
    def workloads(self) -> tuple[Workload, ...]:
        """Every workload."""
        return workloads(self.snapshot)

    @cached_property
    def backings(self) -> dict[str, Backing]:
        """Services with a selector, by name."""
        return {name_of(s): self._backing(s) for s in self.snapshot.of("Service") if dig(s, "spec", "selector")}

    @cached_property
    def calls(self) -> Mapping[Ref, frozenset[str]]:
        """For each workload the Services that its configuration or its log names, itself left out."""
        return {w.ref: frozenset(self._named_by(w)) for w in self.workloads}

    def callers_of(self, service: str) -> tuple[Ref, ...]:
        """Workloads whose configuration names the Service."""
        return self._callers.get(service, ())

    def serving(self, workload: Ref) -> tuple[Backing, ...]:
        """Services that send to the workload."""
        return self._served.get(workload, ())

    def dependents_of(self, workload: Ref) -> tuple[Ref, ...]:
        """Workloads that call a Service of this one."""
        found = (
            caller for backing in self.serving(workload) for caller in self.callers_of(name_of(backing.service))
        )
        return tuple(dict.fromkeys(ref for ref in found if ref != workload))

    def host(self, text: str) -> str | None:
        """The Service that a host name or address means, or `None`."""
        return self._hosts.get(text.rstrip(".").lower())

    @cached_property
    def _callers(self) -> Mapping[str, tuple[Ref, ...]]:
        callers: dict[str, tuple[Ref, ...]] = {}
        for ref, names in self.calls.items():
            for name in names:
                callers[name] = (*callers.get(name, ()), ref)
        return callers

    @cached_property
    def _served(self) -> Mapping[Ref, tuple[Backing, ...]]:
        served: dict[Ref, tuple[Backing, ...]] = {}
        for backing in self.backings.values():
            for workload in backing.workloads:
                served[workload.ref] = (*served.get(workload.ref, ()), backing)
        return served

    @cached_property
    def _hosts(self) -> dict[str, str]:
        hosts: dict[str, str] = {}
        for service in self.snapshot.of("Service"):
            name, address = name_of(service), dig(service, "spec", "clusterIP")
            space = self.snapshot.namespace
            for alias in (name, f"{name}.{space}", f"{name}.{space}.svc", f"{name}.{space}.svc.cluster.local"):
                hosts[alias] = name
            if address and address != "None":
                hosts[str(address)] = name
        return hosts

    @cached_property
    def _labelled_pods(self) -> tuple[tuple[Json, Mapping[str, str]], ...]:
        return tuple((pod, labels_of(pod)) for pod in self.snapshot.of("Pod") if is_live(pod))

    @cached_property
    def _labelled(self) -> tuple[tuple[Workload, Mapping[str, str]], ...]:
        """Workloads that a Service may send to, with the labels of their pods."""
        able = (workload for workload in self.workloads if workload.ref.kind != "Job")
        return tuple((each, dig(each.template, "metadata", "labels") or {}) for each in able)

    def _backing(self, service: Json) -> Backing:
        selector = dig(service, "spec", "selector")
        pods = tuple(pod for pod, labels in self._labelled_pods if matches(selector, labels))
        behind = tuple(workload for workload, labels in self._labelled if matches(selector, labels))
        return Backing(ref_of(self.snapshot, "Service", service), service, pods, behind)

    def _named_by(self, workload: Workload) -> Iterator[str]:
        own = {name_of(b.service) for b in self.serving(workload.ref)}
        for text in configured_texts(self.snapshot, workload):
            for token in host_tokens(text):
                name = self.host(token)
                if name is not None and name not in own:
                    yield name
        for pod in workload.pods:
            for lines in self.snapshot.logs_of(name_of(pod)):
                addressed = (host for line in lines for host in hosts_in(line))
                yield from (name for host in addressed if (name := self.host(host)) and name not in own)


ADDRESSED = re.compile(r"(?<![\w.:-])([a-z][a-z0-9.-]*[a-z0-9]):(\d{2,5})(?![\w:.])", re.IGNORECASE)
"""A host name with a port in a log line: programs tell where they connect to."""


_PORT = re.compile(r":\d{2,5}(?![\w:.])")
"""A colon is found at once, where a name could begin at each letter."""


@lru_cache(maxsize=16_384)
def hosts_in(line: str) -> tuple[str, ...]:
    """The hosts that a log line names with a port; the looks of a watch read the same lines."""
    if _PORT.search(line) is None:
        return ()
    return tuple(match[1].lower() for match in ADDRESSED.finditer(line))


_SEPARATORS = re.compile(r"[\s,;|\"'=()\[\]{}<>]+")


def host_tokens(text: str) -> Iterator[str]:
    """Words of a text that could be host names: bare, with a port, in a URL or after credentials."""
    for part in _SEPARATORS.split(text):
        rest = part.rsplit("@", 1)[-1].split("://", 1)[-1]
        host = rest.split("/", 1)[0].split(":", 1)[0]
        if host:
            yield host.lower()


def matches(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Whether labels satisfy an equality selector."""
    return all(labels.get(key) == value for key, value in selector.items())


def configured_texts(snapshot: Snapshot, workload: Workload) -> Iterator[str]:
    """What a workload is told: values of variables, arguments, and the ConfigMaps that it reads."""
    for container in all_containers(workload.pod_spec):
        words = (*(container.get("command") or ()), *(container.get("args") or ()))
        yield from (str(word) for word in words if any(mark in str(word) for mark in ":=."))
        for env in container.get("env") or ():
            yield str(env.get("value") or "")
            source = dig(env, "valueFrom", "configMapKeyRef") or {}
            yield _key_of(snapshot, source.get("name"), source.get("key"))
        for source in container.get("envFrom") or ():
            yield from _values_of(snapshot, dig(source, "configMapRef", "name"))
    for volume in workload.pod_spec.get("volumes") or ():
        yield from _values_of(snapshot, dig(volume, "configMap", "name"))


def all_containers(pod_spec: Json) -> Iterator[Json]:
    """Init containers and containers."""
    yield from pod_spec.get("initContainers") or ()
    yield from pod_spec.get("containers") or ()


def _values_of(snapshot: Snapshot, name: str | None) -> Iterator[str]:
    config = snapshot.named("ConfigMap", name) if name else None
    yield from (str(value) for value in (dig(config, "data") or {}).values())


def _key_of(snapshot: Snapshot, name: str | None, key: str | None) -> str:
    config = snapshot.named("ConfigMap", name) if name else None
    return str((dig(config, "data") or {}).get(key) or "")
