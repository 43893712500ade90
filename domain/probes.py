"""The closed set of probes: one frozen call type each."""

from typing import Annotated, Literal

from pydantic import Field

from domain.base import Value
from domain.cluster import Ref
from domain.evidence import Artifact, Finding

Name = Annotated[str, Field(min_length=1, max_length=253)]


class Snapshot(Value):
    """A fresh look of the analyzers at everything, the logs of the pods among it."""

    probe: Literal["snapshot"] = "snapshot"
    namespace: Name
    after_seconds: Annotated[int, Field(ge=0, le=120)] = 0
    """Let this much time pass first: what has just begun often explains itself a little later."""


class Describe(Value):
    """One object with its conditions, its events and its owners."""

    probe: Literal["describe"] = "describe"
    target: Ref


class Get(Value):
    """One object as the API returns it, without managed fields."""

    probe: Literal["get"] = "get"
    target: Ref


class Events(Value):
    """Events of a namespace, newest first, repeated ones counted."""

    probe: Literal["events"] = "events"
    namespace: Name
    subject: Ref | None = None
    """Only events about this object; `None` for all."""


class Logs(Value):
    """The end of one container's log, as templates with counts."""

    probe: Literal["logs"] = "logs"
    namespace: Name
    pod: Name
    container: Name | None = None
    """`None` for the pod's first container."""
    previous: bool = False
    """The log of the last terminated instance."""
    tail: Annotated[int, Field(ge=1, le=10_000)] = 200


class SearchLogs(Value):
    """Lines that contain a text, of all pods or those of one workload."""

    probe: Literal["search_logs"] = "search_logs"
    namespace: Name
    text: Annotated[str, Field(min_length=1, max_length=200)]
    """Matched without regard to case; not a regular expression."""
    workload: Ref | None = None


class RolloutHistory(Value):
    """The revisions of a workload: when, image, and what each changed."""

    probe: Literal["rollout_history"] = "rollout_history"
    workload: Ref


class RevisionDiff(Value):
    """What changed between two revisions, in the pod template."""

    probe: Literal["revision_diff"] = "revision_diff"
    workload: Ref
    older: int | None = None
    """`None` for the revision before `newer`."""
    newer: int | None = None
    """`None` for the current revision."""


class Usage(Value):
    """CPU and memory in use against requests and limits."""

    probe: Literal["usage"] = "usage"
    namespace: Name


class ServiceWiring(Value):
    """Services, their selectors, ports and endpoints, and the pods behind them."""

    probe: Literal["service_wiring"] = "service_wiring"
    namespace: Name
    service: Name | None = None


class ConfigReferences(Value):
    """ConfigMaps, Secrets and keys that a workload refers to, and which of them are missing."""

    probe: Literal["config_references"] = "config_references"
    workload: Ref


class Volumes(Value):
    """Claims, volumes and storage classes, and who waits for them."""

    probe: Literal["volumes"] = "volumes"
    namespace: Name


class Nodes(Value):
    """Conditions, taints, pressure and room of the nodes."""

    probe: Literal["nodes"] = "nodes"
    node: Name | None = None


class Quotas(Value):
    """Resource quotas and limit ranges, used against hard."""

    probe: Literal["quotas"] = "quotas"
    namespace: Name


class NetworkPolicies(Value):
    """Which policies select which pods, and what they let through."""

    probe: Literal["network_policies"] = "network_policies"
    namespace: Name


class RecentChanges(Value):
    """Who has changed what recently, by the managedFields of the objects."""

    probe: Literal["recent_changes"] = "recent_changes"
    namespace: Name
    minutes: Annotated[int, Field(ge=1, le=10_080)] = 60


class Promql(Value):
    """Numbers over time: a PromQL query, held to one namespace."""

    probe: Literal["promql"] = "promql"
    namespace: Name
    query: Annotated[str, Field(min_length=1, max_length=2_000)]
    """Every selector in it gets `namespace="…"`."""
    minutes: Annotated[int, Field(ge=1, le=1_440)] = 30
    """How far to look back."""


class GoldenSignals(Value):
    """Rate, errors and latency of each service, against the hour before."""

    probe: Literal["golden_signals"] = "golden_signals"
    namespace: Name
    minutes: Annotated[int, Field(ge=1, le=60)] = 5
    """What counts as now."""


class Traces(Value):
    """The slowest requests and the failing ones: where on their way time and answers are lost."""

    probe: Literal["traces"] = "traces"
    namespace: Name
    service: Name | None = None
    """Only requests through this service; `None` for all services."""
    minutes: Annotated[int, Field(ge=1, le=1_440)] = 15


class LogQuery(Value):
    """Lines that a log store has, also of pods that are gone."""

    probe: Literal["log_query"] = "log_query"
    namespace: Name
    text: Annotated[str, Field(max_length=200)] = ""
    """Only lines that contain this; empty for all."""
    pod: Name | None = None
    """Only pods whose names begin like this; `None` for all."""
    minutes: Annotated[int, Field(ge=1, le=1_440)] = 15


ProbeCall = Annotated[
    Snapshot
    | Describe
    | Get
    | Events
    | Logs
    | SearchLogs
    | RolloutHistory
    | RevisionDiff
    | Usage
    | ServiceWiring
    | ConfigReferences
    | Volumes
    | Nodes
    | Quotas
    | NetworkPolicies
    | RecentChanges
    | Promql
    | GoldenSignals
    | Traces
    | LogQuery,
    Field(discriminator="probe"),
]


class ProbeResult(Value):
    """What came of one probe; a failed or empty probe is an answer too."""

    call: ProbeCall
    status: Literal["ok", "empty", "failed"]
    note: str
    """One sentence: what was looked at and, when failed, why."""
    findings: tuple[Finding, ...] = ()
    """Bounded; the last one says what was left out. That a probe failed is a finding."""
    left_out: tuple[Finding, ...] = ()
    """What there was no room for, the most telling first; the end of the artifact lists it in this order."""
    artifact: Artifact | None = None
    """`None` when nothing came back."""
