"""No node has the labels that a workload's node selector or affinity asks for."""

import difflib
import re
from collections.abc import Iterator

from domain.actions import Action, PatchNodeSelector
from domain.diagnosis import Cause
from tools.analyzers.logs import clean
from tools.analyzers.objects import Workload, labels_of, ref_of
from tools.analyzers.revisions import last_change, roll_back
from tools.analyzers.scheduling import Unscheduled, fitting_nodes, unscheduled
from tools.analyzers.suspicion import Suspicion, seen, suspect
from tools.snapshot import Snapshot

_NODES = re.compile(r"node affinity|node selector", re.IGNORECASE)
_PODS = re.compile(r"anti-affinity|pod affinity rules|topology spread", re.IGNORECASE)
_ALIKE = 0.6


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each workload that no node satisfies."""
    for stuck in unscheduled(snapshot):
        no_node = _NODES.search(stuck.said) and not fitting_nodes(snapshot, stuck.workload)
        if no_node or _PODS.search(stuck.said):
            yield _case(snapshot, stuck)


def _case(snapshot: Snapshot, stuck: Unscheduled) -> Suspicion:
    workload = stuck.workload
    wanted = dict(workload.pod_spec.get("nodeSelector") or {})
    wrong = _unmet(snapshot, wanted)
    pod = ref_of(snapshot, "Pod", stuck.pod)
    findings = [seen(snapshot, pod, f"The scheduler finds no node: {clean(stuck.said)}.")]
    for key, value in wrong.items():
        text = f"It asks for a node with {key}={value}, and no node has that label."
        findings.append(seen(snapshot, workload.ref, text))
    paths = (("nodeSelector",), ("affinity",), ("nodeName",), ("topologySpreadConstraints",))
    back = roll_back(workload, *paths)
    if back:
        findings.append(seen(snapshot, workload.ref, "The last revision changed where its pods may run."))
    asks = ", ".join(f"{k}={v}" for k, v in wrong.items()) or "labels or a spread that its affinity rules ask for"
    change = last_change(workload)
    return suspect(
        Cause.UNSCHEDULABLE_SELECTOR,
        workload.ref,
        f"No node offers what {workload.ref.name} asks for ({asks}), so its pods wait for a node.",
        findings,
        confidence=0.95 if wrong else 0.85,
        actions=(*back, *_corrected(snapshot, workload, wanted, wrong)),
        follows="unschedulable" in stuck.said and not (wrong or back),
        changed_at=change.made_at if change and back else None,
    )


def _unmet(snapshot: Snapshot, wanted: dict[str, str]) -> dict[str, str]:
    nodes = [labels_of(node) for node in snapshot.of("Node")]
    return {k: v for k, v in wanted.items() if all(labels.get(k) != v for labels in nodes)}


def _corrected(
    snapshot: Snapshot, workload: Workload, wanted: dict[str, str], wrong: dict[str, str]
) -> tuple[Action, ...]:
    """The selector with a value that a node has where one is nearly equal, and without the rest of the unmet."""
    if not wrong or workload.ref.kind in ("Job", "Pod"):
        return ()
    fixed = dict(wanted)
    for key, value in wrong.items():
        there = sorted({labels_of(n)[key] for n in snapshot.of("Node") if key in labels_of(n)})
        near = difflib.get_close_matches(value, there, n=1, cutoff=_ALIKE)
        if near:
            fixed[key] = near[0]
        else:
            del fixed[key]
    return (PatchNodeSelector(target=workload.ref, node_selector=fixed),)
