"""All probes; a new one is a call type in `domain.probes`, a file here, and a line in `PROBES`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain import probes as calls
from domain.base import Value
from tools.cluster.reader import Reader
from tools.read import (
    config_references,
    describe,
    events,
    get,
    logs,
    network_policies,
    nodes,
    quotas,
    recent_changes,
    revision_diff,
    rollout_history,
    search_logs,
    service_wiring,
    snapshot,
    usage,
    volumes,
)
from tools.read.outcome import Outcome

Run = Callable[[Reader, Any, datetime], Awaitable[Outcome]]


@dataclass(frozen=True)
class ProbeSpec:
    """One probe: its typed call, when to use it in words for a model, and the function that runs it."""

    call: type[Value]
    description: str
    run: Run

    @property
    def name(self) -> str:
        """The discriminator of the call: `rollout_history`."""
        return str(self.call.model_fields["probe"].default)


PROBES: tuple[ProbeSpec, ...] = (
    ProbeSpec(
        calls.Snapshot,
        "Everything in a namespace that is not as it should be, with the logs of unhealthy pods. Start here.",
        snapshot.run,
    ),
    ProbeSpec(
        calls.Describe,
        "One object with its conditions, its events and its owner, as `kubectl describe` shows it.",
        describe.run,
    ),
    ProbeSpec(
        calls.Get,
        "One object in full, as `kubectl get -o yaml` shows it. Use it to check a single field.",
        get.run,
    ),
    ProbeSpec(
        calls.Events,
        "What Kubernetes reported in the last hour in a namespace or about one object; warnings come out.",
        events.run,
    ),
    ProbeSpec(
        calls.Logs,
        "The end of one container's log, equal lines counted, errors first; `previous` is the crashed instance.",
        logs.run,
    ),
    ProbeSpec(
        calls.SearchLogs,
        "Lines with a text in the logs of a namespace or a workload: who else sees this error, host or id.",
        search_logs.run,
    ),
    ProbeSpec(
        calls.RolloutHistory,
        "The revisions of a Deployment, StatefulSet or DaemonSet: when each was made and what it changed.",
        rollout_history.run,
    ),
    ProbeSpec(
        calls.RevisionDiff,
        "Every field that differs between two revisions of a workload; by default the last change.",
        revision_diff.run,
    ),
    ProbeSpec(
        calls.Usage,
        "CPU and memory of each container against its requests and limits; for slowness and OOM.",
        usage.run,
    ),
    ProbeSpec(
        calls.ServiceWiring,
        "Services with selector, ports, endpoints and pods: why calls to a Service are refused or time out.",
        service_wiring.run,
    ),
    ProbeSpec(
        calls.ConfigReferences,
        "The ConfigMaps, Secrets and keys a workload refers to, and which are missing. Secrets are never read.",
        config_references.run,
    ),
    ProbeSpec(
        calls.Volumes,
        "Volume claims, volumes and storage classes, why a claim is not bound, and which pods wait for it.",
        volumes.run,
    ),
    ProbeSpec(
        calls.Nodes,
        "Nodes with conditions, taints, cordon and free CPU and memory: why pods find no node.",
        nodes.run,
    ),
    ProbeSpec(
        calls.Quotas,
        "Resource quotas and limit ranges, used against hard: why pods are not created.",
        quotas.run,
    ),
    ProbeSpec(
        calls.NetworkPolicies,
        "Which network policies govern which pods and what they let through: why connections time out.",
        network_policies.run,
    ),
    ProbeSpec(
        calls.RecentChanges,
        "Who changed which fields of which objects lately. The best first question after “what broke?”.",
        recent_changes.run,
    ),
)

BY_CALL: dict[type[Value], ProbeSpec] = {spec.call: spec for spec in PROBES}
