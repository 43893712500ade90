"""The small tools that images bring along: echo, cat, ls, env, sleep and their like, and the network's."""

import re
from collections.abc import Container, Mapping
from types import MappingProxyType

from lab.cluster.kubelet.disks import df
from lab.cluster.kubelet.machine import Done, Machine, Tool
from lab.cluster.kubelet.nettools import curl, nc, nslookup, wget
from lab.cluster.mongo.shell import mongo

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


def cp(machine: Machine, words: list[str]) -> Done:
    """Copy files; what is written outside of volumes that can be written is lost."""
    plain = [word for word in words if not word.startswith("-")]
    if len(plain) < 2:
        machine.err.append("cp: missing operand\n")
        return Done(1)
    *sources, target = plain
    code = 0
    for path in sources:
        if path not in machine.files:
            machine.err.append(f"cp: can't stat '{path}': No such file or directory\n")
            code = 1
            continue
        into_folder = target.endswith("/") or len(sources) > 1
        machine.write(
            target.rstrip("/") + "/" + path.rsplit("/", 1)[-1] if into_folder else target, machine.files[path]
        )
    return Done(code)


def mongo_shell(machine: Machine, words: list[str]) -> Done:
    """Talk to a MongoDB server."""
    ran = mongo(words, machine.mongod, machine.files)
    machine.out.append(ran.out)
    return Done(ran.code)


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


_SILENT = (
    "mkdir",
    "chmod",
    "chown",
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
        "cp": cp,
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
        "df": df,
        "true": true,
        "false": false,
        **dict.fromkeys(_SILENT, true),
    }
)
BROUGHT: Mapping[str, Tool] = MappingProxyType({"mongo": mongo_shell, "mongosh": mongo_shell})
"""Tools of images that name them among their commands."""


def tool_of(name: str, programs: Container[str] | None) -> Tool | None:
    """A tool of every image, or one that this image brings."""
    return TOOLS.get(name) or (BROUGHT.get(name) if programs is not None and name in programs else None)
