"""What the kubelets know beside the API: the runs of containers, their pulls, probes and back-offs."""

from collections import defaultdict
from collections.abc import Generator
from dataclasses import dataclass, field
from enum import StrEnum

from lab.cluster.behaviour import Behaviour, Behaviours, Exit, Periodic
from lab.cluster.kubelet.backoff import BackOff
from lab.cluster.mongo.server import Data, Mongod
from lab.cluster.ports import LogLine, Object


class Phase(StrEnum):
    """Where a container stands."""

    WAITING = "waiting"
    RUNNING = "running"
    TERMINATED = "terminated"


@dataclass(frozen=True)
class Ending:
    """How a run will end, unless something ends it before."""

    at: float
    code: int
    reason: str = ""
    """Empty for `Completed` or `Error` by the code."""
    lines: tuple[str, ...] = ()
    """The last words, already filled in."""


@dataclass
class CallRecord:
    """How one dependency has fared: an error text, or `None` for working, since a time."""

    changes: list[tuple[float, str | None, str]] = field(default_factory=list)
    """Time, error, address."""
    answers: set[str] = field(default_factory=set)
    """Those of the errors that were answers."""
    told_at: float = float("-inf")
    """When the server last wrote about a refusal."""


@dataclass
class Spell:
    """When a condition of a run held: times at which that changed, beginning with the first that it held."""

    changes: list[float] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether it holds since the last change."""
        return len(self.changes) % 2 == 1

    def note(self, holds: bool, now: float) -> None:
        """What was seen now."""
        if holds != self.holds:
            self.changes.append(now)

    def held_at(self, at: float) -> bool:
        """Whether it held then."""
        return sum(change <= at for change in self.changes) % 2 == 1

    def seconds(self, now: float) -> float:
        """For how long it had held by then, all in all."""
        past = [change for change in self.changes if change <= now]
        ends = [*past, now]
        return sum(ends[i + 1] - ends[i] for i in range(0, len(past), 2))


@dataclass(frozen=True)
class Mark:
    """From where a level is reckoned on."""

    since: float
    """Epoch seconds."""
    start: float
    limit: float | None


@dataclass
class LevelRecord:
    """How a level of a run fares."""

    marks: list[Mark]
    """Oldest first; never empty."""
    place: str | None
    """Of its disk; `None`: it goes with the process."""
    claim: str | None
    """Whose volume its disk is; `None` with a `place`: it takes from the disk of the node."""


@dataclass
class Run:
    """One run of a container, from start to end."""

    number: int
    """How many runs there were before."""
    started_at: float
    seed: int
    """Of everything random in it, so that its log can be written at any later time."""
    container_id: str
    behaviour: Behaviour
    env: dict[str, str]
    listens_from: float
    script: Generator[float, None, int] | None = None
    """A shell script that runs instead of the image's program: it yields seconds to sleep, returns a code."""
    script_wakes_at: float = 0.0
    script_out: list[str] = field(default_factory=list)
    """What the script has written since its last wake."""
    ending: Ending | None = None
    conditional: list[Exit] = field(default_factory=list)
    """Exits that wait for a call to fail."""
    start_checked: bool = False
    """Whether the calls that are required at the start have got through."""
    begun: int = 0
    """How many of the calls that are required at the start have got through."""
    trying_since: float | None = None
    """When the start first tried a call that has not got through yet."""
    mongod: Mongod | None = None
    """The server that it is, with its users and databases."""
    calls: dict[str, CallRecord] = field(default_factory=dict)
    spells: dict[str, Spell] = field(default_factory=dict)
    """Of conditions that come and go, by what they switch."""
    levels: dict[str, "LevelRecord"] = field(default_factory=dict)
    """By name."""
    periodic: tuple[Periodic, ...] = ()
    """The periodic lines whose conditions held at the start."""
    said: list[LogLine] = field(default_factory=list)
    """Lines beside the periodic ones: a script's output, last words."""
    leak_from: float = 0.0
    base_mib: float = 40.0
    growth: float = 0.0
    """MiB a minute."""
    finished_at: float | None = None
    exit_code: int = 0
    reason: str = ""
    message: str = ""
    stop_at: float | None = None
    """When it will have stopped after SIGTERM."""
    stop_asked_at: float | None = None

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.finished_at is None

    def listening(self, now: float) -> bool:
        """Whether its server accepts connections."""
        return self.running and self.start_checked and self.script is None and now >= self.listens_from


@dataclass
class Pull:
    """Getting a container's image onto the node."""

    done: bool = False
    finishes_at: float | None = None
    """When the pull in progress will be over; `None` while none is."""
    started_at: float = 0.0
    back_off: BackOff = field(default_factory=BackOff)
    retry_at: float = 0.0
    next_event_at: float = 0.0
    error: str = ""


