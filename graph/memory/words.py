"""Past incidents in words for people. Plain text: the surface that shows it escapes it."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

import yaml

from domain.base import Value
from domain.incident import Status
from domain.memory import Attempt, Fate, Memory, Reason, Recollection

_TABLE = Path(__file__).with_name("words.yaml")
_MOST_ATTEMPTS = 3
_MOST_WORDS = 120
"""Characters of what a person said."""


class Words(Value):
    """The table beside this file."""

    actions: Mapping[str, str]
    fates: Mapping[Fate, str]
    reasons: Mapping[Reason, str]


@cache
def load_words() -> Words:
    """The table, complete for every fate and reason."""
    words = Words.model_validate(yaml.safe_load(_TABLE.read_text(encoding="utf-8")))
    if missing := [name for name in (*Fate, *Reason) if name not in words.fates and name not in words.reasons]:
        raise ValueError(f"{_TABLE.name} lacks rows for: {', '.join(missing)}.")
    return words


def seen_before(recollection: Recollection, now: datetime | None = None) -> str:
    """`I have seen this on 3 May (inc-…): restarting did not help then; rolling back did.`"""
    memory = recollection.memory
    what = "I have seen this" if recollection.by_symptoms else "I was asked much the same"
    return f"{what} on {day(memory.at, now)} ({memory.incident_id}): {what_came(memory)}"


def what_came(memory: Memory) -> str:
    """What was tried then and whether it helped, else how it ended; with what people said it really was."""
    told = _attempts(memory) or _ending(memory)
    if memory.corrections:
        last = memory.corrections[-1]
        helped = f"; this helped: {_cut(last.helped)}" if last.helped else ""
        told += f". People said it really was: {_cut(last.cause)}{helped}"
    return told.rstrip(".") + "."


def why_recalled(recollection: Recollection) -> str:
    """`The same workload, the same symptoms.`"""
    said = ", ".join(load_words().reasons[reason] for reason in recollection.reasons)
    return said[0].upper() + said[1:] + "."


def day(at: datetime, now: datetime | None = None) -> str:
    """`3 May`; with the year unless it is that of `now`."""
    return f"{at.day} {at:%B}" + (f" {at.year}" if now is None or at.year != now.year else "")


def _attempts(memory: Memory) -> str:
    """The last repairs in their order. `rolling back did` is short for `helped` after what did not help."""
    lines: list[str] = []
    before: Fate | None = None
    for attempt in memory.attempts[-_MOST_ATTEMPTS:]:
        short = "did" if before is Fate.UNCHANGED and attempt.fate is Fate.RESOLVED else _fate(attempt)
        lines.append(f"{_action(attempt)} {short}{'' if lines else ' then'}")
        before = attempt.fate
    return "; ".join(lines)


def _action(attempt: Attempt) -> str:
    return load_words().actions.get(attempt.action, attempt.action.replace("_", " "))


def _fate(attempt: Attempt) -> str:
    """A rejection with its reason, not with who it was: to name people here would call them."""
    return load_words().fates[attempt.fate] + (f" (“{_cut(attempt.reason)}”)" if attempt.reason else "")


def _ending(memory: Memory) -> str:
    if memory.status is Status.RESOLVED:
        return "it was over without a change" if memory.cause else "nothing was wrong then"
    return "no repair was tried, and people took over"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MOST_WORDS else f"{line[: _MOST_WORDS - 1]}…"
