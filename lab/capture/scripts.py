"""What a workload's containers do, read from how its pods fared: annotations for its pod template."""

from collections.abc import Iterator
from typing import Final

from domain.base import Json
from lab.capture.seen import Seen, inner, instant
from lab.cluster.scripted import PREFIX

LINES: Final = 12
"""Of a log; the newest, and each once."""
UNREADY: Final = "86400"
"""Seconds until a program listens that never did."""


def notes_of(seen: Seen, workload: Json) -> dict[str, str]:
    """Annotations for the pod template, by the pod that fared worst: others may be of an older revision."""
    pods = sorted(seen.pods_of(workload), key=lambda pod: (_trouble(pod), pod["metadata"]["creationTimestamp"]))
    return {} if not pods else dict(_notes(seen, pods[-1]))


def _trouble(pod: Json) -> int:
    """How badly a pod fares: restarts and what keeps it from being ready."""
    statuses = inner(pod, "status", "containerStatuses") or ()
    return sum(status.get("restartCount", 0) + 2 * (not status.get("ready")) for status in statuses)


def _notes(seen: Seen, pod: Json) -> Iterator[tuple[str, str]]:
    for status in inner(pod, "status", "containerStatuses") or ():
        name, key = status["name"], f"{pod['metadata']['name']}/{status['name']}"
        said = [*_said(seen, pod, status, key)]
        yield from ((f"{PREFIX}{word}.{name}", value) for word, value in said)


def _said(seen: Seen, pod: Json, status: Json, key: str) -> Iterator[tuple[str, str]]:
    waiting = inner(status, "state", "waiting") or {}
    ended = inner(status, "lastState", "terminated") or inner(status, "state", "terminated")
    if waiting.get("reason") in ("ErrImagePull", "ImagePullBackOff"):
        yield "pull", "denied" if "denied" in (waiting.get("message") or "") else "missing"
        return
    if key in seen.memory:
        yield "memory", seen.memory[key]
    if ended is not None and (waiting.get("reason") == "CrashLoopBackOff" or status.get("restartCount", 0) > 1):
        yield from _end(seen, ended, key)
        return
    if lines := _log(seen, key):
        yield "log", "\n".join(lines)
    if not status.get("ready") and inner(status, "state", "running"):
        yield "ready-after", UNREADY


def _end(seen: Seen, ended: Json, key: str) -> Iterator[tuple[str, str]]:
    """An end comes again; the kernel's is left to the kernel, for it follows from the memory."""
    if ended.get("reason") == "OOMKilled":
        yield "memory-growth", "6Gi"
        return
    lines = _log(seen, f"{key}#previous") or _log(seen, key)
    yield "exit-code", str(ended.get("exitCode", 1))
    if ended.get("startedAt") and ended.get("finishedAt"):
        lived = (instant(ended["finishedAt"]) - instant(ended["startedAt"])).total_seconds()
        yield "exit-after", f"{max(1.0, lived):g}"
    if lines:
        yield "last-words", "\n".join(lines)


def _log(seen: Seen, key: str) -> list[str]:
    """The newest lines, each once: a log repeats itself."""
    return list(dict.fromkeys(line for line in seen.logs.get(key, ()) if line.strip()))[-LINES:]
