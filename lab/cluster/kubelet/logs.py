"""What containers wrote, worked out when somebody reads it: from a run's seed, its times, and what happened."""

from itertools import dropwhile, takewhile

from lab.cluster.context import Context
from lab.cluster.errors import ApiError
from lab.cluster.kubelet.entries import LONGEST, Entry, newest_first
from lab.cluster.kubelet.state import ContainerState, Phase, Run, Runtime
from lab.cluster.kubelet.templates import chance, fill, values_of
from lab.cluster.ports import FOREVER, LogLine, Object
from lab.cluster.randomness import seed_of


class LogReader:
    """Reads logs as the kubelet serves them."""

    def __init__(self, context: Context, runtime: Runtime) -> None:
        self._clock, self._runtime = context.clock, runtime

    def read(
        self, pod: Object, container: str, previous: bool, newest: int = LONGEST, since: float = -FOREVER
    ) -> list[LogLine]:
        """The newest lines of the last run, or of the one before, from `since` (epoch seconds) on.

        Raises ApiError 400 (validateContainerLogStatus).
        """
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
        return self.lines(pod, spec, run, newest, since)

    def lines(
        self,
        pod: Object,
        spec: Object,
        run: Run,
        newest: int = LONGEST,
        since: float = -FOREVER,
        until: float = FOREVER,
    ) -> list[LogLine]:
        """The newest lines that one run has written from `since` to `until` (epoch seconds), oldest first."""
        end = min(until, self._clock.now() if run.finished_at is None else run.finished_at)
        entries = dropwhile(lambda entry: entry.at > until, newest_first(run, end))
        places = values_of(pod, spec, run)
        found: list[LogLine] = []
        for entry in takewhile(lambda entry: entry.at >= since, entries):
            if len(found) >= newest:
                break
            found += (LogLine(entry.at, text) for text in reversed(_texts(entry, places, run)))
        return found[:newest][::-1]

    def tail(self, pod: Object, state: ContainerState, spec: Object) -> str:
        """The end of the log, as a termination message falls back on it: 80 lines, 2048 characters."""
        if state.run is None:
            return ""
        lines = self.lines(pod, spec, state.run, newest=80)
        return "\n".join(line.text for line in lines)[-2048:]


def _texts(entry: Entry, places: dict[str, str], run: Run) -> list[str]:
    """The lines of an entry. Chance follows from the entry, so that it reads the same whenever it is read."""
    if entry.final:
        return [entry.text]
    told = {**places, **chance(seed_of(run.seed, entry.at, entry.text)), **(entry.more or {})}
    return fill(entry.text, told, run.env, entry.at).splitlines()


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
