"""What containers do, as data: per image, what it listens on, writes, calls, and how it ends.

A behaviour file is YAML:

    behaviours:
      - image: "shop/cart:*"
        ports: [8080]
        start_seconds: 2
        log:
          start: ["cart {env[VERSION]} listening on :8080"]
          every:
            - {seconds: 20, lines: ["GET /cart 200 {ms}ms"]}
        http:
          /healthz: 200
          /readyz: {status: 200, needs: [redis]}
        calls:
          - {name: redis, env: REDIS_ADDR, required_at_start: true}
        requires_env: [REDIS_ADDR]

The most specific pattern speaks for an image (the longest text before its first `*`); of equal patterns the later
one. Where one image holds several programs, an entry with `program` speaks for a container that runs it, and takes
what it does not say from the entry that speaks for the image. Log templates may use `{pod}`, `{namespace}`,
`{node}`, `{ip}`, `{container}`, `{env[NAME]}` (empty when unset), `{ms}` (a random latency), `{n}` (a random
number), `{time}` (RFC 3339) or `{time[FORMAT]}` (strftime); in lines of calls also `{address}`, `{error}`.
"""

import re
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from domain.base import Value
from lab.cluster import images
from lab.cluster.dependencies import Call, Connections
from lab.cluster.levels import Level
from lab.cluster.when import When, check_pattern


class Periodic(Value):
    """Lines that come back while the container runs."""

    seconds: float = Field(gt=0)
    lines: tuple[str, ...] = Field(min_length=1)
    """One of them each time, in turn."""
    jitter: float = Field(default=0.2, ge=0, lt=1)
    """Share of `seconds` by which each line may come late."""
    when: When | None = None
    """Judged at the container's start; conditions on calls and flags are judged all the time."""


class Log(Value):
    """What a container writes."""

    start: tuple[str, ...] = ()
    """At its start, before anything can go wrong."""
    ready: tuple[str, ...] = ()
    """When it starts to listen."""
    every: tuple[Periodic, ...] = ()
    stop: tuple[str, ...] = ()
    """On SIGTERM."""


class Exit(Value):
    """The process ends by itself."""

    after_seconds: float = Field(default=1, ge=0)
    code: int = Field(default=1, ge=0, le=255)
    lines: tuple[str, ...] = ()
    """Its last words."""
    when: When | None = None
    """`None`: always. Judged at the start; `failing` and `full` are judged when the time has come, and on."""


class Memory(Value):
    """The working set. Over the container's limit the kernel kills it."""

    mib: float = Field(default=40, gt=0)
    growth_per_minute: float = Field(default=0, ge=0)
    """MiB that leak each minute."""
    when: When | None = None
    """`None`: always; else it is 40 MiB unless the condition holds at the start."""


class Surge(Value):
    """What a condition adds to the use of resources while it holds."""

    when: When
    cpu: float = Field(default=0, ge=0)
    """Millicores."""
    growth_per_minute: float = Field(default=0, ge=0)
    """MiB that leak each minute."""


class Delay(Value):
    """Something that makes answers late while it lasts."""

    when: When
    seconds: float = Field(gt=0)


class Answer(Value):
    """The answer to an HTTP request, or to a remote procedure call."""

    status: int = Field(default=200, ge=100, le=599)
    body: str = ""
    seconds: float = Field(default=0.01, ge=0)
    """How long it takes; longer than a probe's timeout fails the probe."""
    needs: tuple[str, ...] = ()
    """Calls that must get through; else the answer is `otherwise`."""
    otherwise: int = Field(default=503, ge=100, le=599)
    when: When | None = None
    """With it, `otherwise` is the answer while the condition holds."""
    share: float = Field(default=1, gt=0, le=1)
    """Of the requests that the condition concerns."""
    shares: dict[str, Annotated[float, Field(gt=0, le=1)]] = {}
    """By variant of the flag in `when`, the share instead."""
    slow_when: When | None = None
    slow_seconds: float = Field(default=0, ge=0)
    """How much longer it takes while `slow_when` holds."""
    delays: tuple[Delay, ...] = ()
    """More of them."""
    error: str = ""
    """What it says when `when` breaks it; gRPC and Thrift callers repeat that, or the error of what it needed."""


class Config(Value):
    """Something the process parses at its start; it ends with code 1 where that fails."""

    file: str | None = None
    env: str | None = None
    format: Literal["yaml", "json", "properties", "integer", "duration", "url", "corefile", "text"] = "text"
    key: str | None = None
    """A key (dots descend) that must be there; not for env."""
    pattern: str = ""
    """What the text, or the value of `key`, must match from its start."""
    error: str = "FATAL: invalid configuration in {where}: {error}"
    """The last line."""

    @model_validator(mode="after")
    def _has_source(self) -> Self:
        if (self.file is None) == (self.env is None):
            raise ValueError("a config names either file or env")
        check_pattern(self.pattern)
        return self


class Command(Value):
    """What a command says when run in the container by `exec` or an exec probe."""

    pattern: str
    """Glob over the command line, such as `redis-cli ping*`."""
    code: int = 0
    stdout: str = ""
    stderr: str = ""
    needs_listening: bool = True
    """Before the container listens, and while `failing` holds, it exits 1."""
    when: When | None = None
    """With it, the command exits 1 while the condition holds."""
    empties: str | None = None
    """When it succeeds, this level falls to nothing."""


