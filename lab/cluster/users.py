"""Who is asking: bearer tokens and the users behind them."""

import random
from dataclasses import dataclass
from typing import Final

from lab.cluster.errors import ApiError

AUTHENTICATED: Final = "system:authenticated"
MASTERS: Final = "system:masters"
ADMIN: Final = "kubernetes-admin"
SERVICE_ACCOUNT: Final = "system:serviceaccount:"


@dataclass(frozen=True)
class User:
    """An authenticated identity."""

    name: str
    groups: tuple[str, ...] = ()


ANONYMOUS: Final = User("system:anonymous", ("system:unauthenticated",))


class Tokens:
    """Bearer tokens, drawn from `rng`."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._users: dict[str, User] = {}

    def mint(self, name: str, groups: tuple[str, ...] = ()) -> str:
        """A token for a user. Without groups, a known user keeps those it has."""
        user = known_as(name, groups)
        for token, owner in self._users.items():
            if owner == user or (owner.name == name and not groups):
                return token
        token = f"lab-{self._rng.getrandbits(160):040x}"
        self._users[token] = user
        return token

    def user_of(self, token: str) -> User | None:
        """The user behind a token, or `None`."""
        return self._users.get(token)

    def authenticate(self, authorization: str) -> User:
        """The user of an `Authorization` header; without one, anonymous. Raises ApiError 401."""
        if not authorization:
            return ANONYMOUS
        scheme, _, token = authorization.partition(" ")
        user = self.user_of(token.strip()) if scheme.lower() == "bearer" else None
        if user is None:
            raise ApiError.unauthorized()
        return user


def known_as(name: str, groups: tuple[str, ...]) -> User:
    """The user with the groups that the API server adds by itself."""
    added = [AUTHENTICATED]
    if name == ADMIN:
        added.append(MASTERS)
    if name.startswith(SERVICE_ACCOUNT):
        namespace = name[len(SERVICE_ACCOUNT) :].partition(":")[0]
        added += ["system:serviceaccounts", f"system:serviceaccounts:{namespace}"]
    return User(name, tuple(dict.fromkeys((*groups, *added))))
