"""A container's command cannot be started: no such file, or not executable."""

import re
from collections.abc import Iterator

from domain.diagnosis import Cause
from tools.analyzers.containers import Container, containers_of, is_failing, last_words
from tools.analyzers.logs import clean, telling
from tools.analyzers.objects import Workload, ref_of, workloads
from tools.analyzers.revisions import last_change, roll_back
from tools.analyzers.suspicion import Suspicion, seen, suspect
from tools.snapshot import Snapshot

_REASONS = frozenset({"StartError", "ContainerCannotRun", "RunContainerError"})
_EXEC = re.compile(
    r"executable file not found|no such file or directory|permission denied|exec format error"
    r"|unable to start container process|OCI runtime create failed",
    re.IGNORECASE,
)
_SHELL = re.compile(
    r"not found|no such file|permission denied|cannot execute|exec format|can't open", re.IGNORECASE
)
_SHELL_CODES = frozenset({126, 127})


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each container whose process never came to be."""
    for workload in workloads(snapshot):
        for container in containers_of(snapshot, workload):
            said = _start_error(snapshot, container)
            if said is not None:
                yield _case(snapshot, workload, container, said)


def start_failed(snapshot: Snapshot, container: Container) -> bool:
    """Whether the container fails before its process runs."""
    return _start_error(snapshot, container) is not None


def _start_error(snapshot: Snapshot, container: Container) -> str | None:
    ended = container.ended
    failing = is_failing(snapshot, container) or container.reason in _REASONS
    if not failing:
        return None
    for said in (container.message, str(ended.get("message") or "")):
        if _EXEC.search(said) and (container.reason in _REASONS or ended.get("reason") in _REASONS):
            return said
    if ended.get("reason") in _REASONS:
        return str(ended.get("message") or ended["reason"])
    if ended.get("exitCode") in _SHELL_CODES:
        last = telling(last_words(snapshot, container))
        return last if last and _SHELL.search(last) else None
    return None


def _case(snapshot: Snapshot, workload: Workload, container: Container, said: str) -> Suspicion:
    command = " ".join(
        str(w) for w in (*(container.spec.get("command") or ()), *(container.spec.get("args") or ()))
    )
    change = last_change(workload)
    repair = roll_back(workload, ("*", container.name, "command"), ("*", container.name, "args")) or roll_back(
        workload, ("*", container.name, "image")
    )
    pod = ref_of(snapshot, "Pod", container.pod)
    findings = [seen(snapshot, pod, f"Container {container.name} cannot be started: {_core(said)}")]
    if command:
        findings.append(
            seen(snapshot, workload.ref, f"Container {container.name} is told to run `{clean(command)}`.")
        )
    if repair:
        findings.append(seen(snapshot, workload.ref, "The last revision changed what the container runs."))
    wrong = f"its command `{clean(command, 80)}`" if command else "the image's own command"
    return suspect(
        Cause.BAD_COMMAND,
        workload.ref,
        f"{workload.ref.name} cannot start because {wrong} cannot be executed: {_core(said)}.",
        findings,
        confidence=0.95,
        actions=repair,
        changed_at=change.made_at if change and repair else None,
    )


def _core(said: str) -> str:
    """The runtime's errors nest; the innermost part, from `exec:` on, is what a person needs."""
    return clean(said[said.rfind("exec:") :] if "exec:" in said else said)
