"""The users of a database server: what actions may name, in signs that leave no statement."""

from typing import Annotated, Literal

from pydantic import Field

from domain.base import Value
from domain.cluster import Ref

USER = r"[A-Za-z0-9][A-Za-z0-9._@-]{0,62}"
UserName = Annotated[str, Field(pattern=rf"^{USER}$")]
"""A user of a database server; neither quotes nor `$` nor a sign of any statement."""
DatabaseName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$")]
SecretName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$")]
SecretKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,63}$")]
GrantableRole = Literal["read", "readWrite"]
"""The roles that AOI grants: to work on the data of one database, never to administer."""


class GrantDatabaseRole(Value):
    """Give a MongoDB user a role."""

    action: Literal["grant_database_role"] = "grant_database_role"
    target: Ref
    """The workload that runs the server."""
    user: UserName
    role: GrantableRole
    database: DatabaseName
    """What the role is for."""
    user_database: DatabaseName = "admin"
    """Where the user is kept, and authenticates."""


class CreateDatabaseUser(Value):
    """Create a MongoDB user that is missing, its password from a Secret."""

    action: Literal["create_database_user"] = "create_database_user"
    target: Ref
    """The workload that runs the server."""
    user: UserName
    role: GrantableRole
    database: DatabaseName
    """What the role is for."""
    secret_name: SecretName
    """The Secret that holds the password; its value is never read."""
    key: SecretKey
    """The key in the Secret."""
    user_database: DatabaseName = "admin"
    """Where the user is kept, and authenticates."""


SERVER_DATABASES = frozenset({"admin", "config", "local"})
"""Databases that a MongoDB server keeps for itself; a role on them reaches beyond any one application."""

AccountAction = GrantDatabaseRole | CreateDatabaseUser
