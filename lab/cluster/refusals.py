"""A failed call in the words of the program that made it, and of the server that refused it."""

import json
from dataclasses import dataclass

from lab.cluster.dependencies import Call
from lab.cluster.kubelet.state import Run
from lab.cluster.mongo.server import MongoError, Session
from lab.cluster.network import Outcome, Reach, error_text
from lab.cluster.texts import Text, Texts


@dataclass(frozen=True)
class Refusal:
    """A server's no."""

    error: str
    """In the caller's words."""
    server: Run | None = None
    told: str = ""
    """What the server writes into its own log, by lines."""


def unreachable(texts: Texts, call: Call, dialect: str, outcome: Outcome) -> str:
    """No connection came about."""
    address = f"{outcome.host}:{outcome.port}"
    if call.mongo is not None:
        cause = "connection refused" if outcome.reach is Reach.REFUSED else "connection timeout"
        return texts.say(Text(f"mongo-unreachable-{_driver(dialect)}"), address=address, cause=cause)
    said = error_text(texts, outcome, dialect)
    match call.protocol:
        case "grpc":
            return texts.say(Text(f"grpc-unavailable-{dialect}"), error=said, address=address)
        case "thrift":
            return texts.say(Text.THRIFT_OPEN, host=outcome.host, port=outcome.port, error=said)
    return said


def bad_answer(texts: Texts, call: Call, dialect: str, status: int, url: str, said: str) -> str:
    """The other side answered, and not well; `said` is what it told."""
    match call.protocol:
        case "grpc":
            code = "Unavailable" if status == 503 else "Internal" if status == 500 else "Unknown"
            return texts.say(Text(f"grpc-failed-{dialect}"), code=code, shouted=code.upper(), error=said)
        case "thrift":
            return said or texts.say(Text.THRIFT_FAILED)
    return texts.say(Text(f"bad-status-{dialect}"), status=status, url=url)


def use_mongo(texts: Texts, call: Call, dialect: str, server: Run, outcome: Outcome) -> Refusal | None:
    """Authenticate and work as the call does; `None` when the server permits it."""
    use, mongod = call.mongo, server.mongod
    if use is None or mongod is None:
        return None
    client, conn = _client(outcome), _connection(server)
    if mongod.requires_tls and not use.tls:
        address = f"{outcome.host}:{outcome.port}"
        said = texts.say(Text(f"mongo-unreachable-{_driver(dialect)}"), address=address, cause="connection closed")
        return Refusal(said, server, texts.say(Text.MONGOD_TLS_ONLY, client=client, conn=conn))
    session = Session(mongod)
    try:
        if use.user is not None:
            session.authenticate(use.source, use.user, use.password)
    except MongoError as error:
        text = texts.say(Text(f"mongo-auth-{_driver(dialect)}"), error=error.message)
        reason = json.dumps(error.reason)
        places = {"user": use.user, "source": use.source, "client": client, "conn": conn, "reason": reason}
        return Refusal(text, server, texts.say(Text.MONGOD_AUTH_FAILED, **places))
    if use.db is None:
        return None
    try:
        session.check(use.action, use.db, use.spelled)
    except MongoError as error:
        told = texts.say(Text.MONGOD_UNAUTHORIZED, error=json.dumps(error.message), conn=conn)
        return Refusal(error.message, server, "\n".join([*login(texts, call, server, outcome), told]))
    held = mongod.data.databases.setdefault(use.db, {})
    if use.documents and not held.get(use.collection):
        held[use.collection] = use.documents
    return None


def login(texts: Texts, call: Call, server: Run, outcome: Outcome) -> list[str]:
    """The line that a MongoDB server writes about a user that it lets in; none where nobody logs in."""
    use = call.mongo
    if use is None or use.user is None or server.mongod is None:
        return []
    places = {"user": use.user, "source": use.source, "client": _client(outcome), "conn": _connection(server)}
    return [texts.say(Text.MONGOD_AUTHENTICATED, **places)]


def _client(outcome: Outcome) -> str:
    return f"{outcome.client}:{40000 + outcome.port % 20000}"


def _connection(server: Run) -> str:
    """The name of the connection that the server speaks of next."""
    return f"conn{len(server.said) + 1}"


def _driver(dialect: str) -> str:
    return "cpp" if dialect == "cpp" else "go"
