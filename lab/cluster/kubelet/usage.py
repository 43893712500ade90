"""What containers use, as metrics-server reports it."""

from lab.cluster.kubelet.state import Run, Runtime, Spell
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
    surges = enumerate(run.behaviour.surges)
    more = sum(surge.cpu for number, surge in surges if _spell(run, number).holds)
    return round((run.behaviour.cpu + more) * _wobble(run, now))


def memory_of(run: Run, now: float) -> int:
    """The working set, bytes."""
    return int((run.base_mib * _wobble(run, now + WINDOW_SECONDS / 2) + leaked(run, now)) * 2**20)


def leaked(run: Run, now: float) -> float:
    """MiB that have leaked: all the time, and while conditions held."""
    surges = enumerate(run.behaviour.surges)
    by_surges = sum(surge.growth_per_minute * _spell(run, number).seconds(now) for number, surge in surges)
    return (run.growth * max(0.0, now - run.leak_from) + by_surges) / 60


def _spell(run: Run, number: int) -> Spell:
    return run.spells.get(f"surge:{number}", Spell())