@dataclass
class ProbeRecord:
    """The results of one probe of a run."""

    next_at: float
    successes: int = 0
    failures: int = 0
    passed: bool | None = None
    """`None` before the threshold is first reached."""


@dataclass
class ContainerState:
    """One container of a pod, over all its runs."""

    name: str
    image: str
    phase: Phase = Phase.WAITING
    waiting_reason: str = "ContainerCreating"
    waiting_message: str = ""
    run: Run | None = None
    """The run that is, or was last."""
    previous: Run | None = None
    """The run before it."""
    pull: Pull = field(default_factory=Pull)
    back_off: BackOff = field(default_factory=BackOff)
    retry_at: float = 0.0
    """No new run before this time."""
    next_event_at: float = 0.0
    """When the back-off is next told in an event."""
    next_config_look_at: float = 0.0
    ready: bool = False
    started: bool = False
    probes: dict[str, ProbeRecord] = field(default_factory=dict)
    """By field name, such as `readinessProbe`; of this run."""

    def fingerprint(self) -> tuple[object, ...]:
        """What the container's status is made of."""
        ended = None if self.run is None else self.run.finished_at
        waiting = (self.waiting_reason, self.waiting_message)
        return (self.phase, waiting, self.restarts, ended, self.ready, self.started)

    @property
    def restarts(self) -> int:
        """How many runs followed the first."""
        return self.run.number if self.run is not None else 0


@dataclass
class MountState:
    """How the mounting of one volume fares."""

    delay: float = 0.5
    retry_at: float = 0.0


@dataclass
class PodState:
    """One pod on its node."""

    uid: str
    node: str
    admitted_at: float
    sandbox_at: float
    """When its network is up."""
    ip: str = ""
    containers: dict[str, ContainerState] = field(default_factory=dict)
    """Init containers and containers by name."""
    mounts: dict[str, MountState] = field(default_factory=dict)
    scratch: dict[str, dict[str, str]] = field(default_factory=dict)
    """What its containers have written into its emptyDir volumes: by volume, by path."""
    writes: int = 0
    """How often they have."""
    mounted: bool = False
    mount_deadline: float = 0.0
    """When an unfinished mount is next called timed out."""
    stopping: bool = False
    written: tuple[object, ...] = ()
    """What the status was last written for; the same again needs no writing."""

    def write(self, volume: str, path: str, text: str) -> None:
        """Let a container write a file into an emptyDir volume."""
        self.scratch.setdefault(volume, {})[path] = text
        self.writes += 1

    def fingerprint(self, version: str) -> tuple[object, ...]:
        """Everything that the status is made of; `version` is the pod's resourceVersion."""
        return (version, self.ip, self.mounted, *(each.fingerprint() for each in self.containers.values()))


@dataclass
class Runtime:
    """All nodes' container runtimes."""

    behaviours: Behaviours
    pods: dict[str, PodState] = field(default_factory=dict)
    """By pod uid."""
    images: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Canonical image names that lie on a node."""
    data: dict[str, Data] = field(default_factory=dict)
    """Data directories of database servers, by where they lie."""
    filled: dict[str, float] = field(default_factory=dict)
    """MiB on disks that levels fill, by place and level, when last looked at."""
    last_address: dict[str, int] = field(default_factory=dict)
    """By node, the last octet that was given out."""
    down: dict[str, float] = field(default_factory=dict)
    """Nodes whose machine is off, since when (epoch seconds)."""
    occupied: dict[str, dict[str, int]] = field(default_factory=dict)
    """By node and resource (`memory`, `ephemeral-storage`), bytes that something outside of pods takes."""

    def container(self, pod: Object, name: str) -> ContainerState | None:
        """The state of a pod's container, or `None` before its node has seen it."""
        state = self.pods.get(pod["metadata"]["uid"])
        return None if state is None else state.containers.get(name)

    def running(self, pod: Object) -> list[tuple[Object, Run]]:
        """The containers of a pod that run, with their runs."""
        state = self.pods.get(pod["metadata"]["uid"])
        if state is None or state.node in self.down:
            return []
        found = []
        for spec in pod["spec"]["containers"]:
            container = state.containers.get(spec["name"])
            if container is not None and container.phase is Phase.RUNNING and container.run is not None:
                found.append((spec, container.run))
        return found


def ports_of(spec: Object, run: Run) -> set[int]:
    """The ports that a run of a container listens on."""
    if run.behaviour.ports is None:
        return {int(port["containerPort"]) for port in spec.get("ports") or ()}
    numbers: set[int] = set()
    for port in run.behaviour.ports:
        text = run.env.get(port[1:], "") if isinstance(port, str) and port.startswith("$") else str(port)
        if text.isdigit():
            numbers.add(int(text))
    return numbers
