"""Nodes that are not ready, and nodes that are cordoned while pods wait for room."""

import re
from collections.abc import Iterator

from domain.actions import Uncordon
from domain.base import Json
from domain.cluster import Ref
from domain.diagnosis import Cause
from tools.analyzers.logs import clean
from tools.analyzers.objects import Workload, changed_at, condition, dig, name_of, ref_of, when, workloads
from tools.analyzers.scheduling import unscheduled
from tools.analyzers.suspicion import Suspicion, seen, suspect
from tools.snapshot import Snapshot

_UNSCHEDULABLE = re.compile(r"unschedulable|node\.kubernetes\.io/unschedulable", re.IGNORECASE)


def analyze_not_ready(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each node that is not ready and carries or keeps off pods of this namespace."""
    for node in snapshot.of("Node"):
        state = condition(node, "Ready")
        if state is None or state.get("status") == "True":
            continue
        hit = [w for w in workloads(snapshot) if any(_on(pod, node) for pod in w.pods)]
        waiting = [
            stuck.workload
            for stuck in unscheduled(snapshot)
            if re.search(r"not ready|unreachable|taint", stuck.said)
        ]
        if hit or waiting:
            ref = Ref(kind="Node", name=name_of(node))
            said = clean(str(state.get("message") or state.get("reason") or "no reason given"))
            names = ", ".join(dict.fromkeys(w.ref.name for w in (*hit, *waiting)))
            findings = [seen(snapshot, ref, f"The node is not ready: {said}")]
            findings += [
                seen(snapshot, w.ref, f"It has pods on node {ref.name}, which is not ready.") for w in hit
            ]
            yield suspect(
                Cause.NODE_NOT_READY,
                ref,
                f"Node {ref.name} is not ready, which takes down or holds up {names}: {said}",
                findings,
                confidence=0.95,
                affected=[w.ref for w in (*hit, *waiting)],
                changed_at=when(state.get("lastTransitionTime")),
            )


def analyze_cordoned(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each cordoned node while pods wait because nodes are unschedulable."""
    waiting = [stuck for stuck in unscheduled(snapshot) if _UNSCHEDULABLE.search(stuck.said)]
    if not waiting:
        return
    names = ", ".join(dict.fromkeys(stuck.workload.ref.name for stuck in waiting))
    for node in snapshot.of("Node"):
        if not dig(node, "spec", "unschedulable") or not any(_may_run_on(s.workload, node) for s in waiting):
            continue
        ref = Ref(kind="Node", name=name_of(node))
        findings = [seen(snapshot, ref, f"Node {ref.name} is cordoned: it takes no new pods.")]
        findings += [
            seen(snapshot, ref_of(snapshot, "Pod", s.pod), f"The scheduler finds no node: {clean(s.said)}.")
            for s in waiting
        ]
        yield suspect(
            Cause.NODE_CORDONED,
            ref,
            f"Pods of {names} wait for a node because {ref.name} is cordoned.",
            findings,
            confidence=0.9,
            actions=(Uncordon(target=ref),),
            affected=[s.workload.ref for s in waiting],
            changed_at=changed_at(node),
        )


def _on(pod: Json, node: Json) -> bool:
    return bool(dig(pod, "spec", "nodeName") == name_of(node))


def _may_run_on(workload: Workload, node: Json) -> bool:
    labels = node["metadata"].get("labels") or {}
    return all(labels.get(k) == v for k, v in (workload.pod_spec.get("nodeSelector") or {}).items())
