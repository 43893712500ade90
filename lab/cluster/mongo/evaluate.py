"""The statements of the mongo shell that people type at a server: users, grants, databases, counts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from lab.cluster.mongo.control import branch
from lab.cluster.mongo.literals import BadSyntax, Reader, written
from lab.cluster.mongo.server import MongoError, Session
from lab.cluster.mongo.users import NOTHING, administer, document_of

_USE = re.compile(r"^[ \t]*use[ \t]+([^\s;]+)[ \t]*;?[ \t]*$", re.MULTILINE)
_SHOW = re.compile(r"^[ \t]*show[ \t]+([a-z]+)[ \t]*;?[ \t]*$", re.MULTILINE)


class Quit(Exception):
    """`quit(CODE)`."""

    def __init__(self, code: int = 0) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class _Db:
    name: str


@dataclass(frozen=True)
class _Collection:
    db: str
    name: str


@dataclass
class Evaluator:
    """Carries statements out on a session. Raises MongoError, BadSyntax and Quit."""

    session: Session
    db: str
    out: list[str] = field(default_factory=list)
    """Printed lines."""
    variables: dict[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    """What `cat` reads."""

    def run(self, text: str) -> None:
        """Carry a script out, as a file is: only what it prints is seen."""
        self._run(text)

    def echo(self, text: str) -> None:
        """As `run`, and print what the last statement yields, as `--eval` does."""
        last = self._run(text)
        if last is not NOTHING:
            self.out.append(_shown(last))

    def _run(self, text: str) -> Any:
        plain = _USE.sub(lambda found: f'db = db.getSiblingDB("{found[1]}");', text)
        reader = Reader(_SHOW.sub(lambda found: f'show("{found[1]}");', plain), self.variables)
        last: Any = NOTHING
        while reader.peek():
            if reader.peek() == ";":
                reader.take()
                continue
            last = self._statement(reader)
        return last

    def _statement(self, reader: Reader) -> Any:
        if reader.peek() == "if":
            branch(reader, self._expression, self._statement)
            return NOTHING
        if reader.peek() in ("var", "let", "const"):
            reader.take()
        name, after = reader.peek(), reader.position + 1
        if reader.tokens[after : after + 1] == ["="] and re.fullmatch(r"[A-Za-z_$][\w$]*", name):
            reader.position += 2
            value = self._expression(reader)
            if name == "db" and isinstance(value, _Db):
                self.db = value.name
            else:
                self.variables[name] = value
            return NOTHING
        return self._expression(reader)

    def _expression(self, reader: Reader) -> Any:
        token = reader.peek()
        if token == "db":
            reader.take()
            value: Any = _Db(self.db)
        elif token in _FUNCTIONS:
            reader.take()
            return self._function(token, reader)
        else:
            value = reader.value()
        while reader.peek() == ".":
            reader.take()
            member = reader.take()
            value = self._member(value, member, reader)
        return value

    def _function(self, name: str, reader: Reader) -> Any:
        reader.take("(")
        given = []
        while reader.peek() != ")":
            given.append(self._expression(reader))
            if reader.peek() == ",":
                reader.take()
        reader.take(")")
        match name:
            case "print":
                self.out.append(" ".join(map(_shown, given)))
            case "printjson" | "tojson":
                self.out.append(written(_plain(given[0] if given else None)))
            case "show":
                self._show(str(given[0]))
            case "cat":
                return self._file(str(given[0]))
            case "quit" | "exit":
                raise Quit(int(given[0]) if given else 0)
        return NOTHING

    def _file(self, path: str) -> str:
        if path not in self.files:
            raise MongoError(13300, "Location13300", f"couldn't open file {path}")
        return self.files[path]

    def _show(self, what: str) -> None:
        match what:
            case "dbs" | "databases":
                self.out += [f"{name:<8}0.000GB" for name in self.session.list_databases()]
            case "collections" | "tables":
                self.out += self.session.collections(self.db)
            case "users":
                self.out += [written(document_of(user)) for user in self.session.list_users(self.db)]
            case _:
                raise BadSyntax(f"don't know how to show [{what}]")

    # ---- members ----

    def _member(self, value: Any, member: str, reader: Reader) -> Any:
        called = reader.peek() == "("
        if isinstance(value, _Db) and not called:
            return _Collection(value.name, member)
        if isinstance(value, _Collection) and not called:
            return _Collection(value.db, f"{value.name}.{member}")
        if called and member == "forEach":
            reader.take("(")
            while reader.take() != ")":
                pass
            self.out += [_shown(each) for each in value]
            return NOTHING
        if value is None:
            raise BadSyntax(f"{member} is asked of what is null")
        if not called:
            return value.get(member) if isinstance(value, dict) else len(value)
        arguments = reader.arguments()
        match value:
            case _Db():
                return self._on_database(value.name, member, arguments)
            case _Collection():
                return self._on_collection(value, member, arguments)
            case _ if member in ("pretty", "limit", "sort", "toArray", "hint", "skip"):
                return value
            case _ if member in ("count", "itcount", "size", "length"):
                return len(value)
        raise BadSyntax(f"{member} is not a function")

    def _on_database(self, db: str, member: str, given: list[Any]) -> Any:
        session = self.session
        first = given[0] if given else None
        match member:
            case "getSiblingDB" | "getSisterDB":
                return _Db(str(first))
            case "getCollection":
                return _Collection(db, str(first))
            case "getName":
                return db
            case "version":
                return session.server.version
            case "getMongo":
                return _Db(db)
            case "auth":
                return self._auth(db, given)
            case "logout":
                session.users.pop(db, None)
                return {"ok": 1}
            case "getCollectionNames":
                return session.collections(db)
            case "dropDatabase":
                session.drop_database(db)
                return {"dropped": db, "ok": 1}
            case "runCommand" | "adminCommand":
                return self._command(db if member == "runCommand" else "admin", first)
            case "stats":
                return {"db": db, "collections": len(session.collections(db)), "ok": 1}
        return administer(session, db, member, given, self.out)

    def _auth(self, db: str, given: list[Any]) -> int:
        told = given[0] if given and isinstance(given[0], dict) else {}
        name, password = (told.get("user"), told.get("pwd")) if told else (*given, None, None)[:2]
        try:
            self.session.authenticate(db, str(name), str(password))
        except MongoError as error:
            self.out.append(f"Error: {error.message}")
            return 0
        return 1

    def _command(self, db: str, document: Any) -> Any:
        command = document if isinstance(document, dict) else {str(document): 1}
        name = next(iter(command), "")
        match name:
            case "ping":
                return {"ok": 1}
            case "createUser":
                told = {"user": command[name], "pwd": command.get("pwd", ""), "roles": command.get("roles", [])}
                administer(self.session, db, name, [told], [])
                return {"ok": 1}
            case "dropUser" | "grantRolesToUser" | "revokeRolesFromUser" | "updateUser":
                more = command if name == "updateUser" else command.get("roles")
                administer(self.session, db, name, [command[name], more], [])
                return {"ok": 1}
            case "usersInfo":
                wanted = command[name]
                users = self.session.list_users(db)
                return {"users": [document_of(user) for user in users if wanted in (1, user.name)], "ok": 1}
            case "listDatabases":
                return {"databases": [{"name": each} for each in self.session.list_databases()], "ok": 1}
            case "connectionStatus":
                known = [{"user": user.name, "db": where} for where, user in self.session.users.items()]
                return {"authInfo": {"authenticatedUsers": known}, "ok": 1}
        raise MongoError(59, "CommandNotFound", f"no such command: '{name}'")

    def _on_collection(self, where: _Collection, member: str, given: list[Any]) -> Any:
        session, db, name = self.session, where.db, where.name
        match member:
            case "count" | "countDocuments" | "estimatedDocumentCount":
                return session.count(db, name)
            case "find" | "findOne" | "aggregate" | "distinct":
                number = session.count(db, name)
                return [{"_id": place} for place in range(1, min(number, 20) + 1)]
            case "insert" | "insertOne" | "save":
                session.insert(db, name, 1)
                return {"nInserted": 1}
            case "insertMany":
                session.insert(db, name, len(given[0]) if given else 0)
                return {"acknowledged": True}
            case "drop":
                return session.drop(db, name)
            case _:
                raise BadSyntax(f"db.{name}.{member} is not a function")


_FUNCTIONS: Final = frozenset({"print", "printjson", "tojson", "show", "cat", "quit", "exit"})


def _plain(value: Any) -> Any:
    match value:
        case _Db(name):
            return name
        case _Collection(db, name):
            return f"{db}.{name}"
    return None if value is NOTHING else value


def _shown(value: Any) -> str:
    plain = _plain(value)
    return plain if isinstance(plain, str) else written(plain)
