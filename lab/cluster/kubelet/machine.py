"""What a small tool is given, and what it gives back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lab.cluster.mongo.server import Mongod


@dataclass(frozen=True)
class Reply:
    """What a network request of a tool came to."""

    error: str | None = None
    """`refused`, `timeout`, `host`, or `None` when connected; for a name alone also `no-server`."""
    status: int = 200
    body: str = ""
    seconds: float = 0.0
    """Until the answer is there."""


@dataclass(frozen=True)
class Disk:
    """A file system, as `df` tells it."""

    mounted_on: str
    size: float
    """MiB."""
    used: float
    """MiB."""


@dataclass
class Machine:
    """The surroundings of a command in a container."""

    hostname: str
    env: dict[str, str]
    files: Mapping[str, str]
    request: Callable[[str, int, str], Reply]
    """Host, port, path (empty: only connect)."""
    date: str
    mongod: Callable[[str, int], Mongod | str] = lambda host, port: "refused"
    """Host, port: the MongoDB server there, or why there is none: `refused`, `timeout`, `host`."""
    write: Callable[[str, str], None] = lambda path, text: None
    """Path, text: keep a file where a volume is that can be written."""
    disks: tuple[Disk, ...] = ()
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Done:
    """What a tool came to."""

    code: int = 0
    seconds: float = 0.0
    """How long it took."""


Tool = Callable[[Machine, list[str]], Done]
