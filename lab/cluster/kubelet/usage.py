"""What containers use, as metrics-server reports it."""

from lab.cluster.kubelet.state import Run, Runtime
from lab.cluster.ports import Object
from lab.cluster.randomness import seeded

WINDOW_SECONDS = 15
"""A figure holds for one scrape interval."""


def usage_of(runtime: Runtime, pod: Object, now: float) -> dict[str, tuple[int, int]]:
    """Per running container: millicores, working set in bytes; within 10 % of what its behaviour says."""
    return {spec["name"]: (cpu_of(run, now), memory_of(run, now)) for spec, run in runtime.running(pod)}


def _wobble(run: Run, now: float) -> float:
    window = int(now // WINDOW_SECONDS)
    return 0.9 + 0.2 * seeded(run.seed ^ window).random()


def cpu_of(run: Run, now: float) -> int:
    """Millicores."""
    return round(run.behaviour.cpu * _wobble(run, now))


def memory_of(run: Run, now: float) -> int:
    """The working set, bytes."""
    leaked = run.growth * max(0.0, now - run.leak_from) / 60
    return int((run.base_mib * _wobble(run, now + WINDOW_SECONDS / 2) + leaked) * 2**20)
