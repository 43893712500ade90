"""Whether an object is one of those that were meant: itself, what it made, or only its namesake."""

import re
from collections.abc import Iterable
from functools import lru_cache

from domain.cluster import Ref

NAMESAKE = 0.5
"""A Service and a Deployment of one name are near, and not the same."""
_MADE = frozenset({"Pod", "ReplicaSet", "Job"})
_SUFFIX = r"(?:-\d+|(?:-[0-9bcdfghjklmnpqrstvwxz]{5,10}){1,2})"
"""What controllers add to a name: an ordinal, or one or two words of Kubernetes' alphabet without vowels."""


def near(ref: Ref | None, meant: Iterable[Ref]) -> float:
    """1 for one of those that are meant or what it made, `NAMESAKE` for another kind of the same name, else 0."""
    if ref is None:
        return 0.0
    return max((_near(ref, one) for one in meant), default=0.0)


def is_of(ref: Ref, owner: Ref) -> bool:
    """Whether it is the owner, or a pod, ReplicaSet or Job that the owner made, by their names."""
    if ref == owner:
        return True
    return (
        ref.namespace == owner.namespace and ref.kind in _MADE and bool(_pattern(owner.name).fullmatch(ref.name))
    )


def _near(ref: Ref, one: Ref) -> float:
    if is_of(ref, one) or is_of(one, ref):
        return 1.0
    return NAMESAKE if (ref.namespace, ref.name) == (one.namespace, one.name) else 0.0


@lru_cache(maxsize=4096)
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(re.escape(name) + _SUFFIX)
