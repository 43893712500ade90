"""The mongo shell's statements about users and their roles."""

from typing import Any, Final

from lab.cluster.mongo.literals import BadSyntax, written
from lab.cluster.mongo.roles import Role
from lab.cluster.mongo.server import Session, User

NOTHING: Final = object()
"""What a statement yields that prints nothing."""


def administer(session: Session, db: str, member: str, given: list[Any], out: list[str]) -> Any:
    """One statement about users; `out` takes what it prints. Raises MongoError, BadSyntax."""
    first = given[0] if given else None
    second = given[1] if len(given) > 1 else None
    match member:
        case "createUser" | "addUser":
            if not isinstance(first, dict):
                raise BadSyntax("createUser takes a document")
            roles = _roles(first.get("roles"), db)
            session.create_user(db, str(first.get("user")), str(first.get("pwd", "")), roles)
            told = {"user": first.get("user"), "roles": first.get("roles", [])}
            out.append(f"Successfully added user: {written(told)}")
            return NOTHING
        case "updateUser":
            change = second if isinstance(second, dict) else {}
            new = _roles(change["roles"], db) if "roles" in change else None
            session.update_user(db, str(first), change.get("pwd"), new)
        case "changeUserPassword":
            session.update_user(db, str(first), str(second), None)
        case "dropUser" | "removeUser":
            return session.drop_user(db, str(first))
        case "grantRolesToUser":
            session.grant(db, str(first), _roles(second, db))
        case "revokeRolesFromUser":
            session.revoke(db, str(first), _roles(second, db))
        case "getUsers":
            return [document_of(user) for user in session.list_users(db)]
        case "getUser":
            found = [user for user in session.list_users(db) if user.name == first]
            return document_of(found[0]) if found else None
        case _:
            raise BadSyntax(f"db.{member} is not a function")
    return NOTHING


def _roles(given: Any, db: str) -> list[Role]:
    """Roles as people write them: `'readWrite'` is one on this database."""
    found = []
    for each in given if isinstance(given, list) else [given]:
        match each:
            case {"role": str(role), **rest}:
                found.append(Role(role, str(rest.get("db", db))))
            case str(role):
                found.append(Role(role, db))
            case _:
                raise BadSyntax("a role is a name or {role: NAME, db: DATABASE}")
    return found


def document_of(user: User) -> dict[str, Any]:
    """A user as the server tells of it."""
    return {
        "_id": f"{user.db}.{user.name}",
        "user": user.name,
        "db": user.db,
        "roles": [{"role": role.role, "db": role.db} for role in user.roles],
        "mechanisms": ["SCRAM-SHA-1", "SCRAM-SHA-256"],
    }
