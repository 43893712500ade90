"""The small tools that images bring along: echo, cat, ls, env, sleep, nc, wget, curl and their like."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

CONNECT_SECONDS = 5.0
"""How long the network tools wait when nobody answers and no limit is given."""


@dataclass(frozen=True)
class Reply:
    """What a network request of a tool came to."""

    error: str | None = None
    """`refused`, `timeout`, `host`, or `None` when connected."""
    status: int = 200
    body: str = ""


@dataclass
class Machine:
    """The surroundings of a command in a container."""

    hostname: str
    env: dict[str, str]
    files: Mapping[str, str]
    request: Callable[[str, int, str], Reply]
    """Host, port, path (empty: only connect)."""
    date: str
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Done:
    """What a tool came to."""

    code: int = 0
    seconds: float = 0.0
    """How long it took."""


Tool = Callable[[Machine, list[str]], Done]
_URL = re.compile(r"(?:(https?)://)?([^:/?]+)(?::(\d+))?(/[^ ]*)?")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def echo(machine: Machine, words: list[str]) -> Done:
    """Print the words."""
    end = "" if words[:1] == ["-n"] else "\n"
    plain = [word for word in words if word not in ("-n", "-e")]
    machine.out.append(" ".join(plain) + end)
    return Done()


def cat(machine: Machine, words: list[str]) -> Done:
    """Print files."""
    code = 0
    for path in (word for word in words if not word.startswith("-")):
        text = machine.files.get(path)
        if text is None:
            machine.err.append(f"cat: can't open '{path}': No such file or directory\n")
            code = 1
        else:
            machine.out.append(text)
    return Done(code)


def ls(machine: Machine, words: list[str]) -> Done:
    """List directories that volumes show, or the root of the file system."""
    paths = [word for word in words if not word.startswith("-")] or ["/"]
    for path in paths:
        if path in machine.files:
            machine.out.append(path + "\n")
            continue
        stem = path.rstrip("/") + "/"
        names = {name[len(stem) :].partition("/")[0] for name in machine.files if name.startswith(stem)}
        if stem == "/":
            names |= {"bin", "dev", "etc", "home", "proc", "root", "sys", "tmp", "usr", "var"}
        if not names:
            machine.err.append(f"ls: {path}: No such file or directory\n")
            return Done(1)
        machine.out.append("".join(f"{name}\n" for name in sorted(names)))
    return Done()


def env(machine: Machine, words: list[str]) -> Done:
    """Print the environment."""
    machine.out.append("".join(f"{name}={value}\n" for name, value in sorted(machine.env.items())))
    return Done()


def printenv(machine: Machine, words: list[str]) -> Done:
    """Print one variable, or all."""
    if not words:
        return env(machine, words)
    if words[0] not in machine.env:
        return Done(1)
    machine.out.append(machine.env[words[0]] + "\n")
    return Done()


def sleep(machine: Machine, words: list[str]) -> Done:
    """Let time pass."""
    found = re.fullmatch(r"([0-9.]+)([smhd]?)", words[0]) if words else None
    if found is None:
        return Done(0, float("inf")) if words == ["infinity"] else Done(1)
    return Done(0, float(found[1]) * _UNITS[found[2] or "s"])


def tail(machine: Machine, words: list[str]) -> Done:
    """Print a file's end; `-f` never ends."""
    return Done(0, float("inf")) if any(word in ("-f", "-F") for word in words) else cat(machine, words)


def test(machine: Machine, words: list[str]) -> Done:
    """`[` and `test`: files, empty strings, equality."""
    match [word for word in words if word != "]"]:
        case ["-f" | "-e" | "-s" | "-r", path]:
            return Done(int(path not in machine.files))
        case ["-d", path]:
            return Done(int(not any(name.startswith(path.rstrip("/") + "/") for name in machine.files)))
        case ["-n", text]:
            return Done(int(text == ""))
        case ["-z", text]:
            return Done(int(text != ""))
        case [left, "=" | "==" | "-eq", right]:
            return Done(int(left != right))
        case [left, "!=" | "-ne", right]:
            return Done(int(left == right))
        case [text]:
            return Done(int(text == ""))
        case _:
            return Done(1)


def nc(machine: Machine, words: list[str]) -> Done:
    """Connect to a port: `nc -z [-w SECONDS] HOST PORT`."""
    limit, plain = _limited(words, "-w")
    if len(plain) < 2:
        machine.err.append("nc: usage: nc [-z] [-w SECONDS] HOST PORT\n")
        return Done(1)
    host, port = plain[0], plain[1]
    reply = machine.request(host, int(port), "")
    if reply.error is None:
        if "-v" in " ".join(words) or "-zv" in words:
            machine.err.append(f"{host} ({host}:{port}) open\n")
        return Done()
    if reply.error == "host":
        machine.err.append(f"nc: bad address '{host}'\n")
        return Done(1)
    what = "Connection refused" if reply.error == "refused" else "Connection timed out"
    machine.err.append(f"nc: {host} ({host}:{port}): {what}\n")
    return Done(1, limit if reply.error == "timeout" else 0)


