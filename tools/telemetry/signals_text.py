"""Signals joined to a snapshot, and as a page of text for the artifact that findings cite."""

from collections.abc import Iterator
from dataclasses import replace

from domain.evidence import Artifact
from tools.read.words import table
from tools.signals import Course, Requests, Signals
from tools.snapshot import Snapshot

_MEBI = 2**20


def joined(snapshot: Snapshot, artifact: Artifact, signals: Signals | None) -> tuple[Snapshot, Artifact]:
    """The snapshot with its signals, and one artifact that holds both."""
    if signals is None:
        return snapshot, artifact
    both = Artifact.of(artifact.probe, f"{artifact.text}\n\n{told(signals)}", artifact.taken_at)
    return replace(snapshot, signals=signals, artifact=both.id), both


def told(signals: Signals) -> str:
    """Now and usual figures of every service and pod, and what the traces showed."""
    rows: list[tuple[str, ...]] = [
        ("SERVICE", "ROUTE", "REQUESTS/S", "USUAL", "FAILED", "USUAL", "MEAN", "USUAL", "P95", "USUAL")
    ]
    for service in signals.services.values():
        times = (*_pair(service.seconds, "{:.3f}s"), *_pair(service.slowest, "{:.3f}s"))
        rows.append((service.name, "", *_requests(service.requests), *times))
        rows += [("", route, *_requests(each), "", "", "", "") for route, each in service.routes.items()]
    pods: list[tuple[str, ...]] = [("POD", "CORES", "USUAL", "MEMORY", "USUAL")]
    for pod in signals.pods.values():
        memory = Course(*(tuple(v / _MEBI for v in part) for part in (pod.memory.lately, pod.memory.before)))
        pods.append((pod.name, *_pair(pod.cpu, "{:.3f}"), *_pair(memory, "{:.0f}Mi")))
    blocks = [table(rows), table(pods), *_traced(signals), *signals.missing]
    return "\n\n".join(["Signals of the last minutes and of the hour before", *blocks])


def _requests(requests: Requests) -> tuple[str, ...]:
    return (*_pair(requests.rate, "{:.2f}"), *_pair(requests.failed, "{:.2f}"))


def _pair(course: Course, form: str) -> tuple[str, str]:
    usual = course.usual
    return form.format(course.now) if course.lately else "-", "-" if usual is None else form.format(usual)


def _traced(signals: Signals) -> Iterator[str]:
    for queue in signals.queues:
        yield f"queue {queue.name} {queue.group}: {queue.waiting.now:.0f}, usually {queue.waiting.usual or 0:.0f}"
    for failure in signals.failures:
        way = " → ".join((*reversed(failure.above), failure.service))
        words = f": {failure.error}" if failure.error else ""
        yield f"{failure.traces} traces fail first at {way} {failure.operation} {failure.peer}".rstrip() + words
    for delay in signals.delays:
        way = " → ".join((*reversed(delay.above), delay.service, *filter(None, (delay.callee,))))
        yield f"{delay.traces} slow traces lose {delay.seconds:.2f} s at {way} {delay.operation}"
