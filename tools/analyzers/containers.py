"""One container of a pod: its spec beside its status."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from domain.base import Json
from tools.analyzers.objects import Workload, age, dig, name_of
from tools.snapshot import Snapshot

_YOUNG_SECONDS = 20.0
_FLAPS = 2


@dataclass(frozen=True)
class Container:
    """A container as it is and as it should be."""

    pod: Json
    name: str
    init: bool
    spec: Json
    status: Json

    @cached_property
    def waiting(self) -> Json:
        """The waiting state; empty when it does not wait."""
        return dig(self.status, "state", "waiting") or {}

    @property
    def reason(self) -> str:
        """Why it waits; empty when it does not."""
        return str(self.waiting.get("reason") or "")

    @property
    def message(self) -> str:
        """What Kubernetes says about the waiting."""
        return str(self.waiting.get("message") or "")

    @cached_property
    def ended(self) -> Json:
        """How it ended last: now, or before the instance that runs or waits; empty when it never did."""
        return dig(self.status, "state", "terminated") or dig(self.status, "lastState", "terminated") or {}

    @cached_property
    def running(self) -> bool:
        """Whether it runs at this moment."""
        return dig(self.status, "state", "running") is not None

    @property
    def ready(self) -> bool:
        """Whether Kubernetes counts it as ready."""
        return bool(self.status.get("ready"))

    @property
    def restarts(self) -> int:
        """How often it was started again."""
        return int(self.status.get("restartCount") or 0)


def containers(pod: Json) -> Iterator[Container]:
    """The containers of a pod, init containers first."""
    for init, specs, states in (
        (True, "initContainers", "initContainerStatuses"),
        (False, "containers", "containerStatuses"),
    ):
        by_name = {s["name"]: s for s in dig(pod, "status", states) or []}
        for spec in dig(pod, "spec", specs) or []:
            yield Container(pod, spec["name"], init, spec, by_name.get(spec["name"], {}))


def containers_of(snapshot: Snapshot, workload: Workload) -> tuple[Container, ...]:
    """Those of all pods of a workload; the same values for every analyzer."""
    return snapshot.once(
        ("containers", workload.ref), lambda _: tuple(each for pod in workload.pods for each in containers(pod))
    )


def is_failing(snapshot: Snapshot, container: Container) -> bool:
    """Whether it keeps ending: in back-off, ended badly now, or up for seconds after several restarts.

    Restarts of long ago do not count, nor does an init container that has done its work.
    """
    if container.reason == "CrashLoopBackOff":
        return True
    ended = dig(container.status, "state", "terminated")
    if ended is not None:
        return ended.get("exitCode") != 0 or (not container.init and container.restarts >= _FLAPS)
    if not container.running or container.restarts < _FLAPS:
        return False
    return age(snapshot, dig(container.status, "state", "running", "startedAt")) < _YOUNG_SECONDS


def last_words(snapshot: Snapshot, container: Container) -> tuple[str, ...]:
    """The log of the instance that ended last, or of the one that runs when the other is not known."""
    pod = name_of(container.pod)
    before = snapshot.logs.get((pod, container.name, True), ())
    now = snapshot.logs.get((pod, container.name, False), ())
    return (before or now) if container.running else (now or before)
