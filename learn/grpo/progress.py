"""Progress as JSON Lines, one event a line: what the command, the Slack bar and the card read."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Protocol, TextIO


@dataclass(frozen=True)
class Event:
    """Where a training stands."""

    stage: str
    """`base`, `sft`, `grpo`, `kto` or `done`."""
    step: int
    of: int
    reward: float | None = None
    """Mean of the step's completions, 0 to 1; `None` outside GRPO."""
    loss: float | None = None
    seconds_left: float | None = None
    """Of this stage, by its own pace; `None` before the second step."""


class Sink(Protocol):
    """Takes events."""

    def __call__(self, event: Event) -> None:
        """One more."""


def to_lines(stream: TextIO) -> Sink:
    """Writes each event as a line at once."""

    def write(event: Event) -> None:
        stream.write(json.dumps(asdict(event)) + "\n")
        stream.flush()

    return write


def event_of(line: str) -> Event | None:
    """The event that a line tells, or `None` for a line that is none."""
    try:
        fields = json.loads(line)
        return Event(**fields)
    except (ValueError, TypeError):
        return None


@dataclass
class Pace:
    """Time left in a stage, by the steps of this process."""

    monotonic: Callable[[], float]
    first: tuple[int, float] | None = None

    def left(self, step: int, of: int) -> float | None:
        """Seconds until the last step; `None` while only one is known."""
        now = self.monotonic()
        if self.first is None:
            self.first = (step, now)
            return None
        done = step - self.first[0]
        return (of - step) * (now - self.first[1]) / done if done > 0 else None


def history(log: list[dict[str, Any]]) -> list[dict[str, float]]:
    """The numbers of a trainer's log, a row a step."""
    return [{name: float(value) for name, value in row.items() if isinstance(value, int | float)} for row in log]
