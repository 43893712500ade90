"""From a MongoDB server's refusal to the grant or user that is missing: by its log and by what was declared."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from domain.accounts import SERVER_DATABASES, CreateDatabaseUser, GrantDatabaseRole
from domain.actions import Action, Restart
from domain.cluster import Severity
from domain.evidence import Finding
from tools.analyzers.account_jobs import AccountJob, account_jobs
from tools.analyzers.complaints import recent_lines
from tools.analyzers.containers import containers
from tools.analyzers.declared_users import Roles, declared_users
from tools.analyzers.denials import Denial
from tools.analyzers.mongo_log import refusal_in, refused_users, unknown_user
from tools.analyzers.objects import Workload, dig, when
from tools.analyzers.stores import Store, stores
from tools.analyzers.suspicion import seen
from tools.analyzers.turned_away import TurnedAway
from tools.analyzers.wiring import Wiring, all_containers

_SECONDS = 3600.0
"""How far back the server's log tells who logged in: a client in back-off tries only every five minutes."""
_GRANTABLE = ("readWrite", "read")
_READING = frozenset({"find", "count", "aggregate", "distinct", "getMore", "listCollections", "listIndexes"})
_USER = re.compile(r"(USERNAME|USER|LOGIN)$", re.IGNORECASE)
_PASSWORD = re.compile(r"(PASSWORD|PASSWD|PASS|PWD)$", re.IGNORECASE)


_MENDED_BY = {Denial.AUTHENTICATION: "create_database_user", Denial.AUTHORIZATION: "grant_database_role"}
_WAITS = " Its user was mended after its last try."
Declared = Mapping[str, tuple[Roles, str]]


@dataclass(frozen=True)
class Remedy:
    """What would let the client in, and what speaks for it."""

    action: Action
    finding: Finding
    remark: str = ""
    """A sentence more for the statement, with a blank before it."""


def remedy_for(wiring: Wiring, found: TurnedAway) -> Remedy | None:
    """The missing grant or user of a client, or its next try; `None` where the evidence names too little."""
    job = _mended_since(wiring, found)
    if job is not None:
        client = found.client.ref
        told = seen(wiring.snapshot, job.ref, f"It is complete; {client.name} has not tried since.", Severity.INFO)
        return Remedy(Restart(target=client), told, _WAITS)
    server = found.server
    if server is None or server.ref.kind not in ("Deployment", "StatefulSet"):
        return None
    known = stores(wiring).get(server.ref.name)
    if known is None or known[1] is not Store.MONGODB:
        return None
    lines = [line for _, line in recent_lines(wiring.snapshot, server, _SECONDS)]
    declared = declared_users(wiring.snapshot, server)
    try:
        match found.denial:
            case Denial.AUTHORIZATION:
                return _grant(wiring, found, server, lines, declared)
            case Denial.AUTHENTICATION:
                return _user(wiring, found, server, lines, declared)
            case _:
                return None
    except ValidationError:
        return None  # A name with signs that no statement may hold.


def _grant(
    wiring: Wiring, found: TurnedAway, server: Workload, lines: list[str], declared: Declared
) -> Remedy | None:
    said = refusal_in(found.said) or refusal_in(found.confirmed or "")
    if said is None or said[0] in SERVER_DATABASES:
        return None
    database, command = said
    who = _user_of(refused_users(lines, database), declared, database)
    if who is None:
        return None
    user, home = who
    roles, config = declared.get(user, ((), ""))
    role = next((r for r in _GRANTABLE if (r, database) in roles), None)
    told = f"; ConfigMap {config} gives it {role} there" if role else ""
    role = role or ("read" if command in _READING else "readWrite")
    action = GrantDatabaseRole(
        target=server.ref,
        user=user,
        role=role,
        database=database,
        user_database=home,
    )
    text = f"The user is {user} of {home}, which may not {command} on {database} now{told}."
    return Remedy(action, seen(wiring.snapshot, server.ref, text))


def _user(
    wiring: Wiring, found: TurnedAway, server: Workload, lines: list[str], declared: Declared
) -> Remedy | None:
    who = unknown_user(lines)
    if who is None:
        return None
    user, home = who
    roles, config = declared.get(user, ((), ""))
    wanted = next(
        ((r, db) for r in _GRANTABLE for role, db in roles if role == r and db not in SERVER_DATABASES), None
    )
    password = next((p for w in (found.client, server) if (p := _password(w, user))), None)
    if wanted is None or password is None:
        return None
    action = CreateDatabaseUser(
        target=server.ref,
        user=user,
        role=wanted[0],
        database=wanted[1],
        secret_name=password[0],
        key=password[1],
        user_database=home,
    )
    text = f"There is no user {user} in {home}; ConfigMap {config} declares it with {wanted[0]} on {wanted[1]}"
    text += f", and Secret {password[0]} holds its password."
    if others := [f"{role} on {db}" for role, db in roles if (role, db) != wanted]:
        text += f" AOI does not restore {', '.join(others)}."
    return Remedy(action, seen(wiring.snapshot, server.ref, text))


def _mended_since(wiring: Wiring, found: TurnedAway) -> AccountJob | None:
    """The Job that gave the client what it lacked, if its last try was before that."""
    server = found.server.ref.name if found.server else None
    done = [job for job in account_jobs(wiring.snapshot) if job.complete and job.server == server]
    if not done or done[-1].undoes or done[-1].change.get("action") != _MENDED_BY.get(found.denial):
        return None
    since, tries = done[-1].ended_at, list(_last_tries(found.client))
    before = since is not None and all(at is not None and at <= since for at in tries)
    return done[-1] if tries and before else None


def _last_tries(client: Workload) -> Iterator[datetime | None]:
    """When each main container of a client ended last; `None` for one that runs."""
    mains = (container for pod in client.pods for container in containers(pod) if not container.init)
    return (None if c.running else when(c.ended.get("finishedAt")) for c in mains)


def _user_of(refused: Mapping[str, str], declared: Declared, database: str) -> tuple[str, str] | None:
    """The only one it can be. Whoever may talk to the server can be refused there, so a log alone that names
    several says nothing, and none of them gets what the team has declared for somebody else."""
    meant = {user for user, (roles, _) in declared.items() if any(db == database for _, db in roles)}
    found = [user for user in refused if not meant or user in meant] or ([] if refused else sorted(meant))
    return (found[0], refused.get(found[0], "admin")) if len(found) == 1 else None


def _password(workload: Workload, user: str) -> tuple[str, str] | None:
    """Secret and key of the password beside the variable that names the user: `DB_USER` and `DB_PASSWORD`."""
    for container in all_containers(workload.pod_spec):
        env = container.get("env") or ()
        names = [entry["name"] for entry in env if entry.get("value") == user]
        stems = {_USER.sub("", name) for name in names if _USER.search(name)}
        for entry in env:
            source = dig(entry, "valueFrom", "secretKeyRef")
            if source and _PASSWORD.search(entry["name"]) and _PASSWORD.sub("", entry["name"]) in stems:
                return str(source["name"]), str(source["key"])
    return None
