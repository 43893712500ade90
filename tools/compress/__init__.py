"""Log lines to templates with counts and times, as a stream and in linear time.

Two lines share a template when only their variable parts differ: times, numbers, addresses, ids, quoted values of
fields. Levels and status codes are never variable, so a 503 stays apart from a 200 and an error from a warning.
A word becomes variable only when many different words stand in its place, so a rare line stays on its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tools.compress.groups import Group
from tools.compress.levels import Level, level_of
from tools.compress.miner import Miner
from tools.compress.shapes import HOLE
from tools.compress.stamps import stamp_of
from tools.compress.words import COUNT, WORD

__all__ = ["HOLE", "Level", "LogTemplate", "Miner", "compress_lines", "level_of", "stamp_of"]


@dataclass(frozen=True)
class LogTemplate:
    """Lines of one shape."""

    template: str
    """The common text, `<*>` for what varies; the time stamp at its beginning is left out."""
    level: Level
    count: int
    first: str
    """The first such line as it was written."""
    last: str
    first_at: int
    """Index of the first line among all lines, from 0."""
    last_at: int
    since: datetime | None
    """The time that the first line states, UTC; `None` when it states none."""
    until: datetime | None
    """The same of the last line."""


def compress_lines(lines: Iterable[str]) -> tuple[LogTemplate, ...]:
    """The templates of a log in the order of their first lines; blank lines are left out.

    Reads the lines once and keeps two of each template.
    """
    miner = Miner()
    for line in lines:
        miner.add(line)
    return tuple(map(_template, miner.groups()))


def _template(group: Group) -> LogTemplate:
    level, words = group.template
    return LogTemplate(
        template="".join(HOLE if word in (WORD, COUNT) else word for word in words),
        level=level,
        count=group.count,
        first=group.first,
        last=group.last,
        first_at=group.first_at,
        last_at=group.last_at,
        since=stamp_of(group.first),
        until=stamp_of(group.last),
    )
