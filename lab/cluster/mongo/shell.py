"""The command `mongo [ADDRESS] [-u USER -p PASSWORD --authenticationDatabase DB] --eval TEXT | FILE.js`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from lab.cluster.mongo.evaluate import Evaluator, Quit
from lab.cluster.mongo.literals import BadSyntax
from lab.cluster.mongo.server import Mongod, MongoError, Session

Reach = Callable[[str, int], Mongod | str]
"""Host, port: the server there, or why there is none: `refused`, `timeout`, `host`."""

PORT: Final = 27017
FAILED: Final = 252
"""The exit code of a script that ended in an exception (the shell says -4)."""
_ADDRESS: Final = re.compile(
    r"(?:mongodb://)?(?:(?P<user>[^:@/]+):(?P<password>[^@]*)@)?(?P<host>[^:/?]+)?(?::(?P<port>\d+))?"
    r"(?:/(?P<db>[^?]*))?(?:\?(?P<options>.*))?"
)
_ERRORS: Final = {
    "refused": "Connection refused",
    "timeout": "Socket operation timed out",
    "host": "Could not find address for {host}: SocketException: Host not found (authoritative)",
}
_VALUED: Final = {
    "-u": "user",
    "--username": "user",
    "-p": "password",
    "--password": "password",
    "--authenticationDatabase": "source",
    "--host": "host",
    "--port": "port",
    "--eval": "eval",
}


@dataclass
class _Line:
    """The command line, taken apart."""

    values: dict[str, str] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)
    plain: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str


def mongo(words: list[str], reach: Reach, files: Mapping[str, str]) -> Ran:
    """Run the shell with these words (without its own name)."""
    line = _taken_apart(words)
    scripts = [word for word in line.plain if word.endswith(".js")]
    address = next((word for word in line.plain if not word.endswith(".js")), "")
    _read_address(line, address)
    host, port = line.values.get("host", "127.0.0.1"), int(line.values.get("port") or PORT)
    db = line.values.get("db") or "test"
    head = _head(line, host, port, db)
    found = reach(host, port)
    if isinstance(found, str):
        cause = _ERRORS.get(found, found).format(host=f"{host}:{port}")
        where = f"{host}:{port}"
        error = f"couldn't connect to server {where}, connection attempt failed: SocketException: "
        return _no_connection(head, f"{error}Error connecting to {where} :: caused by :: {cause}")
    if found.requires_tls and not line.flags & {"--tls", "--ssl"}:
        return _no_connection(
            head, f"network error while attempting to run command 'isMaster' on host '{host}:{port}' "
        )
    session = Session(found, local=host in ("127.0.0.1", "localhost"))
    if "user" in line.values:
        source = line.values.get("source") or line.values.get("db") or "admin"
        try:
            session.authenticate(source, line.values["user"], line.values.get("password", ""))
        except MongoError as error:
            return _no_connection(head, f"{error.message} ")
    return _carried_out(Evaluator(session, db, files=files), line, scripts, head, files)


def _carried_out(
    evaluator: Evaluator, line: _Line, scripts: list[str], head: list[str], files: Mapping[str, str]
) -> Ran:
    try:
        if "eval" in line.values:
            evaluator.echo(line.values["eval"])
        for path in scripts:
            if path not in files:
                return Ran(253, _text([*head, f"failed to load: {path}", "exiting with code -3"]))
            evaluator.run(files[path])
    except Quit as quit_:
        return Ran(quit_.code, _text([*head, *evaluator.out]))
    except MongoError as error:
        said = f"uncaught exception: Error: {error.message} :"
        trace = ["_getErrorWithCode@src/mongo/shell/utils.js:25:13", "@(shell eval):1:1"]
        return Ran(FAILED, _text([*head, *evaluator.out, said, *trace, "exiting with code -4"]))
    except BadSyntax as wrong:
        kind = "TypeError" if str(wrong).endswith(("not a function", "null")) else "SyntaxError"
        said = f"uncaught exception: {kind}: {wrong} :"
        return Ran(FAILED, _text([*head, *evaluator.out, said, "@(shell eval):1:1", "exiting with code -4"]))
    return Ran(0, _text([*head, *evaluator.out]))


def _taken_apart(words: list[str]) -> _Line:
    line, left = _Line(), list(words)
    while left:
        word = left.pop(0)
        name, sign, value = word.partition("=")
        if name in _VALUED and name.startswith("--") and sign:
            line.values[_VALUED[name]] = value
        elif word in _VALUED:
            line.values[_VALUED[word]] = left.pop(0) if left else ""
        elif re.match(r"-[up].", word):
            line.values[_VALUED[word[:2]]] = word[2:]
        elif word.startswith("-"):
            line.flags.add(name)
        else:
            line.plain.append(word)
    return line


def _read_address(line: _Line, address: str) -> None:
    """`DB`, `HOST:PORT/DB`, or a URL; options on the command line win."""
    if not address:
        return
    if not re.search(r"[:/.]", address):
        line.values.setdefault("db", address)
        return
    found = _ADDRESS.fullmatch(address)
    if found is None:
        return
    source = re.search(r"authSource=([^&]+)", found["options"] or "")
    told = {name: found[name] for name in ("user", "password", "host", "port", "db")}
    for name, value in {**told, "source": source[1] if source else None}.items():
        if value:
            line.values.setdefault(name, value)


def _head(line: _Line, host: str, port: int, db: str) -> list[str]:
    if "--quiet" in line.flags:
        return []
    url = f"mongodb://{host}:{port}/{db}?compressors=disabled&gssapiServiceName=mongodb"
    return ["MongoDB shell version v4.4.6", f"connecting to: {url}"]


def _no_connection(head: list[str], error: str) -> Ran:
    trace = ["connect@src/mongo/shell/mongo.js:374:17", "@(connect):2:6", "exception: connect failed"]
    return Ran(1, _text([*head, f"Error: {error}:", *trace, "exiting with code 1"]))


def _text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
