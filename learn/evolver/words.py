"""What people's words mean: causes, kinds of repairs, harmlessness. The table is `words.yaml` beside this file."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from domain.base import Value
from domain.diagnosis import Cause
from graph.policies.texts import load_texts

_TABLE = Path(__file__).with_name("words.yaml")
_NEGATED = re.compile(r"\b(?:not|no|never|isn't|wasn't|rather than|instead of)\s+(?:(?:an?|the|any)\s+)?$", re.I)


class Table(Value):
    """The table beside this file."""

    causes: Mapping[Cause, tuple[str, ...]]
    harmless: tuple[str, ...]
    workloads: tuple[str, ...]
    kinds: Mapping[str, tuple[str, ...]]
    called: Mapping[str, str]
    little: frozenset[str]

    def kinds_of(self, action: str) -> tuple[str, ...]:
        """What an action is done to, the likeliest first."""
        return self.kinds.get(action, self.workloads)


@dataclass(frozen=True)
class Mention:
    """Something that a text names, and where."""

    what: str
    start: int
    end: int


@cache
def load_table() -> Table:
    """The table, complete for every cause."""
    table = Table.model_validate(yaml.safe_load(_TABLE.read_text(encoding="utf-8")))
    if missing := [cause.value for cause in Cause if cause not in table.causes]:
        raise ValueError(f"{_TABLE.name} lacks the causes {', '.join(missing)}; add a row for each.")
    return table


@cache
def vocabulary() -> frozenset[str]:
    """Words of the tables, which name no object of their own."""
    table = load_table()
    phrases = [phrase for row in table.causes.values() for phrase in row]
    phrases += [word for row in load_texts().actions.values() for word in row.words]
    return frozenset(word for phrase in phrases for word in phrase.split()) | table.called.keys() | table.little


def causes_in(text: str) -> tuple[Cause, ...]:
    """The root causes that a text names, in its order."""
    rows = ((cause.value, phrase) for cause, phrases in load_table().causes.items() for phrase in phrases)
    return tuple(dict.fromkeys(Cause(found.what) for found in _mentions(text, rows, inflected=False)))


def actions_in(text: str) -> tuple[Mention, ...]:
    """The kinds of repairs that a text names, in its order; a verb counts in all its forms."""
    rows = ((kind, word) for kind, row in load_texts().actions.items() for word in row.words)
    return _mentions(text, rows, inflected=True)


def says_harmless(text: str) -> bool:
    """Whether a text says that nothing was wrong."""
    return bool(_mentions(text, (("harmless", phrase) for phrase in load_table().harmless), inflected=False))


def _mentions(text: str, rows: Iterable[tuple[str, str]], inflected: bool) -> tuple[Mention, ...]:
    """Each phrase where it stands, in order; a phrase inside a longer one is none, and what is denied neither."""
    found = [
        Mention(what, match.start(), match.end())
        for what, phrase in rows
        for match in _shape(phrase, inflected).finditer(text)
        if not _NEGATED.search(text[: match.start()])
    ]
    whole = [one for one in found if not any(_inside(one, other) for other in found)]
    return tuple(sorted(whole, key=lambda mention: (mention.start, mention.what)))


def _inside(one: Mention, other: Mention) -> bool:
    longer = other.end - other.start > one.end - one.start
    return longer and other.start <= one.start and one.end <= other.end


@cache
def _shape(phrase: str, inflected: bool) -> re.Pattern[str]:
    """The phrase as words; a verb in all its forms, and with the object between its parts (`rolled web back`)."""
    first, *rest = phrase.split()
    head, between = re.escape(first), r"[\s-]+"
    if inflected and first.isalpha():
        last = first[-1]
        head = f"{first.removesuffix('e')}(?:e|es|s|ed|d|ing|{last}ed|{last}ing)?"
        between = r"[\s-]+(?:[\w-]+\s+){0,3}?"
    return re.compile(rf"(?<![\w-]){between.join([head, *map(re.escape, rest)])}(?!\w)", re.IGNORECASE)
