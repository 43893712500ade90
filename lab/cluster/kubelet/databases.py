"""Starting MongoDB servers: where their data lies, what the entry point prepares, how they are configured."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

import yaml

from lab.cluster.kubelet.machine import Machine
from lab.cluster.kubelet.places import place_of
from lab.cluster.kubelet.shell import Script
from lab.cluster.kubelet.state import Run, Runtime
from lab.cluster.mongo.evaluate import Evaluator, Quit
from lab.cluster.mongo.literals import BadSyntax
from lab.cluster.mongo.roles import Role
from lab.cluster.mongo.server import Data, Mongod, MongoError, Session
from lab.cluster.ports import Object
from lab.cluster.store import Store

DIRECTORY: Final = "/data/db"
SCRIPTS: Final = "/docker-entrypoint-initdb.d/"
LONGEST_SCRIPT: Final = 600.0
"""Seconds of waiting after which an initialisation script is given up."""


class CannotStart(Exception):
    """The server ends at its start; the message is its last log line."""


def start(store: Store, runtime: Runtime, pod: Object, spec: Object, run: Run, machine: Machine) -> Mongod:
    """The server of a new run, with whatever its data directory holds. Raises CannotStart."""
    data = runtime.data.setdefault(place_of(store, pod, spec, run, DIRECTORY), Data())
    words = [*(spec.get("command") or ()), *(spec.get("args") or ())]
    configured = _configured(words, machine.files)
    certificate = configured.get("net.tls.certificateKeyFile")
    mode = configured.get("net.tls.mode") or configured.get("net.ssl.mode") or "disabled"
    if mode != "disabled" and certificate not in machine.files:
        raise CannotStart(
            '{"s":"E","c":"CONTROL","id":20574,"ctx":"main","msg":"Error during global initialization","attr":'
            '{"error":{"code":140,"codeName":"InvalidSSLConfiguration","errmsg":"Can not set up PEM key file."}}}'
        )
    by_entry_point = not spec.get("command")
    root = run.env.get("MONGO_INITDB_ROOT_USERNAME", "")
    if by_entry_point and not data.initialised:
        _initialise(data, root, run.env, machine)
    data.initialised = True
    secured = "--auth" in words or configured.get("security.authorization") == "enabled"
    return Mongod(data, secured or (by_entry_point and bool(root)), mode == "requireTLS")


def _initialise(data: Data, root: str, env: Mapping[str, str], machine: Machine) -> None:
    """As docker-entrypoint.sh fills an empty directory: the root user, then the scripts; nobody is refused."""
    if root:
        data_password = env.get("MONGO_INITDB_ROOT_PASSWORD", "")
        Session(Mongod(data)).create_user("admin", root, data_password, [Role("root", "admin")])
    open_server = Mongod(data)
    machine.mongod = lambda host, port: open_server
    for path in sorted(path for path in machine.files if path.startswith(SCRIPTS)):
        if path.endswith(".js"):
            _run_statements(Session(open_server), env.get("MONGO_INITDB_DATABASE", "test"), machine.files[path])
        elif path.endswith(".sh"):
            _run_script(machine, machine.files[path])


def _run_statements(session: Session, db: str, text: str) -> None:
    try:
        Evaluator(session, db).run(text)
    except (MongoError, BadSyntax, Quit):
        return  # a broken script leaves undone what follows, and the server comes up without it


def _run_script(machine: Machine, text: str) -> None:
    seconds = 0.0
    for pause in Script(machine, frozenset({"mongo", "mongosh"})).run(text):
        seconds += pause
        if seconds > LONGEST_SCRIPT:
            return


def _configured(words: list[str], files: Mapping[str, str]) -> dict[str, str]:
    """The settings of the configuration file by dotted name; none without a file, or one that is no YAML."""
    for flag, path in pairwise(words):
        if flag in ("-f", "--config"):
            try:
                return dict(_flat("", yaml.safe_load(files.get(path, ""))))
            except yaml.YAMLError as error:
                raise CannotStart(f"Error parsing YAML config file: {getattr(error, 'problem', '')}") from error
    return {}


def _flat(stem: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for key, each in value.items() for pair in _flat(f"{stem}.{key}" if stem else str(key), each)]
    return [(stem, str(value))]
