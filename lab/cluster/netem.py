"""Traffic control at the interfaces of pods, as PodNetworkChaos objects say it: packets late, or lost."""

from dataclasses import dataclass
from typing import Any, Final

from lab.cluster.chaos.experiment import seconds_of
from lab.cluster.ports import Object
from lab.cluster.store import Store

HOPELESS_PERCENT: Final = 40.0
"""From this share of lost packets on, a connection does not come about within any client's patience."""
RESEND_SECONDS: Final = 0.2
"""The least wait before TCP sends a packet again (RTO_MIN)."""
PACKETS: Final = 4
"""Of a small request and its answer."""


@dataclass(frozen=True)
class Netem:
    """How packets of a pod fare."""

    lost: bool = False
    """So many are lost that nothing gets through."""
    late: float = 0.0
    """Seconds until an answer, beyond what it takes anyway."""

    def joined(self, other: "Netem") -> "Netem":
        """Both, one after the other."""
        return Netem(self.lost or other.lost, self.late + other.late)


CALM: Final = Netem()


def netem_of(store: Store, pod: Object) -> Netem:
    """What is in force at a pod's interface now."""
    meta = pod["metadata"]
    held = store.get("PodNetworkChaos", meta.get("namespace"), meta["name"])
    if held is None:
        return CALM
    found = CALM
    for control in (held.get("spec") or {}).get("trafficControls") or ():
        found = found.joined(_read(control))
    return found


def _read(control: Object) -> Netem:
    percent = _number((control.get("loss") or {}).get("loss"))
    late = seconds_of(str((control.get("delay") or {}).get("latency", ""))) or 0.0
    if percent >= HOPELESS_PERCENT:
        return Netem(lost=True, late=late)
    share = percent / 100
    return Netem(late=late + PACKETS * RESEND_SECONDS * share / (1 - share))


def _number(text: Any) -> float:
    """A percentage, written as a string; 0 for what is none."""
    try:
        return float(text)
    except (TypeError, ValueError):
        return 0.0
