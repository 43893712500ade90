"""Conditions on what a container sees: its variables, files, dependencies and feature flags."""

import re
from typing import Self

from pydantic import model_validator

from domain.base import Value


def check_pattern(pattern: str) -> str:
    """Raises ValueError for what is no regular expression."""
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
    return pattern


class When(Value):
    """A condition on a container's world; every field that is given must hold."""

    missing_env: str | None = None
    """The variable is unset or empty."""
    env: str | None = None
    """With `matches`: the variable's value (empty when unset) matches the pattern from its start."""
    file: str | None = None
    """With `matches`: the mounted file's text contains a match of the pattern."""
    matches: str = ""
    missing_file: str | None = None
    """No volume mounts a file at this path."""
    failing: str | None = None
    """The named call does not get through."""
    working: str | None = None
    """The named call gets through."""
    flag: str | None = None
    """With `matches`: the variant of this feature flag matches the pattern from its start.

    It is asked of the container's call that is marked `flags`; while that fails, no flag matches."""
    full: str | None = None
    """The named level of the container is at its limit."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        named = (self.missing_env, self.env, self.file, self.missing_file, self.failing, self.working, self.flag)
        if not any(named) and self.full is None:
            raise ValueError(
                "a condition names missing_env, env, file, missing_file, failing, working, flag or full"
            )
        check_pattern(self.matches)
        return self

    @property
    def changes(self) -> bool:
        """Whether it may come and go while a container runs."""
        return any((self.failing, self.working, self.flag, self.full))
