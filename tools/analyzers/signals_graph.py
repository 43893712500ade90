"""The signals of a snapshot over its objects: which workload a service is, who calls it, and who is unwell."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Self

from domain.base import Json
from domain.cluster import Ref
from tools.analyzers.objects import Workload, dig
from tools.analyzers.wiring import Wiring
from tools.deviations import extra_seconds, failing_share, surge
from tools.signals import Service, Signals
from tools.snapshot import Snapshot

_NOTHING = Signals(window=1.0)


class Graph:
    """Services by the names that telemetry knows, worked out when they are asked for."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.signals = snapshot.signals or _NOTHING
        self.wiring = Wiring.of(snapshot)

    @classmethod
    def of(cls, snapshot: Snapshot) -> Self:
        """The graph of a snapshot; the same object however often it is asked for."""
        return snapshot.once("signals graph", cls)

    @property
    def services(self) -> Mapping[str, Service]:
        """Those that have request metrics."""
        return self.signals.services

    @cached_property
    def failing(self) -> Mapping[str, float]:
        """Services that fail more than they should, with the share of failed requests of the worst route."""
        return dict(_those(self.services.values(), lambda each: failing_share(each, self.signals.window)))

    @cached_property
    def slow(self) -> Mapping[str, float]:
        """Services that answer later than usual, with the extra seconds."""
        return dict(_those(self.services.values(), lambda each: extra_seconds(each, self.signals.window)))

    @cached_property
    def surging(self) -> Mapping[str, float]:
        """Services that get many times their usual requests, with how many times."""
        return dict(_those(self.services.values(), surge))

    def callees(self, name: str) -> frozenset[str]:
        """Services that one calls: by its traces; by its configuration when it sends none."""
        found = self.signals.calls.get(name, frozenset())
        if name not in self._traced:
            found = self.wiring.calls.get(self.ref(name), frozenset())
        return found - {name}

    @cached_property
    def _traced(self) -> frozenset[str]:
        return frozenset(self.signals.calls).union(*self.signals.calls.values())

    def callers(self, name: str) -> tuple[str, ...]:
        """Services that call one."""
        known = dict.fromkeys((*self.services, *self.signals.calls))
        return tuple(other for other in known if name in self.callees(other))

    def above(self, name: str, among: Iterable[str]) -> tuple[str, ...]:
        """Whoever of `among` calls a service, or calls one that does, nearest first."""
        wanted, found, edge = set(among), dict.fromkeys((name,)), [name]
        while edge:
            further = [c for each in edge for c in self.callers(each) if c in wanted and c not in found]
            found |= dict.fromkeys(further)
            edge = further
        return tuple(found)[1:]

    def workload(self, name: str) -> Workload | None:
        """What answers for a service: the one workload behind the Service of that name, or that is called so."""
        backing = self.wiring.backings.get(name)
        if backing is not None and len(backing.workloads) == 1:
            return backing.workloads[0]
        return next((each for each in self.wiring.workloads if each.ref.name == name), None)

    def ref(self, name: str) -> Ref:
        """The workload of a service; the Service itself where there is not just one."""
        workload = self.workload(name)
        return workload.ref if workload else Ref(kind="Service", name=name, namespace=self.snapshot.namespace)

    def refs(self, names: Iterable[str]) -> tuple[Ref, ...]:
        """The workloads of several services."""
        return tuple(dict.fromkeys(self.ref(name) for name in names))

    def service_refs(self, name: str) -> frozenset[Ref]:
        """The Services in front of whatever answers for a service."""
        workload = self.workload(name)
        served = {backing.ref for backing in self.wiring.serving(workload.ref)} if workload else set()
        return frozenset(served | {Ref(kind="Service", name=name, namespace=self.snapshot.namespace)})

    def names_of(self, workload: Workload) -> tuple[str, ...]:
        """The services for which a workload answers."""
        return tuple(name for name in self.services if self.ref(name) == workload.ref)

    def dialled(self, peer: str) -> str | None:
        """The Service that `host:port` means, or `None` when there is none of that name or address."""
        host = peer.rsplit("@", 1)[-1].split("://", 1)[-1].split("/", 1)[0].rsplit(":", 1)[0]
        found = self.wiring.host(host)
        if found is not None or not host:
            return found
        return next((name for name, backing in self.wiring.backings.items() if _has(backing.pods, host)), None)


def _has(pods: Iterable[Json], address: str) -> bool:
    return any(dig(pod, "status", "podIP") == address for pod in pods)


def _those(services: Iterable[Service], judge: Callable[[Service], float | None]) -> Iterator[tuple[str, float]]:
    for service in services:
        by = judge(service)
        if by is not None:
            yield service.name, by
