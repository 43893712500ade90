"""Every node that could take a workload's pods has a taint that they do not tolerate."""

import re
from collections.abc import Iterator
from typing import get_args

from domain.actions import AddToleration
from domain.base import Json
from domain.diagnosis import Cause
from tools.analyzers.logs import clean
from tools.analyzers.objects import Workload, dig, name_of, ref_of
from tools.analyzers.revisions import last_change, roll_back
from tools.analyzers.scheduling import Unscheduled, fitting_nodes, unscheduled
from tools.analyzers.suspicion import Suspicion, seen, suspect
from tools.snapshot import Snapshot

_SAYS = re.compile(r"taint", re.IGNORECASE)
_BY_KUBERNETES = "node.kubernetes.io/"
"""Taints that the cluster sets by itself speak of a sick or cordoned node; tolerating them mends nothing."""
_EFFECTS = get_args(AddToleration.model_fields["effect"].annotation)


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each workload that only tainted nodes are left for."""
    for stuck in unscheduled(snapshot):
        taints = _untolerated(snapshot, stuck.workload)
        if _SAYS.search(stuck.said) and taints:
            yield _case(snapshot, stuck, taints)


def _case(snapshot: Snapshot, stuck: Unscheduled, taints: dict[str, Json]) -> Suspicion:
    workload = stuck.workload
    pod = ref_of(snapshot, "Pod", stuck.pod)
    findings = [seen(snapshot, pod, f"The scheduler finds no node: {clean(stuck.said)}.")]
    for node, taint in taints.items():
        text = f"Node {node} has the taint {_words(taint)}, which these pods do not tolerate."
        findings.append(seen(snapshot, workload.ref, text))
    back = roll_back(workload, ("tolerations",))
    if back:
        findings.append(seen(snapshot, workload.ref, "The last revision changed the tolerations."))
    change = last_change(workload)
    first = next(iter(taints.values()))
    return suspect(
        Cause.UNSCHEDULABLE_TAINT,
        workload.ref,
        f"The pods of {workload.ref.name} find no node because they do not tolerate the taint {_words(first)}.",
        findings,
        confidence=0.93,
        actions=(*back, *_tolerate(workload, first)),
        changed_at=change.made_at if change and back else None,
    )


def _untolerated(snapshot: Snapshot, workload: Workload) -> dict[str, Json]:
    """Node name to its first foreign taint that is not tolerated; empty when an untainted node would do."""
    tolerations = workload.pod_spec.get("tolerations") or ()
    found: dict[str, Json] = {}
    for node in fitting_nodes(snapshot, workload):
        hard = [t for t in dig(node, "spec", "taints") or () if t.get("effect") in ("NoSchedule", "NoExecute")]
        foreign = [t for t in hard if not str(t.get("key")).startswith(_BY_KUBERNETES)]
        taint = next((t for t in foreign if not any(_tolerates(x, t) for x in tolerations)), None)
        if taint is not None:
            found[name_of(node)] = taint
        elif len(foreign) == len(hard):
            return {}
    return dict(sorted(found.items(), key=lambda item: "control-plane" in str(item[1].get("key"))))


def _tolerates(toleration: Json, taint: Json) -> bool:
    if toleration.get("effect") not in (None, "", taint.get("effect")):
        return False
    if not toleration.get("key"):
        return toleration.get("operator") == "Exists"
    same = toleration["key"] == taint.get("key")
    return same and (
        toleration.get("operator") == "Exists" or (toleration.get("value") or "") == (taint.get("value") or "")
    )


def _tolerate(workload: Workload, taint: Json) -> tuple[AddToleration, ...]:
    if workload.ref.kind in ("Job", "Pod") or taint.get("effect") not in _EFFECTS:
        return ()
    return (
        AddToleration(
            target=workload.ref, key=taint["key"], value=taint.get("value") or None, effect=taint["effect"]
        ),
    )


def _words(taint: Json) -> str:
    value = f"={taint['value']}" if taint.get("value") else ""
    return f"{taint.get('key')}{value}:{taint.get('effect')}"