def wget(machine: Machine, words: list[str]) -> Done:
    """Fetch a URL as busybox does."""
    limit, plain = _limited(words, "-T", "--timeout", "-O", "-t")
    url = plain[-1] if plain else ""
    host, port, path = _parts(url)
    reply = machine.request(host, port, path or "/")
    if reply.error is not None:
        said = {
            "host": f"wget: bad address '{host}'",
            "refused": f"wget: can't connect to remote host ({host}): Connection refused",
            "timeout": "wget: download timed out",
        }[reply.error]
        machine.err.append(said + "\n")
        return Done(1, limit if reply.error == "timeout" else 0)
    if reply.status >= 400:
        machine.err.append(f"wget: server returned error: HTTP/1.1 {reply.status}\n")
        return Done(1)
    if "--spider" not in words:
        machine.out.append(reply.body)
    return Done()


def curl(machine: Machine, words: list[str]) -> Done:
    """Fetch a URL as curl does."""
    limit, plain = _limited(words, "-m", "--max-time", "--connect-timeout", "-o", "-w", "-H", "-X", "-d")
    host, port, path = _parts(plain[-1] if plain else "")
    reply = machine.request(host, port, path or "/")
    match reply.error:
        case "host":
            machine.err.append(f"curl: (6) Could not resolve host: {host}\n")
            return Done(6)
        case "refused":
            machine.err.append(
                f"curl: (7) Failed to connect to {host} port {port} after 1 ms: Could not connect to server\n"
            )
            return Done(7)
        case "timeout":
            machine.err.append(f"curl: (28) Connection timed out after {int(limit * 1000)} milliseconds\n")
            return Done(28, limit)
    fails = any(re.fullmatch(r"--fail|-[a-zA-Z]*f[a-zA-Z]*", word) for word in words)
    if reply.status >= 400 and fails:
        machine.err.append(f"curl: (22) The requested URL returned error: {reply.status}\n")
        return Done(22)
    machine.out.append(reply.body)
    return Done()


def nslookup(machine: Machine, words: list[str]) -> Done:
    """Resolve a name."""
    host = words[0] if words else ""
    reply = machine.request(host, 0, "")
    machine.out.append("Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n")
    if reply.error == "host":
        machine.out.append(f"** server can't find {host}: NXDOMAIN\n")
        return Done(1)
    machine.out.append(f"Name:\t{host}\n")
    return Done()


def hostname(machine: Machine, words: list[str]) -> Done:
    """Print the host's name."""
    machine.out.append(machine.hostname + "\n")
    return Done()


def date(machine: Machine, words: list[str]) -> Done:
    """Print the time."""
    machine.out.append(machine.date + "\n")
    return Done()


def true(machine: Machine, words: list[str]) -> Done:
    """Succeed; also stands for tools whose effect nobody sees (mkdir, chmod, set)."""
    return Done()


def false(machine: Machine, words: list[str]) -> Done:
    """Fail."""
    return Done(1)


def _limited(words: list[str], *flags: str) -> tuple[float, list[str]]:
    """The value of the first numeric flag (a time limit), and the words that are no flags."""
    limit, plain, skip = CONNECT_SECONDS, [], False
    for place, word in enumerate(words):
        if skip:
            skip = False
        elif word in flags:
            skip = True
            value = words[place + 1] if place + 1 < len(words) else ""
            limit = float(value) if word in ("-w", "-T", "-m", "--max-time") and value.isdigit() else limit
        elif not word.startswith("-"):
            plain.append(word)
    return limit, plain


def _parts(url: str) -> tuple[str, int, str]:
    found = _URL.match(url)
    if found is None:
        return url, 80, "/"
    default = 443 if found[1] == "https" else 80
    return found[2], int(found[3] or default), found[4] or "/"


_SILENT = (
    "mkdir",
    "chmod",
    "chown",
    "cp",
    "mv",
    "rm",
    "touch",
    "set",
    "trap",
    "export",
    "cd",
    ":",
    "sync",
    "grep",
)
TOOLS: Mapping[str, Tool] = MappingProxyType(
    {
        "echo": echo,
        "printf": echo,
        "cat": cat,
        "ls": ls,
        "env": env,
        "printenv": printenv,
        "sleep": sleep,
        "tail": tail,
        "test": test,
        "[": test,
        "nc": nc,
        "wget": wget,
        "curl": curl,
        "nslookup": nslookup,
        "hostname": hostname,
        "date": date,
        "true": true,
        "false": false,
        **dict.fromkeys(_SILENT, true),
    }
)
