"""Annotations of a pod that script its containers, so that any manifest can be made to fail without a file.

    metadata:
      annotations:
        lab.aoi.dev/exit-code: "1"             # ends with this code …
        lab.aoi.dev/exit-after: "5"            # … after so many seconds (default 1)
        lab.aoi.dev/last-words: "panic: …"     # … with these lines
        lab.aoi.dev/log: |                     # lines that come back, one of them each time
          level=info msg="tick"
        lab.aoi.dev/log-every: "10"            # seconds between them
        lab.aoi.dev/memory: 300Mi              # working set; over the limit the kernel kills it
        lab.aoi.dev/memory-growth: 5Mi         # a minute
        lab.aoi.dev/cpu: 250m
        lab.aoi.dev/ready-after: "30"          # seconds until it listens
        lab.aoi.dev/answers: "/healthz=503 /ready=200"
        lab.aoi.dev/ports: "8080 9090"         # what it listens on, whatever it declares
        lab.aoi.dev/commands: "web migrate"    # the binaries of the image; any other cannot be started
        lab.aoi.dev/pull: missing              # or `denied`: what the registry says

`lab.aoi.dev/exit-code.NAME` speaks for the container NAME alone. An annotation says more than a behaviour file.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import ValidationError

from domain.errors import BadInput
from lab.cluster.behaviour import Behaviour, Behaviours
from lab.cluster.kubelet.shell import SHELLS
from lab.cluster.ports import Object
from lab.cluster.quantity import BadQuantity, milli, whole

PREFIX: Final = "lab.aoi.dev/"
MIB: Final = 2**20


class BadScript(BadInput):
    """An annotation that nobody can follow; says which and what it wants."""


def behaviour_of(behaviours: Behaviours, pod: Object, spec: Object) -> Behaviour:
    """What a container does: by its image and command, and by the pod's annotations. Raises BadScript."""
    command = next(iter(spec.get("command") or ()), "")
    behaviour = behaviours.of(spec["image"], command)
    words = words_for(pod["metadata"].get("annotations") or {}, spec["name"])
    if not words:
        return behaviour
    # A script of the shell would else be run as it is written.
    shell = behaviour.shell and command.rsplit("/", 1)[-1] not in SHELLS
    return scripted(behaviour, words).model_copy(update={"shell": shell})


def check(pod: Object) -> None:
    """Raises BadScript for the first annotation of a pod, or of a pod template, that nobody can follow."""
    notes = (pod.get("metadata") or {}).get("annotations") or {}
    spec = pod.get("spec") or {}
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        scripted(Behaviour(image="*"), words_for(notes, container.get("name", "")))


def words_for(notes: Mapping[str, str], container: str) -> dict[str, str]:
    """The script of one container, by word: what names it goes before what names none. Raises BadScript."""
    general: dict[str, str] = {}
    own: dict[str, str] = {}
    for key, value in notes.items():
        if key.startswith(PREFIX):
            word, _, name = key.removeprefix(PREFIX).partition(".")
            if word not in WORDS:
                raise BadScript(f"`{key}` is no script of a container; known are {', '.join(sorted(WORDS))}.")
            if name in ("", container):
                (own if name else general)[word] = value
    return general | own


def scripted(behaviour: Behaviour, words: Mapping[str, str]) -> Behaviour:
    """The behaviour with what the words change. Raises BadScript."""
    data = behaviour.model_dump()
    for word in (word for word in WORDS if word in words):
        value = words[word]
        try:
            WORDS[word](data, value.strip())
        except (ValueError, BadQuantity) as error:
            raise BadScript(f"`{PREFIX}{word}: {value}` cannot be followed; {WANTED[word]}.") from error
    try:
        return Behaviour.model_validate(data)
    except ValidationError as error:
        raise BadScript(f"The annotations `{PREFIX}…` of a pod contradict each other; correct them.") from error


def _end(data: dict[str, Any], **said: Any) -> None:
    found = {"after_seconds": 1.0, "code": 0, "lines": (), "when": None}
    known = data["exits"][0] if data["exits"] and data["exits"][0].get("when") is None else {}
    data["exits"] = ({**found, **known, **said},)


def _exit_code(data: dict[str, Any], value: str) -> None:
    _end(data, code=_number(value, 0, 255))


def _exit_after(data: dict[str, Any], value: str) -> None:
    _end(data, after_seconds=float(value))


def _last_words(data: dict[str, Any], value: str) -> None:
    _end(data, lines=tuple(value.splitlines()))


def _log(data: dict[str, Any], value: str) -> None:
    lines = tuple(line for line in value.splitlines() if line.strip())
    every = {"seconds": 10.0, "lines": lines}
    data["log"] = {**data["log"], "start": (), "ready": (), "every": (every,) if lines else ()}


def _log_every(data: dict[str, Any], value: str) -> None:
    data["log"] = {
        **data["log"],
        "every": tuple({**each, "seconds": _positive(value)} for each in data["log"]["every"]),
    }


def _memory(data: dict[str, Any], value: str) -> None:
    data["memory"] = {**data["memory"], "mib": whole(value) / MIB, "when": None}


def _memory_growth(data: dict[str, Any], value: str) -> None:
    data["memory"] = {**data["memory"], "growth_per_minute": whole(value) / MIB, "when": None}


def _cpu(data: dict[str, Any], value: str) -> None:
    data["cpu"] = float(milli(value))


def _ready_after(data: dict[str, Any], value: str) -> None:
    data["start_seconds"] = float(value)


def _answers(data: dict[str, Any], value: str) -> None:
    pairs = (each.rpartition("=") for each in value.split())
    data["http"] = {**data["http"], **{path: {"status": _number(code, 100, 599)} for path, _, code in pairs}}
    if "" in data["http"]:
        raise ValueError("an answer without a path")


def _ports(data: dict[str, Any], value: str) -> None:
    data["ports"] = tuple(_number(port, 1, 65535) for port in value.split())


def _commands(data: dict[str, Any], value: str) -> None:
    data["commands"] = tuple(value.split())


def _pull(data: dict[str, Any], value: str) -> None:
    if value not in ("ok", "missing", "denied"):
        raise ValueError("an unknown outcome")
    data["pull"] = value


def _number(value: str, low: int, high: int) -> int:
    number = int(value)
    if not low <= number <= high:
        raise ValueError("out of range")
    return number


def _positive(value: str) -> float:
    number = float(value)
    if number <= 0:
        raise ValueError("not above zero")
    return number


WORDS: Final[Mapping[str, Callable[[dict[str, Any], str], None]]] = {
    "exit-code": _exit_code,
    "exit-after": _exit_after,
    "last-words": _last_words,
    "log": _log,
    "log-every": _log_every,
    "memory": _memory,
    "memory-growth": _memory_growth,
    "cpu": _cpu,
    "ready-after": _ready_after,
    "answers": _answers,
    "ports": _ports,
    "commands": _commands,
    "pull": _pull,
}
WANTED: Final = {
    "exit-code": "write a number from 0 to 255",
    "exit-after": "write seconds",
    "last-words": "write lines of text",
    "log": "write lines of text",
    "log-every": "write seconds above zero, beside `log`",
    "memory": "write a quantity such as 300Mi",
    "memory-growth": "write a quantity such as 5Mi",
    "cpu": "write a quantity such as 250m",
    "ready-after": "write seconds",
    "answers": "write `/path=status` pairs",
    "ports": "write port numbers",
    "commands": "write names of binaries",
    "pull": "write ok, missing or denied",
}
