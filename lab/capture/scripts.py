"""What a workload's containers do, read from how its pods fared: annotations for its pod template."""

import re
from collections.abc import Iterator
from typing import Final

from domain.base import Json
from lab.capture.seen import Seen, inner, instant
from lab.cluster.scripted import PREFIX

LINES: Final = 12
"""Of a log; the newest, and each once."""
BAD_ANSWER: Final = re.compile(r"Readiness probe failed: HTTP probe failed with statuscode: (\d{3})")
UNREADY: Final = "86400"
"""Seconds until a program listens that never did."""


def calm(template: Json) -> dict[str, str]:
    """Annotations for a revision that ran: its init containers came to an end."""
    return {f"{PREFIX}exit-code.{each['name']}": "0" for each in inner(template, "spec", "initContainers") or ()}


def notes_of(seen: Seen, workload: Json) -> dict[str, str]:
    """Annotations for the pod template, by the pod that fared worst: others may be of an older revision."""
    pods = sorted(seen.pods_of(workload), key=lambda pod: (_trouble(pod), pod["metadata"]["creationTimestamp"]))
    return {} if not pods else dict(_notes(seen, pods[-1]))


def _trouble(pod: Json) -> int:
    """How badly a pod fares: restarts and what keeps it from being ready."""
    statuses = inner(pod, "status", "containerStatuses") or ()
    return sum(status.get("restartCount", 0) + 2 * (not status.get("ready")) for status in statuses)


def _notes(seen: Seen, pod: Json) -> Iterator[tuple[str, str]]:
    for status in inner(pod, "status", "initContainerStatuses") or ():
        ended = inner(status, "state", "terminated") or inner(status, "lastState", "terminated")
        if ended is not None:  # what it waited for or prepared may not be in the lab
            said = _end(seen, ended, f"{pod['metadata']['name']}/{status['name']}")
            yield from ((f"{PREFIX}{word}.{status['name']}", value) for word, value in said)
    for status in inner(pod, "status", "containerStatuses") or ():
        said = _said(seen, pod, status, f"{pod['metadata']['name']}/{status['name']}")
        yield from ((f"{PREFIX}{word}.{status['name']}", value) for word, value in said)


def _said(seen: Seen, pod: Json, status: Json, key: str) -> Iterator[tuple[str, str]]:
    waiting = inner(status, "state", "waiting") or {}
    ended = inner(status, "lastState", "terminated") or inner(status, "state", "terminated")
    if waiting.get("reason") in ("ErrImagePull", "ImagePullBackOff"):
        yield "pull", "denied" if "denied" in (waiting.get("message") or "") else "missing"
        return
    if key in seen.memory:
        yield "memory", seen.memory[key]
    if ended is not None and ended.get("reason") == "StartError":
        yield "commands", "none"
        return
    if _killed_by_a_probe(seen, pod):
        yield "ready-after", UNREADY
        return
    if ended is not None and (waiting.get("reason") == "CrashLoopBackOff" or status.get("restartCount", 0) > 1):
        yield from _end(seen, ended, key)
        return
    if lines := _log(seen, key):
        yield "log", "\n".join(lines)
    if not status.get("ready") and inner(status, "state", "running"):
        answers = _answers(seen, pod, status["name"])
        yield ("answers", answers) if answers else ("ready-after", UNREADY)


def _answers(seen: Seen, pod: Json, container: str) -> str:
    """What the paths of its probes answer, where the kubelet says that it got a bad answer; else empty."""
    said = [event.get("message") or "" for event in seen.of("Event") if _is_about(event, pod)]
    codes = [found[1] for text in said if (found := BAD_ANSWER.search(text)) is not None]
    spec = next(each for each in pod["spec"]["containers"] if each["name"] == container)
    ready = inner(spec, "readinessProbe", "httpGet", "path")
    if not codes or ready is None:
        return ""
    others = (inner(spec, probe, "httpGet", "path") for probe in ("livenessProbe", "startupProbe"))
    told = {path: "200" for path in others if path} | {ready: codes[-1]}
    return " ".join(f"{path}={code}" for path, code in told.items())


def _is_about(event: Json, pod: Json) -> bool:
    return bool(inner(event, "involvedObject", "name") == pod["metadata"]["name"])


def _killed_by_a_probe(seen: Seen, pod: Json) -> bool:
    said = (event.get("message") or "" for event in seen.of("Event") if _is_about(event, pod))
    return any(text.startswith(("Liveness probe failed", "Startup probe failed")) for text in said)


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
