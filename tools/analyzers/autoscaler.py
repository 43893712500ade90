"""An autoscaler that cannot scale: no metrics, no target, or bounds that it has reached under load."""

from collections.abc import Iterator

from domain.base import Json
from domain.cluster import Ref
from domain.diagnosis import Cause
from tools.analyzers.logs import clean
from tools.analyzers.objects import age, changed_at, condition, dig, ref_of
from tools.analyzers.revisions import roll_back
from tools.analyzers.suspicion import Suspicion, seen, suspect
from tools.analyzers.wiring import Wiring
from tools.snapshot import Snapshot

_WARM_SECONDS = 120.0
"""Metrics of young pods are missing for a while; that is no fault."""
_ON_PURPOSE = "ScalingDisabled"
"""The target is scaled to zero, which another analyzer judges."""


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each autoscaler whose conditions say so."""
    wiring = Wiring.of(snapshot)
    for scaler in snapshot.of("HorizontalPodAutoscaler"):
        for kind in ("AbleToScale", "ScalingActive"):
            state = condition(scaler, kind) or {}
            stands = age(snapshot, state.get("lastTransitionTime")) > _WARM_SECONDS
            if state.get("status") == "False" and state.get("reason") != _ON_PURPOSE and stands:
                yield _case(wiring, scaler, state, 0.9)
                break
        else:
            limited = condition(scaler, "ScalingLimited") or {}
            if limited.get("status") == "True" and limited.get("reason") == "TooManyReplicas":
                yield _case(wiring, scaler, limited, 0.65)


def _case(wiring: Wiring, scaler: Json, state: Json, confidence: float) -> Suspicion:
    snapshot = wiring.snapshot
    ref = ref_of(snapshot, "HorizontalPodAutoscaler", scaler)
    aim = dig(scaler, "spec", "scaleTargetRef") or {}
    target = Ref(kind=str(aim.get("kind")), name=str(aim.get("name")), namespace=snapshot.namespace)
    said = clean(str(state.get("message") or state.get("reason") or ""))
    workload = next((w for w in wiring.workloads if w.ref == target), None)
    back = roll_back(workload, ("containers", "*", "resources")) if workload and "request" in said else ()
    at = f"at {dig(scaler, 'status', 'currentReplicas')} of at most {dig(scaler, 'spec', 'maxReplicas')} replicas"
    return suspect(
        Cause.AUTOSCALER,
        ref,
        f"The autoscaler {ref.name} cannot scale {target.name} ({state.get('reason')}): {said}",
        [seen(snapshot, ref, f"{state.get('type')} is {state.get('status')}, {at}: {said}")],
        confidence=confidence,
        actions=back,
        affected=[target],
        changed_at=changed_at(scaler),
    )
