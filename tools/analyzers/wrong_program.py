"""A container that runs another workload's program: its command is not its own, and its siblings show the rule."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.actions import Action, SetCommand
from domain.base import Json
from domain.cluster import Ref
from domain.diagnosis import Cause
from tools.analyzers.complaints import RECENT_SECONDS, recent_lines
from tools.analyzers.logs import is_error, trouble_of
from tools.analyzers.objects import Workload, changed_at, dig
from tools.analyzers.revisions import roll_back
from tools.analyzers.suspicion import Directness, Suspicion, seen, suspect
from tools.analyzers.wiring import Wiring
from tools.snapshot import Snapshot

_LEAST_SIBLINGS = 3
"""Others of the same image that must all follow the rule."""
_KINDS = ("Deployment", "StatefulSet", "DaemonSet")


@dataclass(frozen=True)
class _Runs:
    """What one container of a workload runs."""

    workload: Workload
    container: str
    program: str
    command: tuple[str, ...]

    @property
    def names(self) -> Mapping[str, str]:
        """What the workload is called: its name under the empty key, and the values of its labels."""
        labels = dig(self.workload.template, "metadata", "labels") or {}
        return {"": self.workload.ref.name, **{str(key): str(value) for key, value in labels.items()}}


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each container whose program belongs to one of its siblings."""
    wiring = Wiring.of(snapshot)
    for group in _by_image(wiring).values():
        for rule in dict.fromkeys(key for one in group for key in one.names):
            strangers = [one for one in group if one.names.get(rule) != one.program]
            if len(strangers) != 1 or len(group) <= _LEAST_SIBLINGS or rule not in strangers[0].names:
                continue
            [stranger] = strangers
            twin = next((one for one in group if one is not stranger and one.program == stranger.program), None)
            if twin is not None:
                yield _case(wiring, stranger, twin, stranger.names[rule])
                break


def _by_image(wiring: Wiring) -> Mapping[str, list[_Runs]]:
    groups: dict[str, list[_Runs]] = defaultdict(list)
    for workload in wiring.workloads:
        for container in workload.pod_spec.get("containers") or () if workload.ref.kind in _KINDS else ():
            command = tuple(map(str, container.get("command") or ()))
            if command:
                program = command[0].rsplit("/", 1)[-1]
                groups[str(container.get("image"))].append(
                    _Runs(workload, str(container["name"]), program, command)
                )
    return groups


def _case(wiring: Wiring, stranger: _Runs, twin: _Runs, own: str) -> Suspicion:
    snapshot, ref = wiring.snapshot, stranger.workload.ref
    callers = _complaining(wiring, ref)
    command = " ".join(stranger.command)
    findings = [
        seen(snapshot, ref, f"Container {stranger.container} runs `{command}`, as {twin.workload.ref.name} does."),
        seen(snapshot, ref, "All other workloads of this image run the program that has their own name."),
    ]
    findings += [seen(snapshot, caller, f"{caller.name} has trouble since.") for caller in callers[:2]]
    if (port := _other_port(stranger, twin)) is not None:
        findings.append(
            seen(snapshot, ref, f"{ref.name} is meant to listen on {port[0]}; that program uses {port[1]}.")
        )
    return suspect(
        Cause.BAD_COMMAND,
        ref,
        f"{ref.name} runs `{command}`, which is the program of {twin.workload.ref.name}; so nobody does the"
        f" work of {ref.name}.",
        findings,
        confidence=0.93,
        actions=(*roll_back(stranger.workload, ("*", stranger.container, "command")), *_back(stranger, own)),
        affected=[*wiring.dependents_of(ref), *callers],
        directness=Directness.INFERRED,
        changed_at=changed_at(stranger.workload.object),
    )


def _back(stranger: _Runs, own: str) -> tuple[Action, ...]:
    """The command with the workload's own program in the place of the other."""
    first = stranger.command[0]
    command = (first[: len(first) - len(stranger.program)] + own, *stranger.command[1:])
    return (SetCommand(target=stranger.workload.ref, container=stranger.container, command=command),)


def _complaining(wiring: Wiring, stranger: Ref) -> list[Ref]:
    """Who has had errors of calls lately, while the stranger has been there: they may be its callers."""
    found = []
    for workload in wiring.workloads:
        if workload.ref != stranger:
            lines = [line for _, line in recent_lines(wiring.snapshot, workload, RECENT_SECONDS)]
            if any(is_error(line) and trouble_of(line) for line in lines):
                found.append(workload.ref)
    return found


def _other_port(stranger: _Runs, twin: _Runs) -> tuple[int, int] | None:
    mine, other = _port(stranger), _port(twin)
    return (mine, other) if mine and other and mine != other else None


def _port(runs: _Runs) -> int | None:
    containers: list[Json] = runs.workload.pod_spec.get("containers") or []
    ports = next((c.get("ports") or () for c in containers if c["name"] == runs.container), ())
    return next((int(port["containerPort"]) for port in ports), None)
