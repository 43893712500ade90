"""What pods use now beside what they usually use: the healthy baseline of the probe `usage`."""

from collections.abc import Iterator
from datetime import datetime

from domain.cluster import Ref, Severity
from domain.probes import Usage
from tools.deviations import CPU_CORES, CPU_WORSE, MEMORY_BYTES, MEMORY_WORSE, risen
from tools.read.outcome import Observation, Outcome, count, observe
from tools.read.words import table
from tools.signals import Course, Pod
from tools.telemetry.promql import NOT_CONFIGURED
from tools.telemetry.servers import Servers
from tools.telemetry.signals import pods_of
from tools.telemetry.windows import Windows

_MEBI = 2**20
_HEAD = ("POD", "CORES", "USUAL", "MEMORY", "USUAL")


async def run(servers: Servers, call: Usage, now: datetime) -> Outcome:
    """One row a pod; what rose far above its usual is what matters."""
    if servers.prometheus is None:
        return Outcome(NOT_CONFIGURED)
    pods = await pods_of(servers.prometheus, call.namespace, Windows(now.timestamp()))
    if not pods:
        return Outcome(f"Prometheus has no metrics of the containers in namespace {call.namespace}.")
    seen = tuple(o for pod in pods.values() for o in _risen(call.namespace, pod))
    rows = (
        (pod.name, *_pair(pod.cpu, 1, "{:.3f}"), *_pair(pod.memory, _MEBI, "{:.0f}Mi")) for pod in pods.values()
    )
    note = f"{count(len(pods), 'pod')} beside the hour before, {count(len(seen), 'rise')}."
    return Outcome(note.capitalize(), table((_HEAD, *rows)), seen)


def _risen(namespace: str, pod: Pod) -> Iterator[Observation]:
    ref = Ref(kind="Pod", name=pod.name, namespace=namespace)
    if risen(pod.cpu, CPU_WORSE, CPU_CORES) is not None:
        text = f"It uses {pod.cpu.now:.2f} cores; in the hour before usually {pod.cpu.usual or 0:.2f}."
        yield observe(Severity.WARNING, ref, text)
    if risen(pod.memory, MEMORY_WORSE, MEMORY_BYTES) is not None:
        sizes = (f"{value / _MEBI:.0f}Mi" for value in (pod.memory.now, pod.memory.usual or 0.0))
        yield observe(Severity.WARNING, ref, "It uses {} of memory; in the hour before usually {}.".format(*sizes))


def _pair(course: Course, unit: int, form: str) -> tuple[str, str]:
    now = form.format(course.now / unit) if course.lately else "-"
    return now, "-" if course.usual is None else form.format(course.usual / unit)
