"""What AOI found out, as the submission that a task expects."""

import re
from typing import Final, Literal

from domain.cluster import Ref
from domain.diagnosis import Diagnosis, FaultType, Hypothesis, SystemLevel
from domain.journal import Trajectory, Triaged, Verified
from examples.aiopslab.grammar import submit

Kind = Literal["detection", "localization", "analysis", "mitigation"]
KINDS: Final[tuple[Kind, ...]] = ("detection", "localization", "analysis", "mitigation")

SERVICES: Final = frozenset({"Deployment", "StatefulSet", "DaemonSet", "Service", "ReplicaSet", "Pod"})
"""Kinds whose names are names of services, once what a controller added is taken off."""
_ADDED: Final = re.compile(r"-[a-z0-9]{6,10}(-[a-z0-9]{5})?$|-\d+$")


def kind_of(problem: str) -> Kind:
    """The way a problem asks, by its id; `detection` where the id does not say."""
    return next((kind for kind in KINDS if kind in problem), "detection")


def submission(kind: Kind, trajectory: Trajectory) -> str:
    """The action that ends the problem, also for a run that was cut short."""
    best = _best(trajectory)
    diagnosis = trajectory.diagnosis or _guess(best)
    match kind:
        case "detection":
            return submit("Yes" if diagnosis.anomaly else "No")
        case "localization":
            return submit([service] if (service := _service(diagnosis, best)) else [])
        case "analysis":
            # A field without a value would end the whole run of AIOpsLab with an error.
            level = diagnosis.system_level or SystemLevel.APPLICATION
            fault = diagnosis.fault_type or FaultType.MISCONFIGURATION
            return submit({"system_level": level.value, "fault_type": fault.value})
        case "mitigation":
            return submit()


def _best(trajectory: Trajectory) -> Hypothesis | None:
    """The foremost hypothesis of the first look: after a repair the last one shows a healthy world."""
    looks = (entry.step for entry in trajectory.entries if isinstance(entry.step, Triaged | Verified))
    return next((look.hypotheses[0] for look in looks if look.hypotheses), None)


def _guess(best: Hypothesis | None) -> Diagnosis:
    if best is None:
        return Diagnosis(anomaly=False, root_cause="")
    return Diagnosis(anomaly=True, components=(best.subject,), cause=best.cause, root_cause=best.statement)


def _service(diagnosis: Diagnosis, best: Hypothesis | None) -> str | None:
    """One service: a longer list never succeeds unless it is the expected one."""
    blamed = (*diagnosis.components, *((best.subject, *best.affected) if best else ()))
    services = (ref for ref in blamed if ref.kind in SERVICES)
    found = next(services, None) or next(iter(blamed), None)
    return _bare(found) if found else None


def _bare(ref: Ref) -> str:
    return _ADDED.sub("", ref.name) if ref.kind in ("Pod", "ReplicaSet") else ref.name
