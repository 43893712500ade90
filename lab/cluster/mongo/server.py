"""A MongoDB server: what lies in its data directory, who may do what, and how it refuses (MongoDB 4.4)."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from lab.cluster.mongo.roles import CLUSTER, Role, allowed


class MongoError(Exception):
    """The server's refusal; the message is its `errmsg`."""

    def __init__(self, code: int, name: str, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.code, self.name, self.message = code, name, message
        self.reason = reason
        """What only the server's own log says."""


@dataclass
class User:
    """A database user."""

    name: str
    db: str
    """Where it was created, and where it authenticates."""
    password: str
    roles: tuple[Role, ...] = ()


@dataclass
class Data:
    """A data directory."""

    users: dict[tuple[str, str], User] = field(default_factory=dict)
    """By database and name."""
    databases: dict[str, dict[str, int]] = field(default_factory=dict)
    """Numbers of documents by collection, by database."""
    initialised: bool = False
    """Whether the image's entry point has prepared it."""


@dataclass(frozen=True)
class Mongod:
    """A running server."""

    data: Data
    authorization: bool = False
    """Whether users must authenticate."""
    requires_tls: bool = False
    version: str = "4.4.6"


@dataclass
class Session:
    """A connection to a server. Every method may raise MongoError."""

    server: Mongod
    local: bool = False
    """From the same host: the first user may be made without any (the localhost exception)."""
    users: dict[str, User] = field(default_factory=dict)
    """Who has authenticated, by database."""

    def authenticate(self, db: str, name: str, password: str) -> None:
        """`db.auth`."""
        user = self.server.data.users.get((db, name))
        if user is None:
            reason = f'UserNotFound: Could not find user "{name}" for db "{db}"'
            raise MongoError(18, "AuthenticationFailed", "Authentication failed.", reason)
        if user.password != password:
            reason = "AuthenticationFailed: SCRAM authentication failed, storedKey mismatch"
            raise MongoError(18, "AuthenticationFailed", "Authentication failed.", reason)
        self.users[db] = user

    def check(self, action: str, db: str, command: str) -> None:
        """Refuse an action on a database (or `CLUSTER`) that no role of the session's users permits."""
        if self.permits(action, db):
            return
        name = command.strip("{ ").split(":", 1)[0]
        if not self.users:
            raise MongoError(13, "Unauthorized", f"command {name} requires authentication")
        where = "admin" if db == CLUSTER else db
        raise MongoError(13, "Unauthorized", f"not authorized on {where} to execute command {command}")

    def permits(self, action: str, db: str) -> bool:
        """Whether the session may do that now: grants that were taken away since count no more."""
        data = self.server.data
        if not self.server.authorization or (self.local and not data.users):
            return True
        now = (data.users.get((db_, user.name)) for db_, user in self.users.items())
        return any(user is not None and allowed(user.roles, action, db) for user in now)

    # ---- users ----

    def create_user(self, db: str, name: str, password: str, roles: Iterable[Role]) -> None:
        """`createUser`."""
        wanted = tuple(roles)
        self.check("createUser", db, f'{{ createUser: "{name}", $db: "{db}" }}')
        self._check_roles("grantRole", wanted, f'{{ createUser: "{name}", $db: "{db}" }}')
        if (db, name) in self.server.data.users:
            raise MongoError(51003, "Location51003", f'User "{name}@{db}" already exists')
        self.server.data.users[db, name] = User(name, db, password, wanted)

    def update_user(self, db: str, name: str, password: str | None, roles: Iterable[Role] | None) -> None:
        """`updateUser`: a new password, other roles, or both."""
        user = self._user(db, name)
        command = f'{{ updateUser: "{name}", $db: "{db}" }}'
        if password is not None:
            self.check("changePassword", db, command)
            user.password = password
        if roles is not None:
            wanted = tuple(roles)
            self._check_roles("grantRole", wanted, command)
            user.roles = wanted

    def drop_user(self, db: str, name: str) -> bool:
        """`dropUser`: whether there was one."""
        self.check("dropUser", db, f'{{ dropUser: "{name}", $db: "{db}" }}')
        return self.server.data.users.pop((db, name), None) is not None

    def grant(self, db: str, name: str, roles: Iterable[Role]) -> None:
        """`grantRolesToUser`."""
        wanted = tuple(roles)
        self._check_roles("grantRole", wanted, f'{{ grantRolesToUser: "{name}", $db: "{db}" }}')
        user = self._user(db, name)
        user.roles = tuple(dict.fromkeys((*user.roles, *wanted)))

    def revoke(self, db: str, name: str, roles: Iterable[Role]) -> None:
        """`revokeRolesFromUser`."""
        unwanted = tuple(roles)
        self._check_roles("revokeRole", unwanted, f'{{ revokeRolesFromUser: "{name}", $db: "{db}" }}')
        user = self._user(db, name)
        user.roles = tuple(role for role in user.roles if role not in unwanted)

    def list_users(self, db: str) -> list[User]:
        """`usersInfo`: the users of a database, by name."""
        self.check("viewUser", db, f'{{ usersInfo: 1.0, $db: "{db}" }}')
        return [user for (where, _), user in sorted(self.server.data.users.items()) if where == db]

    # ---- data ----

    def list_databases(self) -> list[str]:
        """`listDatabases`: those that the session may read."""
        if not self.permits("listDatabases", CLUSTER) and not self.users:
            self.check("listDatabases", CLUSTER, "{ listDatabases: 1.0 }")
        held = {name for name, collections in self.server.data.databases.items() if collections}
        names = {"admin", "config", "local"} | held
        all_of_them = self.permits("listDatabases", CLUSTER)
        return sorted(name for name in names if all_of_them or self.permits("find", name))

    def collections(self, db: str) -> list[str]:
        """`listCollections`."""
        self.check("listCollections", db, f'{{ listCollections: 1.0, nameOnly: true, $db: "{db}" }}')
        return sorted(self.server.data.databases.get(db, {}))

    def count(self, db: str, collection: str) -> int:
        """`count`."""
        self.check("find", db, f'{{ count: "{collection}", query: {{}}, $db: "{db}" }}')
        return self.server.data.databases.get(db, {}).get(collection, 0)

    def insert(self, db: str, collection: str, number: int) -> None:
        """`insert`."""
        self.check("insert", db, f'{{ insert: "{collection}", ordered: true, $db: "{db}" }}')
        held = self.server.data.databases.setdefault(db, {})
        held[collection] = held.get(collection, 0) + number

    def drop(self, db: str, collection: str) -> bool:
        """`drop`: whether there was such a collection."""
        self.check("dropCollection", db, f'{{ drop: "{collection}", $db: "{db}" }}')
        return self.server.data.databases.get(db, {}).pop(collection, None) is not None

    def drop_database(self, db: str) -> None:
        """`dropDatabase`."""
        self.check("dropDatabase", db, f'{{ dropDatabase: 1.0, $db: "{db}" }}')
        self.server.data.databases.pop(db, None)

    def _check_roles(self, action: str, roles: tuple[Role, ...], command: str) -> None:
        for role in roles:
            self.check(action, role.db, command)
            if not role.exists:
                raise MongoError(31, "RoleNotFound", f"Could not find role: {role.role}@{role.db}")

    def _user(self, db: str, name: str) -> User:
        user = self.server.data.users.get((db, name))
        if user is None:
            raise MongoError(11, "UserNotFound", f'Could not find user "{name}" for db "{db}"')
        return user
