"""A model may say in fewer sentences what there was no room for. What it says is held to the lines that it cites.

It sees the sentences that were left out, not the raw output, and adds to what is told without it: a model that
fails, invents or merges changes nothing.
"""

import json
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import Field, TypeAdapter, ValidationError

from domain.base import Value
from domain.cluster import Ref
from domain.errors import BadReply, ModelDown, ModelRefused, ModelSlow, ModelSpent
from domain.evidence import Finding
from domain.incident import Incident
from domain.model import Message
from graph.model.client import ModelClient
from graph.model.wire import ReplySchema
from graph.prompts.quote import fence_of, fenced, plain, quoted
from graph.prompts.render import Prompt, load_prompt

log = logging.getLogger(__name__)

MOST_LINES = 60
"""Lines that are shown; the most telling come first."""
MOST_SAID = 4
"""Sentences that are taken."""
_LINE = 240
_SENTENCE = 220
_TELLING = re.compile(r"[\"'“”‘’`]([^\"'“”‘’`]{2,})[\"'“”‘’`]|([\w.:/@-]*[\d/:@_][\w.:/@-]*)|(\w+(?:-\w+)+)")
"""What must stand in a cited line as it is: quoted words, and what looks like a number, a name or a path."""
_STATUS = re.compile(r"(?<![\w.:/-])[1-5]\d\d(?![\w.:/-])")
_SCHEMA = ReplySchema(
    "shortened",
    {
        "type": "object",
        "properties": {
            "said": {
                "type": "array",
                "maxItems": MOST_SAID,
                "items": {
                    "type": "object",
                    "properties": {
                        "text": {"type": "string"},
                        "lines": {"type": "array", "items": {"type": "integer"}, "minItems": 1},
                    },
                    "required": ["text", "lines"],
                    "additionalProperties": False,
                },
            }
        },
        "required": ["said"],
        "additionalProperties": False,
    },
)


class Said(Value):
    """A sentence of the model and the numbers of the lines it rests on, from 1."""

    text: str = Field(min_length=1)
    lines: tuple[int, ...] = Field(min_length=1)


class Shortened(Value):
    """The model's reply."""

    said: tuple[Said, ...] = ()


@dataclass(frozen=True)
class ModelShortener:
    """Implements `domain.ports.Shortener`."""

    client: ModelClient
    rules: Prompt = field(default_factory=lambda: load_prompt("shorten", "most"))
    case: Prompt = field(default_factory=lambda: load_prompt("shorten_case", "probe", "lines"))

    async def shorten(self, incident: Incident, probe: str, left: Sequence[Finding]) -> tuple[Finding, ...]:
        """Sentences of the model that hold; none where it fails."""
        lines = left[:MOST_LINES]
        try:
            reply = await self.client.ask(incident, self._messages(incident, probe, lines), _SCHEMA)
            if reply.truncated:
                raise BadReply("The reply was cut at its longest.")
            shortened = _read(reply.text)
        except (ModelDown, ModelSlow, ModelRefused, ModelSpent, BadReply) as error:
            log.warning("The model did not shorten what was left out: %s", error)
            return ()
        said = [told for each in shortened.said[:MOST_SAID] if (told := held(each, lines)) is not None]
        return tuple({finding.id: finding for finding in said}.values())

    def _messages(self, incident: Incident, probe: str, lines: Sequence[Finding]) -> tuple[Message, ...]:
        numbered = [
            f"{number}. {line.severity.value} {line.subject}: {quoted(line.text, _LINE)}"
            for number, line in enumerate(lines, 1)
        ]
        case = self.case.render(probe=plain(probe, _LINE), lines=fenced(numbered, fence_of(self.client.ids)))
        rules = self.rules.render(most=str(MOST_SAID))
        return Message(role="system", content=rules), Message(role="user", content=case)


def held(said: Said, lines: Sequence[Finding]) -> Finding | None:
    """The finding of a sentence; `None` when it cites what is not there, invents, or merges levels or codes."""
    numbers = sorted(set(said.lines))
    if numbers[0] < 1 or numbers[-1] > len(lines):
        return None
    cited = [lines[number - 1] for number in numbers]
    severities = {line.severity for line in cited}
    text = plain(said.text, _SENTENCE)
    known = "\n".join(f"{line.subject} {line.text}" for line in cited).casefold()
    if (
        len(severities) > 1
        or not _codes(cited) <= set(_STATUS.findall(text))
        or not _is_known(text, known, len(cited))
    ):
        return None
    names = ", ".join(map(str, numbers))
    which = f"line {names}" if len(numbers) == 1 else f"lines {names}"
    return Finding.of(
        cited[0].severity,
        _subject(cited),
        f"In short, by the model: {text.rstrip('.')} ({which} of what was left out)",
        tuple(dict.fromkeys(artifact for line in cited for artifact in line.artifacts)),
    )


def _codes(cited: Sequence[Finding]) -> set[str]:
    return {code for line in cited for code in _STATUS.findall(line.text)}


def _is_known(text: str, known: str, cited: int) -> bool:
    """Whether every name, number and quotation stands in the cited lines; counting the lines is free."""
    for match in _TELLING.finditer(text):
        telling = next(part for part in match.groups() if part).strip(".:,").casefold()
        counts = telling.isdigit() and int(telling) <= cited
        if telling and not counts and telling not in known:
            return False
    return True


def _subject(cited: Sequence[Finding]) -> Ref:
    """What all lines are about, or the namespace that they share."""
    subjects = list(dict.fromkeys(line.subject for line in cited))
    namespace = subjects[0].namespace
    if len(subjects) == 1 or namespace is None:
        return subjects[0]
    return Ref(kind="Namespace", name=namespace)


def _read(text: str) -> Shortened:
    try:
        content: Any = json.loads(text)
        return TypeAdapter(Shortened).validate_python(content)
    except (ValueError, RecursionError, ValidationError) as e:
        raise BadReply("The reply is not the JSON object that was asked for.") from e
