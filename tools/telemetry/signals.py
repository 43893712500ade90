"""The signals of a namespace, by a handful of queries over all of it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from domain.errors import AoiError
from tools.signals import Course, Pod, Queue, Requests, Service, Signals
from tools.telemetry import journeys
from tools.telemetry.conventions import CONVENTIONS, Convention
from tools.telemetry.prometheus import Prometheus
from tools.telemetry.servers import Servers
from tools.telemetry.windows import Asked, Labels, Windows, courses

TIMEOUT_SECONDS = 15.0
"""Wall time for all questions to one server: people wait for the first answer."""
SHARE = 0.95
PLACES = ("pod", "service", "job")
"""Labels that say what a metric is about, the most exact first."""
LAGS = (
    "kafka_consumergroup_lag",
    "kafka_consumer_group_lag",
    "kafka_consumer_records_lag_max",
    "rabbitmq_queue_messages_ready",
    "redis_stream_group_lag",
)
"""How exporters, OpenTelemetry's receivers and clients name waiting messages."""
QUEUES = ("topic", "queue", "stream")
GROUPS = ("consumergroup", "group", "client_id")
Answers = dict[Labels, Course]


async def take(servers: Servers, namespace: str, windows: Windows) -> Signals | None:
    """What the servers tell, and in `missing` what they do not; `None` without servers. Never raises."""
    if servers.prometheus is None and servers.jaeger is None:
        return None
    signals = Signals(windows.window)
    if (prometheus := servers.prometheus) is not None:
        signals = await _guarded(signals, "Metrics", _measured(prometheus, namespace, windows))
    if servers.jaeger is not None:
        signals = await _guarded(signals, "Traces", journeys.traced(servers.jaeger, namespace, windows, signals))
    return signals


async def _guarded(known: Signals, what: str, asked: Awaitable[Signals]) -> Signals:
    """The answer; what was known before, with a sentence about the failure, when there is none in time."""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            return await asked
    except AoiError as e:
        why = str(e)
    except TimeoutError:
        why = f"they took longer than {TIMEOUT_SECONDS:g} s."
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as e:
        # A server of another make may answer in any shape, and that must not end an investigation.
        why = f"the answer has an odd shape ({type(e).__name__})."
    return replace(known, missing=(*known.missing, f"{what} could not be read: {why}"))


async def _measured(prometheus: Prometheus, namespace: str, windows: Windows) -> Signals:
    (convention, rates), pods, queues = await asyncio.gather(
        _spoken(prometheus, namespace, windows),
        pods_of(prometheus, namespace, windows),
        _queues(prometheus, namespace, windows),
    )
    missing = [] if convention else [f"Prometheus has no request metrics of services in namespace {namespace}."]
    missing += [] if pods else [f"Prometheus has no metrics of the containers in namespace {namespace}."]
    services = await _services(prometheus, namespace, windows, convention, rates) if convention else {}
    return Signals(windows.window, services, pods, queues, missing=tuple(missing))


async def pods_of(prometheus: Prometheus, namespace: str, windows: Windows) -> Mapping[str, Pod]:
    """CPU and memory, under cAdvisor's names; series without a container are sums over the others."""
    within = f'{{namespace="{namespace}",container!=""}}'
    queries = (
        f"sum by (pod) (rate(container_cpu_usage_seconds_total{within}WINDOW))",
        f"sum by (pod) (container_memory_working_set_bytes{within})",
    )
    cpu, memory = await asyncio.gather(*(courses(prometheus, windows, Asked(each, ("pod",))) for each in queries))
    return {key[0]: Pod(key[0], cpu.get(key, Course()), memory.get(key, Course())) for key in cpu | memory}


async def _queues(prometheus: Prometheus, namespace: str, windows: Windows) -> tuple[Queue, ...]:
    labels = (*QUEUES, *GROUPS, *PLACES)
    query = " or ".join(f'sum by ({", ".join(labels)}) ({name}{{namespace="{namespace}"}})' for name in LAGS)
    found = await courses(prometheus, windows, Asked(query, labels))
    return tuple(_queue(key, course) for key, course in found.items())


async def _spoken(prometheus: Prometheus, namespace: str, windows: Windows) -> tuple[Convention | None, Answers]:
    """The convention that has data, with the rates by service and route."""
    answers = await asyncio.gather(
        *(
            courses(prometheus, windows, Asked(each.rate(namespace, "WINDOW", by_route=True), _labels(each)))
            for each in CONVENTIONS
        )
    )
    return next(((each, found) for each, found in zip(CONVENTIONS, answers, strict=True) if found), (None, {}))


def _labels(convention: Convention) -> Labels:
    return (convention.service, convention.route) if convention.route else (convention.service,)


async def _services(
    prometheus: Prometheus, namespace: str, windows: Windows, spoken: Convention, rates: Answers
) -> Mapping[str, Service]:
    failed, seconds, slowest = await asyncio.gather(
        *(
            courses(prometheus, windows, asked)
            for asked in (
                Asked(
                    spoken.rate(namespace, "WINDOW", failed=True, by_route=True), _labels(spoken), everywhere=True
                ),
                Asked(spoken.mean(namespace, "WINDOW"), (spoken.service,), spoken.seconds),
                Asked(spoken.latency(namespace, "WINDOW", SHARE), (spoken.service,), spoken.seconds),
            )
        )
    )
    found: dict[str, Service] = {}
    for name in dict.fromkeys(key[0] for key in rates):
        routes = {
            key[1]: Requests(course, failed.get(key, Course()))
            for key, course in rates.items()
            if key[0] == name and len(key) > 1 and key[1]
        }
        whole = Requests(_sum(rates, name), _sum(failed, name))
        found[name] = Service(name, whole, seconds.get((name,), Course()), slowest.get((name,), Course()), routes)
    return found


def _sum(answers: Answers, name: str) -> Course:
    mine = [course for key, course in answers.items() if key[0] == name]

    def part(which: Callable[[Course], tuple[float, ...]]) -> tuple[float, ...]:
        """Added from the newest back: a series that is younger lacks the oldest windows."""
        parts = [which(course)[::-1] for course in mine]
        longest = max(map(len, parts), default=0)
        return tuple(sum(each[at] for each in parts if at < len(each)) for at in range(longest))[::-1]

    return Course(part(lambda c: c.lately), part(lambda c: c.before))


def _queue(key: Labels, waiting: Course) -> Queue:
    """By the values of `QUEUES`, `GROUPS` and `PLACES`, in this order."""
    queues, groups = key[: len(QUEUES)], key[len(QUEUES) : -len(PLACES)]
    name, group = (next(filter(None, part), "") for part in (queues, groups))
    return Queue(name, group, waiting, tuple(filter(None, key[-len(PLACES) :])))
