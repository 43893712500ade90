"""Which container logs a snapshot takes, and their last lines."""

import asyncio
from collections.abc import Iterator, Mapping

from domain.base import Json
from domain.errors import AoiError, ClusterNotFound, ClusterRejected
from tools.analyzers.containers import Container, containers
from tools.analyzers.objects import dig, name_of
from tools.cluster.reader import Reader
from tools.snapshot import LogKey

TROUBLED_LINES = 60
CALM_LINES = 40
MAX_TROUBLED = 40
"""Containers in trouble whose logs are read."""
MAX_CALM = 60
"""Running pods whose main container is read too: callers' logs tell of dependencies that are broken."""


def wanted(pods: tuple[Json, ...]) -> Mapping[LogKey, int]:
    """The logs to take and how many lines of each, containers in trouble first."""
    troubled = [c for pod in pods for c in containers(pod) if in_trouble(c)][:MAX_TROUBLED]
    tails: dict[LogKey, int] = {key: TROUBLED_LINES for c in troubled for key in _instances(c)}
    calm = [main for pod in pods if (main := _main(pod)) is not None and main.running]
    for container in calm[:MAX_CALM]:
        tails.setdefault((name_of(container.pod), container.name, False), CALM_LINES)
    return tails


async def take(
    reader: Reader, namespace: str, keys: Mapping[LogKey, int]
) -> tuple[dict[LogKey, tuple[str, ...]], AoiError | None]:
    """The logs that are there, and the error when logs could not be read at all."""
    answers = await asyncio.gather(*(_tail(reader, namespace, key, lines) for key, lines in keys.items()))
    logs = {key: a for key, a in zip(keys, answers, strict=True) if isinstance(a, tuple) and a}
    return logs, next((answer for answer in answers if isinstance(answer, AoiError)), None)


def in_trouble(container: Container) -> bool:
    """Whether it waits, is not ready, has restarted, or ended badly. A finished init container is well."""
    ended = dig(container.status, "state", "terminated")
    if container.restarts or container.waiting:
        return True
    if ended is not None:
        return bool(ended.get("exitCode") != 0)
    return not container.ready and (container.running or not container.init)


def _instances(container: Container) -> Iterator[LogKey]:
    name = name_of(container.pod)
    if container.running or container.ended:
        yield name, container.name, False
    if container.restarts and dig(container.status, "lastState", "terminated"):
        yield name, container.name, True


def _main(pod: Json) -> Container | None:
    return next((c for c in containers(pod) if not c.init), None)


async def _tail(reader: Reader, namespace: str, key: LogKey, lines: int) -> tuple[str, ...] | AoiError:
    pod, container, previous = key
    try:
        return await reader.log(namespace, pod, container, previous, lines, timestamps=True)
    except (ClusterNotFound, ClusterRejected):
        return ()  # The pod went, or that instance left no log.
    except AoiError as e:
        return e
