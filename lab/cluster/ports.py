"""What the API server asks of the world behind it."""

from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

Object = dict[str, Any]
"""A Kubernetes object as JSON. Objects that came out of the store are never changed: copy them first."""

Operation = Literal["CREATE", "UPDATE"]

FOREVER: Final = float("inf")


@dataclass(frozen=True)
class LogLine:
    """One line that a container wrote."""

    at: float
    """Epoch seconds."""
    text: str
    """Without the line end."""


@dataclass(frozen=True)
class ExecResult:
    """What a command in a container came to."""

    exit_code: int
    stdout: str = ""
    stderr: str = ""


class WorldPort(Protocol):
    """Admission, containers and time, as the API server sees them."""

    def admit(self, kind: str, obj: Object, operation: Operation, dry_run: bool) -> Object:
        """Defaults filled in and admission passed. Raises ApiError."""

    def logs(
        self,
        pod: Object,
        container: str,
        previous: bool,
        newest: int | None = None,
        since: float = -FOREVER,
    ) -> list[LogLine]:
        """What the container (or, with `previous`, the one before it) wrote from `since` (epoch seconds) on.

        Only the `newest` lines of it, where that is given. Raises ApiError while waiting.
        """

    def exec(self, pod: Object, container: str, command: list[str]) -> ExecResult:
        """Run a command in a running container. Raises ApiError when it does not run."""

    def usage(self, pod: Object) -> dict[str, tuple[int, int]]:
        """Per running container: millicores, working set in bytes."""

    def settle(self) -> None:
        """Let the controllers react to what is due now."""

    def advance(self, seconds: float) -> None:
        """Move a frozen clock forward, firing every timer on the way."""

    def next_due(self) -> float | None:
        """Epoch seconds of the next timer; `None` while nothing is waited for."""
