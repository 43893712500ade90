"""MongoDB's built-in roles, as far as anybody is refused for lack of one (MongoDB 4.4 manual, Built-In Roles)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

ANY_DATABASE: Final = "AnyDatabase"
CLUSTER: Final = "cluster"
"""Stands for the resource of actions that no database holds."""

_READ = frozenset({"find", "listCollections", "listIndexes", "collStats", "dbStats"})
_WRITE = frozenset(
    {"insert", "update", "remove", "createCollection", "createIndex", "dropCollection", "dropIndex"}
)
_ADMIN = frozenset({"listCollections", "listIndexes", "collStats", "dbStats", "createCollection", "createIndex"})
_DROP = frozenset({"dropCollection", "dropIndex", "dropDatabase"})
_USERS = frozenset({"createUser", "dropUser", "grantRole", "revokeRole", "viewUser", "changePassword"})

ACTIONS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "read": _READ,
        "readWrite": _READ | _WRITE,
        "dbAdmin": _ADMIN | _DROP,
        "userAdmin": _USERS,
        "dbOwner": _READ | _WRITE | _ADMIN | _DROP | _USERS,
    }
)
CLUSTER_ACTIONS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "clusterMonitor": frozenset({"listDatabases", "serverStatus"}),
        "clusterAdmin": frozenset({"listDatabases", "serverStatus", "dropDatabase"}),
        "readAnyDatabase": frozenset({"listDatabases"}),
        "readWriteAnyDatabase": frozenset({"listDatabases"}),
        "userAdminAnyDatabase": frozenset({"listDatabases"}),
        "dbAdminAnyDatabase": frozenset({"listDatabases"}),
    }
)
"""Roles of the database `admin` that hold for the whole server."""


@dataclass(frozen=True)
class Role:
    """A role on a database."""

    role: str
    db: str

    @property
    def exists(self) -> bool:
        """Whether it is a built-in role of that database."""
        if self.role in ACTIONS:
            return True
        return self.db == "admin" and (self.role == "root" or self.role in CLUSTER_ACTIONS)

    def allows(self, action: str, db: str) -> bool:
        """Whether it permits an action on a database, or on the cluster (`CLUSTER`)."""
        if self.db == "admin" and self.role == "root":
            return True
        if db == CLUSTER:
            return self.db == "admin" and action in CLUSTER_ACTIONS.get(self.role, ())
        if self.db == "admin" and self.role.endswith(ANY_DATABASE):
            return action in ACTIONS.get(self.role.removesuffix(ANY_DATABASE), ())
        return self.db == db and action in ACTIONS.get(self.role, ())


def allowed(roles: Iterable[Role], action: str, db: str) -> bool:
    """Whether any of the roles permits an action."""
    return any(role.allows(action, db) for role in roles)