def _status_or_answer(value: Any) -> Any:
    return {"status": value} if isinstance(value, int) else value


class Behaviour(Value):
    """What the containers of the images that match do."""

    image: str
    """Glob over the familiar name: `nginx:1.*`, `shop/cart:*`, `quay.io/x/y:*`, `*`."""
    program: str | None = None
    """Only for containers whose `command` names this program."""
    ports: tuple[int | str, ...] | None = None
    """What it listens on; `$NAME` takes the number from a variable. `None`: its declared containerPorts."""
    start_seconds: float = Field(default=1, ge=0)
    """From process start until it listens."""
    stop_seconds: float = Field(default=0.5, ge=0)
    """From SIGTERM to its end; beyond the grace period it is killed (137)."""
    stop_code: int = Field(default=143, ge=0, le=255)
    """Its exit code after SIGTERM."""
    log: Log = Log()
    exits: tuple[Exit, ...] = ()
    """The first whose condition holds ends the process."""
    memory: Memory = Memory()
    cpu: float = Field(default=5, ge=0)
    """Millicores."""
    surges: tuple[Surge, ...] = ()
    levels: tuple[Level, ...] = ()
    """What fills and empties in it."""
    http: dict[
        str, Annotated[Answer, BeforeValidator(_status_or_answer, json_schema_input_type=int | Answer)]
    ] = {}
    """By path; `/` and, in an empty table, every path answers 200, others 404."""
    calls: tuple[Call, ...] = ()
    call_failed: str = 'level=error msg="call to {name} failed" address={address} error="{error}"'
    """The line on a failing call that has none of its own."""
    registers: str | None = None
    """The name under which others find it, where they do not use Services."""
    server: Literal["mongodb"] | None = None
    """A server with a state of its own: users and databases, kept where its data directory lies."""
    connections: Connections | None = None
    """A limit on its clients; `None`: none."""
    certificate: str | None = None
    """The file with the certificate that it shows to clients with `tls`."""
    flags: str | None = None
    """It serves the feature flags of this file, as flagd does."""
    requires_env: tuple[str, ...] = ()
    missing_env_line: str = "FATAL: required environment variable {name} is not set"
    config: tuple[Config, ...] = ()
    commands: tuple[str, ...] | None = None
    """Binaries that `command` may name besides a shell's own; `None`: any."""
    shell: bool = True
    """Whether there is a shell with the usual small tools."""
    exec: tuple[Command, ...] = ()
    dialect: Literal["go", "jvm", "python", "node", "cpp"] = "go"
    """Whose words its network errors are in."""
    user: Literal["root", "nonroot"] = "root"
    """Whom the image runs as."""
    pull: Literal["ok", "missing", "denied"] = "ok"
    tags: tuple[str, ...] | None = None
    """The tags that exist; any other is missing. `None`: every tag that `tag_pattern` matches."""
    tag_pattern: str = ""
    """What existing tags look like, from start to end; empty: anything."""
    size: int = Field(default=61_234_567, gt=0)
    """Bytes of the image."""

    def pull_outcome(self, name: images.ImageName) -> Literal["ok", "missing", "denied"]:
        """What a pull of this image comes to."""
        if name.digest is None:
            listed = self.tags is None or name.tag in self.tags
            plausible = not self.tag_pattern or re.fullmatch(self.tag_pattern, name.tag) is not None
            if not (listed and plausible):
                return "missing"
        return self.pull

    @field_validator("tag_pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        return check_pattern(pattern)

    @property
    def specificity(self) -> int:
        """Length of the literal start of the pattern; an exact name beats every pattern."""
        star = re.search(r"[*?\[]", self.image)
        return len(self.image) * 2 if star is None else star.start()


class Behaviours(Value):
    """Everything that is known of images, and of hosts outside the cluster."""

    behaviours: tuple[Behaviour, ...] = ()
    external_hosts: tuple[str, ...] = ()
    """Globs of names outside the cluster that resolve and answer."""

    def of(self, image: str, command: str = "") -> Behaviour:
        """The behaviour of an image whose container runs `command` (empty: its own entry point).

        Of an unknown image, a plain server's on its declared ports.
        """
        name = images.parse(image)
        spelled = image if name is None else name.familiar
        found = [each for each in self.behaviours if fnmatchcase(spelled, each.image)]
        best = _best([each for each in found if each.program is None]) or Behaviour(image="*")
        program = command.rsplit("/", 1)[-1]
        own = _best([each for each in found if each.program == program]) if program else None
        if own is None or own.specificity < best.specificity:
            return best
        return best.model_copy(update={field: getattr(own, field) for field in own.model_fields_set})

    def joined(self, later: "Behaviours") -> "Behaviours":
        """Both; of equal patterns the later one speaks."""
        return Behaviours(
            behaviours=(*self.behaviours, *later.behaviours),
            external_hosts=(*self.external_hosts, *later.external_hosts),
        )


def _best(candidates: list[Behaviour]) -> Behaviour | None:
    """The most specific one; of equals the last."""
    return max(reversed(candidates), key=lambda each: each.specificity, default=None)
