"""Messages pile up faster than they are consumed."""

from collections.abc import Iterator

from domain.cluster import Ref, Severity
from domain.diagnosis import Cause
from tools.analyzers.objects import Workload, name_of
from tools.analyzers.signals_graph import Graph
from tools.analyzers.suspicion import Directness, Suspicion, seen, suspect
from tools.deviations import risen
from tools.signals import Queue
from tools.snapshot import Snapshot

_WORSE = 3.0
_MESSAGES = 100.0
_BROKERS = ("kafka", "redpanda", "rabbitmq", "activemq", "artemis", "pulsar", "nats", "redis", "valkey")
"""Words in the images of servers that keep messages."""


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each broker with a queue that grows."""
    graph = Graph.of(snapshot)
    by_broker: dict[Ref, list[Queue]] = {}
    for queue in graph.signals.queues:
        if _is_growing(queue):
            by_broker.setdefault(_broker(graph, queue), []).append(queue)
    for broker, queues in by_broker.items():
        yield _case(graph, broker, sorted(queues, key=lambda queue: -queue.waiting.now))


def _is_growing(queue: Queue) -> bool:
    waiting = queue.waiting
    if waiting.usual is None:
        return waiting.now >= _MESSAGES and waiting.now > waiting.lately[0]
    return risen(waiting, _WORSE, _MESSAGES) is not None and waiting.now >= waiting.lately[0]


def _broker(graph: Graph, queue: Queue) -> Ref:
    """What the metric is about when that is a broker, else the one broker of the namespace, else what it names."""
    named = [w for place in queue.places for w in _named(graph, place)]
    brokers = [w for w in named if _is_broker(w)] or [w for w in graph.wiring.workloads if _is_broker(w)]
    found = brokers[:1] or named[:1]
    return found[0].ref if found else Ref(kind="Namespace", name=graph.snapshot.namespace)


def _named(graph: Graph, place: str) -> Iterator[Workload]:
    for workload in graph.wiring.workloads:
        if place == workload.ref.name or any(name_of(pod) == place for pod in workload.pods):
            yield workload
    backing = graph.wiring.backings.get(place)
    yield from backing.workloads if backing else ()


def _is_broker(workload: Workload) -> bool:
    images = [str(each.get("image") or "").lower() for each in workload.pod_spec.get("containers") or ()]
    return any(word in image and "exporter" not in image for image in images for word in _BROKERS)


def _case(graph: Graph, broker: Ref, queues: list[Queue]) -> Suspicion:
    worst = queues[0]
    what = f"queue {worst.name}" if worst.name else "its queue"
    whom = f" for {worst.group}" if worst.group else ""
    usual = worst.waiting.usual or 0.0
    text = f"{worst.waiting.now:.0f} messages wait in {what}{whom}, usually {usual:.0f}, and they become more"
    consumers = [w.ref for queue in queues for w in _named(graph, queue.group) if w.ref != broker]
    return suspect(
        Cause.QUEUE_LAG,
        broker,
        f"{text}: they are produced faster than they are consumed.",
        [seen(graph.snapshot, broker, f"{text}.", Severity.WARNING)],
        confidence=0.7,
        affected=consumers,
        directness=Directness.INFERRED,
        follows=True,
    )
