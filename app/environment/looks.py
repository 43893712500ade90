"""The probes as tools: everything here looks, and nothing changes.

The types and the `Args` of these methods are what a model is shown of them.
"""

from abc import ABC, abstractmethod

from domain import probes
from domain.cluster import Ref
from domain.probes import ProbeCall


class Looks(ABC):
    """Tools that look at the namespace of the incident."""

    @property
    @abstractmethod
    def namespace(self) -> str:
        """Where the incident is."""

    @abstractmethod
    def _look(self, call: ProbeCall) -> str:
        """Run a probe; what it found. Raises ValueError when the episode is over."""

    def _ref(self, kind: str, name: str) -> Ref:
        return Ref(
            kind=kind, name=name, namespace=None if kind in ("Node", "PersistentVolume") else self.namespace
        )

    def describe(self, kind: str, name: str) -> str:
        """
        Show one object with its conditions, its events and its owners.

        Args:
            kind: Kind of the object as the API spells it, such as Pod, Deployment or Service.
            name: Name of the object.
        """
        return self._look(probes.Describe(target=self._ref(kind, name)))

    def get(self, kind: str, name: str) -> str:
        """
        Show one object as the API returns it.

        Args:
            kind: Kind of the object as the API spells it, such as Pod, Deployment or Service.
            name: Name of the object.
        """
        return self._look(probes.Get(target=self._ref(kind, name)))

    def events(self) -> str:
        """Show the events of the namespace, newest first, repeated ones counted."""
        return self._look(probes.Events(namespace=self.namespace))

    def logs(self, pod: str, container: str = "", previous: bool = False) -> str:
        """
        Show the end of a container's log.

        Args:
            pod: Name of the pod.
            container: Name of the container; empty for the pod's first one.
            previous: Whether to read the instance before the last restart.
        """
        return self._look(
            probes.Logs(namespace=self.namespace, pod=pod, container=container or None, previous=previous)
        )

    def search_logs(self, text: str) -> str:
        """
        Show the log lines of all pods that contain a text.

        Args:
            text: The text, without regard to case; no regular expression.
        """
        return self._look(probes.SearchLogs(namespace=self.namespace, text=text))

    def rollout_history(self, kind: str, name: str) -> str:
        """
        Show the revisions of a workload: when, which image, and what each changed.

        Args:
            kind: Deployment, StatefulSet or DaemonSet.
            name: Name of the workload.
        """
        return self._look(probes.RolloutHistory(workload=self._ref(kind, name)))

    def revision_diff(self, kind: str, name: str) -> str:
        """
        Show what the last revision of a workload changed.

        Args:
            kind: Deployment, StatefulSet or DaemonSet.
            name: Name of the workload.
        """
        return self._look(probes.RevisionDiff(workload=self._ref(kind, name)))

    def usage(self) -> str:
        """Show the CPU and memory in use against requests and limits."""
        return self._look(probes.Usage(namespace=self.namespace))

    def service_wiring(self, service: str = "") -> str:
        """
        Show Services, their selectors, ports and endpoints, and the pods behind them.

        Args:
            service: Name of one Service; empty for all.
        """
        return self._look(probes.ServiceWiring(namespace=self.namespace, service=service or None))

    def config_references(self, kind: str, name: str) -> str:
        """
        Show the ConfigMaps, Secrets and keys that a workload refers to, and which are missing.

        Args:
            kind: Deployment, StatefulSet or DaemonSet.
            name: Name of the workload.
        """
        return self._look(probes.ConfigReferences(workload=self._ref(kind, name)))

    def volumes(self) -> str:
        """Show claims, volumes and storage classes, and who waits for them."""
        return self._look(probes.Volumes(namespace=self.namespace))

    def nodes(self) -> str:
        """Show the conditions, taints, pressure and room of the nodes."""
        return self._look(probes.Nodes())

    def quotas(self) -> str:
        """Show resource quotas and limit ranges, used against hard."""
        return self._look(probes.Quotas(namespace=self.namespace))

    def network_policies(self) -> str:
        """Show which network policies select which pods, and what they let through."""
        return self._look(probes.NetworkPolicies(namespace=self.namespace))

    def recent_changes(self, minutes: int = 60) -> str:
        """
        Show who changed what lately.

        Args:
            minutes: How far to look back.
        """
        return self._look(probes.RecentChanges(namespace=self.namespace, minutes=minutes))

    def golden_signals(self, minutes: int = 5) -> str:
        """
        Show rate, errors and latency of each service against the hour before.

        Args:
            minutes: What counts as now.
        """
        return self._look(probes.GoldenSignals(namespace=self.namespace, minutes=minutes))

    def traces(self, service: str = "", minutes: int = 15) -> str:
        """
        Show the slowest and the failing requests, and where on their way time and answers are lost.

        Args:
            service: Only requests through this service; empty for all.
            minutes: How far to look back.
        """
        return self._look(probes.Traces(namespace=self.namespace, service=service or None, minutes=minutes))

    def promql(self, query: str, minutes: int = 30) -> str:
        """
        Show numbers over time.

        Args:
            query: A PromQL query; it is held to the namespace.
            minutes: How far to look back.
        """
        return self._look(probes.Promql(namespace=self.namespace, query=query, minutes=minutes))
