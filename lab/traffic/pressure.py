"""How much slower a program answers that has too little CPU or memory."""

from typing import Final

from lab.cluster.kubelet.processes import MIB
from lab.cluster.kubelet.state import Run, Spell
from lab.cluster.ports import Object
from lab.cluster.quantity import milli, whole

BUSY: Final = 0.8
"""Share of the CPU limit from which requests begin to wait."""
FULL: Final = 0.95
SLOWEST: Final = 25.0
TIGHT: Final = 0.9
"""Share of the memory limit from which reclaim and garbage collection are felt."""
TIGHT_STRETCH: Final = 2.5


def cpu_wanted(run: Run, at: float) -> float:
    """Millicores, with what conditions add that held then."""
    surges = enumerate(run.behaviour.surges)
    return run.behaviour.cpu + sum(surge.cpu for number, surge in surges if _spell(run, number).held_at(at))


def cpu_seconds(run: Run, at: float) -> float:
    """What a run would have used up by a time, without a limit."""
    used = run.behaviour.cpu * (at - run.started_at)
    for number, surge in enumerate(run.behaviour.surges):
        used += surge.cpu * _spell(run, number).seconds(at)
    return used / 1000


def _spell(run: Run, number: int) -> Spell:
    return run.spells.get(f"surge:{number}", Spell())


def cpu_limit(spec: Object) -> float | None:
    """Millicores, or `None` without a limit."""
    text = _limits(spec).get("cpu")
    return None if text is None else float(milli(text))


def memory_limit(spec: Object) -> int | None:
    """Bytes, or `None` without a limit."""
    text = _limits(spec).get("memory")
    return None if text is None else int(whole(text))


def stretch(spec: Object, run: Run, at: float) -> float:
    """By how much everything takes longer: 1 when there is room.

    Up to `FULL` it is the waiting time of a single queue, 1/(1-use), against that at `BUSY`; beyond it the
    quota throttles, and the wait grows with the square of what is asked for.
    """
    limit, slower = cpu_limit(spec), 1.0
    if limit:
        use = cpu_wanted(run, at) / limit
        if use > BUSY:
            slower = (1 - BUSY) / (1 - min(use, FULL)) * max(1.0, use / FULL) ** 2
    tight = tight_from(spec, run)
    if tight is not None and at >= tight:
        slower *= TIGHT_STRETCH
    return min(slower, SLOWEST)


def tight_from(spec: Object, run: Run) -> float | None:
    """When the run's memory comes near its limit; `None` for never."""
    limit = memory_limit(spec)
    if limit is None:
        return None
    room = limit / MIB * TIGHT - run.base_mib
    if room <= 0:
        return run.leak_from
    return run.leak_from + room / run.growth * 60 if run.growth > 0 else None


def _limits(spec: Object) -> dict[str, str]:
    return (spec.get("resources") or {}).get("limits") or {}
