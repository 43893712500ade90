"""A snapshot as text for people: one line an object, then the logs."""

from collections.abc import Iterator

from domain.base import Json
from tools.analyzers.containers import containers
from tools.analyzers.objects import dig, is_ready, name_of, when, workloads
from tools.read.happenings import happenings
from tools.read.trouble import quota_rows
from tools.read.words import ago, pairs, section, table
from tools.snapshot import Snapshot

EVENTS = 60
"""Newest events shown."""


def summarize(snapshot: Snapshot) -> str:
    """The whole look in a few kilobytes; the objects themselves stay in the cluster."""
    blocks = [
        f"Namespace {snapshot.namespace} at {snapshot.taken_at.isoformat(timespec='seconds')}",
        section("Workloads", table(_workloads(snapshot))),
        section("Pods", table(_pods(snapshot))),
        section("Services", table(_services(snapshot))),
        section("ConfigMaps", table(_configs(snapshot))),
        section("Claims", table(_claims(snapshot))),
        section(
            "Quotas", table((name_of(q), *row) for q in snapshot.of("ResourceQuota") for row in quota_rows(q))
        ),
        section("NetworkPolicies", table(_policies(snapshot))),
        section("Nodes", table(_nodes(snapshot))),
        section("Events", "\n".join(h.line(snapshot.taken_at) for h in happenings(snapshot.of("Event"))[:EVENTS])),
    ]
    if snapshot.unreadable:
        blocks.append(section("Not readable", table(sorted(snapshot.unreadable.items()))))
    for (pod, container, previous), lines in snapshot.logs.items():
        blocks.append(section(f"Log of {pod}/{container}{' (previous)' if previous else ''}", "\n".join(lines)))
    return "\n\n".join(blocks)


def _workloads(snapshot: Snapshot) -> Iterator[tuple[object, ...]]:
    for workload in workloads(snapshot):
        images = ",".join(str(c.get("image")) for c in workload.pod_spec.get("containers") or ())
        yield workload.ref.kind, workload.ref.name, f"{workload.ready}/{workload.wanted} ready", images


def _pods(snapshot: Snapshot) -> Iterator[tuple[object, ...]]:
    for pod in snapshot.of("Pod"):
        states = " ".join(
            f"{c.name}={c.reason or ('running' if c.running else 'stopped' if c.ended else 'unknown')}"
            f"{f'(x{c.restarts})' if c.restarts else ''}"
            for c in containers(pod)
        )
        ready = "ready" if is_ready(pod) else "not ready"
        started = ago(when(pod["metadata"].get("creationTimestamp")), snapshot.taken_at)
        node = dig(pod, "spec", "nodeName") or "no node"
        yield name_of(pod), dig(pod, "status", "phase"), ready, states, node, started


def _services(snapshot: Snapshot) -> Iterator[tuple[object, ...]]:
    for service in snapshot.of("Service"):
        ports = ",".join(f"{p.get('port')}->{p.get('targetPort')}" for p in dig(service, "spec", "ports") or ())
        yield name_of(service), ports, f"selects {pairs(dig(service, 'spec', 'selector'))}"


def _configs(snapshot: Snapshot) -> Iterator[tuple[object, ...]]:
    for config in snapshot.of("ConfigMap"):
        yield (
            name_of(config),
            ",".join((*(config.get("data") or {}), *(config.get("binaryData") or {}))) or "no keys",
        )


def _claims(snapshot: Snapshot) -> Iterator[tuple[object, ...]]:
    for claim in snapshot.of("PersistentVolumeClaim"):
        storage = dig(claim, "spec", "storageClassName") or "default class"
        yield (
            name_of(claim),
            dig(claim, "status", "phase"),
            storage,
            dig(claim, "spec", "volumeName") or "no volume",
        )


def _policies(snapshot: Snapshot) -> Iterator[tuple[object, ...]]:
    for policy in snapshot.of("NetworkPolicy"):
        selector = dig(policy, "spec", "podSelector") or {}
        selected = pairs(selector.get("matchLabels")) if selector else "all pods"
        yield name_of(policy), f"selects {selected}", ",".join(dig(policy, "spec", "policyTypes") or ("Ingress",))


def _nodes(snapshot: Snapshot) -> Iterator[tuple[object, ...]]:
    for node in snapshot.of("Node"):
        yield name_of(node), *node_state(node)


def node_state(node: Json) -> tuple[str, str]:
    """Readiness with cordon, and taints."""
    states = {c.get("type"): c.get("status") for c in dig(node, "status", "conditions") or ()}
    ready = "Ready" if states.get("Ready") == "True" else "NotReady"
    cordon = ",cordoned" if dig(node, "spec", "unschedulable") else ""
    taints = ",".join(f"{t.get('key')}:{t.get('effect')}" for t in dig(node, "spec", "taints") or ())
    return ready + cordon, taints or "no taints"
