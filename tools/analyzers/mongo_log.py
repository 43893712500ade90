"""Who is refused what, in the words of MongoDB's own log: one JSON document a line (MongoDB 4.4 and later)."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools.analyzers.objects import dig

_LET_IN = (20250, 5286306)
"""Ids of the lines about a login that succeeded, up to MongoDB 5 and since."""
_REFUSED = re.compile(r"not authorized on (\S+) to execute command \{ (\w+)")


def refusal_in(text: str) -> tuple[str, str] | None:
    """The database and the command that a text says is refused."""
    found = _REFUSED.search(text)
    return (found[1], found[2]) if found else None


def refused_users(lines: Sequence[str], database: str) -> dict[str, str]:
    """Who logged in on the connections that were refused something on this database, and where they are kept."""
    logged_in: dict[str, tuple[str, str]] = {}
    refused: dict[str, str] = {}
    for record in _records(lines):
        connection = str(record.get("ctx"))
        if record.get("id") in _LET_IN and (who := _principal(record)):
            logged_in[connection] = who
        said = refusal_in(str(dig(record, "attr", "error", "errmsg")))
        if said and said[0] == database and connection in logged_in:
            user, home = logged_in[connection]
            refused[user] = home
    return refused


def unknown_user(lines: Sequence[str]) -> tuple[str, str] | None:
    """Whom the server did not know when somebody last tried to log in."""
    unknown = [who for r in _records(lines) if "UserNotFound" in json.dumps(r["attr"]) and (who := _principal(r))]
    return unknown[-1] if unknown else None


def _records(lines: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """The lines of a MongoDB log as they were written, oldest first."""
    for line in lines:
        start = line.find("{")
        try:
            record = json.loads(line[start:]) if start >= 0 else None
        except ValueError:
            continue
        if isinstance(record, dict) and isinstance(record.get("attr"), dict):
            yield record


def _principal(record: Mapping[str, Any]) -> tuple[str, str] | None:
    """User and its database, as older and newer servers name them."""
    attr = record["attr"]
    user = attr.get("principalName") or attr.get("user")
    home = attr.get("authenticationDatabase") or attr.get("db")
    return (user, home) if isinstance(user, str) and isinstance(home, str) else None
