"""What containers wrote, worked out when somebody reads it: from a run's seed, its times, and what happened."""

from collections.abc import Iterator

from lab.cluster.behaviour import Periodic
from lab.cluster.context import Context
from lab.cluster.dependencies import Call
from lab.cluster.errors import ApiError
from lab.cluster.kubelet.state import CallRecord, ContainerState, Phase, Run, Runtime
from lab.cluster.kubelet.templates import fill, values_of
from lab.cluster.ports import LogLine, Object
from lab.cluster.randomness import seeded

LONGEST = 20_000
"""Lines kept of one run; the node rotates older ones away."""


class LogReader:
    """Reads logs as the kubelet serves them."""

    def __init__(self, context: Context, runtime: Runtime) -> None:
        self._clock, self._runtime = context.clock, runtime

    def read(self, pod: Object, container: str, previous: bool) -> list[LogLine]:
        """Lines of the last run, or of the one before. Raises ApiError 400 (validateContainerLogStatus)."""
        state = self._runtime.container(pod, container)
        name = pod["metadata"]["name"]
        if state is None:
            raise ApiError.bad_request(_waiting(container, name, _reason(pod, container)))
        spec = _spec(pod, container)
        if previous:
            run = state.run if state.phase is Phase.WAITING else state.previous
            if run is None or run.running:
                raise ApiError.bad_request(
                    f'previous terminated container "{container}" in pod "{name}" not found'
                )
        else:
            run = state.run
            if run is None:
                raise ApiError.bad_request(_waiting(container, name, state.waiting_reason))
        return self.lines(pod, spec, run)

    def lines(self, pod: Object, spec: Object, run: Run) -> list[LogLine]:
        """Everything one run has written so far."""
        until = self._clock.now() if run.finished_at is None else run.finished_at
        found = list(run.said)
        if run.script is None and run.reason != "StartError":
            found += self._program(pod, spec, run, until)
        found.sort(key=lambda line: line.at)
        return found[-LONGEST:]

    def tail(self, pod: Object, state: ContainerState, spec: Object) -> str:
        """The end of the log, as a termination message falls back on it: 80 lines, 2048 characters."""
        if state.run is None:
            return ""
        lines = self.lines(pod, spec, state.run)[-80:]
        return "\n".join(line.text for line in lines)[-2048:]

    def _program(self, pod: Object, spec: Object, run: Run, until: float) -> Iterator[LogLine]:
        log = run.behaviour.log

        def line(at: float, template: str, **more: str) -> Iterator[LogLine]:
            # Seeded by the line itself, so that a line reads the same whenever it is read.
            rng = seeded(f"{run.seed}:{at}:{template}")
            filled = fill(template, values_of(pod, spec, run, rng) | more, run.env, at)
            return (LogLine(at, each) for each in filled.splitlines())

        start = run.leak_from or run.started_at
        for each in log.start:
            yield from line(start, each)
        listened = run.start_checked and run.listens_from <= until
        if listened:
            for each in log.ready:
                yield from line(run.listens_from, each)
            for periodic in run.periodic:
                for at, template in _ticks(periodic, run, until):
                    yield from line(at, template)
        for call in run.behaviour.calls:
            record = run.calls.get(call.name)
            if record is not None and record.changes:
                for at, template, address, error in _call_lines(call, record, run, until):
                    yield from line(at, template, name=call.name, address=address, error=error)
        if run.stop_asked_at is not None and run.stop_asked_at <= until:
            for each in log.stop:
                yield from line(run.stop_asked_at, each)


def _ticks(periodic: Periodic, run: Run, until: float) -> Iterator[tuple[float, str]]:
    """Times and templates of a periodic line; tick n comes up to `jitter` of a period late."""
    step, first = periodic.seconds, run.listens_from
    spell = run.spells.get(spell_name(periodic)) if periodic.when is not None and periodic.when.changes else None
    oldest = max(1, int((until - first) / step) - LONGEST)
    for number in range(oldest, int((until - first) / step) + 1):
        late = seeded(run.seed * 1_000_003 + number).random() * periodic.jitter * step
        at = first + number * step + late
        if at <= until and (spell is None or spell.held_at(at)):
            yield at, periodic.lines[number % len(periodic.lines)]


def spell_name(periodic: Periodic) -> str:
    """Under which a run keeps when a periodic line's condition held."""
    return f"log:{periodic.lines[0]}"


def _call_lines(call: Call, record: CallRecord, run: Run, until: float) -> Iterator[tuple[float, str, str, str]]:
    """Time, template, address and error: a line for each period of a failure, one when it is over."""
    failure = run.behaviour.call_failed if call.failed is None else call.failed
    ends = [at for at, _, _ in record.changes[1:]] + [until]
    failed = False
    for (since, error, address), end in zip(record.changes, ends, strict=True):
        if error is not None:
            failed = True
            told = failure if call.rejected is None or error not in record.answers else call.rejected
            for number in range(min(int((end - since) / call.every_seconds) + 1, LONGEST)):
                yield since + number * call.every_seconds, told, address, error
        elif failed and call.recovered is not None:
            yield since, call.recovered, address, ""


def _spec(pod: Object, container: str) -> Object:
    every = [*pod["spec"]["containers"], *(pod["spec"].get("initContainers") or ())]
    found: Object = next(spec for spec in every if spec["name"] == container)
    return found


def _reason(pod: Object, container: str) -> str:
    """The waiting reason in the pod's status; a pod that no node has seen is waiting for one."""
    for field in ("containerStatuses", "initContainerStatuses"):
        for status in pod.get("status", {}).get(field) or ():
            if status["name"] == container:
                return str(((status.get("state") or {}).get("waiting") or {}).get("reason") or "")
    return ""


def _waiting(container: str, pod: str, reason: str) -> str:
    if not reason:
        return f'container "{container}" in pod "{pod}" is not available'
    said = {"ErrImagePull": "image can't be pulled", "ImagePullBackOff": "trying and failing to pull image"}
    return f'container "{container}" in pod "{pod}" is waiting to start: {said.get(reason, reason)}'
