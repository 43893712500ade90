"""A chat with a model on record, and its replay: the same prompts get the same replies, others are noticed."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

_FENCE = re.compile(r"<(/?)data-[0-9a-z]{1,8}>")
"""A mark of the data in a prompt, which is new in each."""


def lasting(messages: list[dict[str, str]]) -> str:
    """The turns of a chat as one text, without what differs from run to run."""
    return _FENCE.sub(r"<\1data>", "\n".join(f"{message['role']}: {message['content']}" for message in messages))


@dataclass(frozen=True)
class Spoken:
    """One request and its reply."""

    prompt: str
    """SHA-256 in hex of what lasts of the prompt."""
    reply: str


@dataclass
class Recorder:
    """Lets a model answer and writes it down."""

    reader: Callable[[str, list[dict[str, str]]], str | None]
    spoken: list[Spoken] = field(default_factory=list)

    def __call__(self, model: str, messages: list[dict[str, str]]) -> str | None:
        """What the model says, kept where it says something."""
        said = self.reader(model, messages)
        if said is not None:
            self.spoken.append(Spoken(_hash(messages), said))
        return said

    def save(self, file: Path) -> None:
        """Write the transcript."""
        steps = [vars(step) for step in self.spoken]
        file.write_text(json.dumps(steps, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


@dataclass
class Replay:
    """Answers from a transcript, in its order; a request that is not the recorded one is refused."""

    spoken: list[Spoken]
    changed: list[int] = field(default_factory=list)
    """Requests, counted from one, whose prompt is another than the recorded one or that were not recorded."""
    asked: int = 0

    def __call__(self, model: str, messages: list[dict[str, str]]) -> str | None:
        """The recorded reply to this prompt; `None` once prompts differ."""
        self.asked += 1
        step = self.spoken[self.asked - 1] if self.asked <= len(self.spoken) else None
        if step is None or step.prompt != _hash(messages):
            self.changed.append(self.asked)
            return None
        return step.reply


def load(file: Path) -> list[Spoken]:
    """A transcript. Raises OSError and ValueError for a file that is none."""
    return [Spoken(**step) for step in json.loads(file.read_text(encoding="utf-8"))]


def _hash(messages: list[dict[str, str]]) -> str:
    return hashlib.sha256(lasting(messages).encode()).hexdigest()
