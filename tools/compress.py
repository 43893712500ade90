"""Log lines to templates with counts, in linear time.

Two lines share a template when only their variable parts differ: times, numbers, addresses, ids, quoted values of
fields. Levels and status codes are never variable, so a 503 stays apart from a 200 and an error from a warning.
A word becomes variable only when many different words stand in its place, so a rare line stays on its own.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

HOLE = "<*>"
"""Stands for a variable part."""
WORDY = 6
"""Different words in one place from which on the place is taken for variable."""
ROUNDS = 3
"""Places of one line that can turn out wordy."""


class Level(StrEnum):
    """What the program called the line; `NONE` when it did not say."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    DEBUG = "debug"
    NONE = "none"


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


@dataclass
class _Group:
    first: int
    last: int
    count: int


_STAMP = re.compile(
    r"^\W{0,2}\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?[\])\s|:-]*"
)
_STATUS = re.compile(
    r"(?:(?i:\b(?:status(?:[ _]?code)?|code|exit(?:ed)?(?: with)?(?: code| status)?|returned|responded(?: with)?"
    r"|response"
    r"|got|answered|error|signal|errno|rc)\\?[\"']?\s{0,2}[:= ]\s{0,2}\\?[\"']?)"
    r"|HTTP/\d(?:\.\d)?\\?\"?\s+|\b(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\s+\S+\s+|\"\s)"
    r"([1-9]\d{0,2})\b(?![.:\w])"
    r"|\b([45]\d\d)(?=\s[A-Z][a-z]+)"
)
_VARIABLE = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b"
    r"|\b0x[0-9a-fA-F]+\b|\b(?=[0-9a-f]*\d)[0-9a-f]{7,}\b"
    r"|(?<=-)[a-z0-9]{8,10}-[a-z0-9]{5}\b"
    r"|(?<![A-Za-z0-9])[-+]?\d+(?:[.,:]\d+)*(?:ns|us|µs|ms|s|m|h|[KMGT]i?B?|B|%)?(?![A-Za-z0-9])"
    r"|(?<=[a-zA-Z_])\d+(?![A-Za-z])"
)
_CODE = "\x00"
"""Holds the place of a status code while numbers are masked."""
_LEVEL = re.compile(
    r"\b(?P<loud>FATAL|PANIC|CRITICAL|CRIT|SEVERE|EMERG|ERROR|ERR|WARNING|WARN|NOTICE|INFO|DEBUG|TRACE)\b"
    r"|(?i:\b(?:level|lvl|severity)\\?[\"']?\s?[=:]\s?\\?[\"']?(?P<field>[a-z]+))"
    r"|^\[?(?P<low>fatal|panic|error|err|warn|warning|info|debug)\b[\]:]|^(?P<klog>[IWEF])\d{4} "
    r"|^(?P<trace>Traceback \(|panic:|Exception in thread|[\w.]+(?:Error|Exception):)"
)
_LEVELS = {
    **dict.fromkeys(
        ("fatal", "panic", "critical", "crit", "severe", "emerg", "error", "err", "e", "f"), Level.ERROR
    ),
    **dict.fromkeys(("warning", "warn", "w"), Level.WARNING),
    **dict.fromkeys(("notice", "info", "information", "i"), Level.INFO),
    **dict.fromkeys(("debug", "trace", "verbose"), Level.DEBUG),
}
_SPLIT = re.compile(r"([\s,;]+)")


def compress_lines(lines: Iterable[str]) -> tuple[LogTemplate, ...]:
    """The templates of a log in the order of their first lines; blank lines are left out."""
    kept = list(lines)
    groups: dict[tuple[Level, str], _Group] = {}
    level = Level.NONE
    for at, line in enumerate(kept):
        if not line.strip():
            continue
        level = level_of(line) or (level if line[0] in " \t" else Level.NONE)
        key = (level, _masked(line))
        group = groups.get(key)
        if group is None:
            groups[key] = _Group(at, at, 1)
        else:
            group.last, group.count = at, group.count + 1
    templates = _join_wordy(groups)
    return tuple(
        LogTemplate(text, level, g.count, kept[g.first], kept[g.last], g.first, g.last)
        for (level, text), g in sorted(templates.items(), key=lambda item: item[1].first)
    )


def level_of(line: str) -> Level | None:
    """The level that a line states; `None` when it states none."""
    match = _LEVEL.search(line[:400])
    if match is None:
        return None
    if match["trace"]:
        return Level.ERROR
    return _LEVELS.get((match[match.lastgroup or 0]).lower())


def _masked(line: str) -> str:
    line = _STAMP.sub("", line)
    status = _STATUS.search(line)
    if status is None:
        return _VARIABLE.sub(HOLE, line).strip()
    start, end = status.span(1 if status[1] else 2)
    marked = f"{line[:start]}{_CODE}{line[end:]}".replace(_CODE, "", line[:start].count(_CODE))
    return _VARIABLE.sub(HOLE, marked).replace(_CODE, line[start:end], 1).strip()


def _join_wordy(groups: dict[tuple[Level, str], _Group]) -> dict[tuple[Level, str], _Group]:
    """Join templates that differ in one word only, where at least `WORDY` of them do so in the same place."""
    for _ in range(ROUNDS):
        if len(groups) < WORDY:
            return groups
        places: dict[tuple[Level, int, int], list[tuple[Level, str]]] = defaultdict(list)
        for key in groups:
            level, text = key
            for place, around in _places(_SPLIT.split(text)):
                places[level, place, around].append(key)
        wordy = sorted((keys for keys in places.items() if len(keys[1]) >= WORDY), key=lambda kv: -len(kv[1]))
        if not wordy:
            return groups
        groups = _joined(groups, wordy)
    return groups


def _places(words: list[str]) -> Iterator[tuple[int, int]]:
    """Each place that may be variable, with a hash of all that stands around it; linear in the number of words."""
    tails = [0]
    for word in reversed(words):
        tails.append(hash((tails[-1], word)))
    head = 0
    for place, word in enumerate(words):
        if place % 2 == 0 and any(map(str.isalnum, word)) and not _LEVEL.search(word):
            yield place, hash((head, tails[len(words) - place - 1]))
        head = hash((head, word))


def _joined(
    groups: dict[tuple[Level, str], _Group],
    wordy: list[tuple[tuple[Level, int, int], list[tuple[Level, str]]]],
) -> dict[tuple[Level, str], _Group]:
    out = dict(groups)
    for (level, place, _), keys in wordy:
        left = [key for key in keys if key in out]
        if len(left) < WORDY:
            continue
        words = _SPLIT.split(left[0][1])
        words[place] = _hollow([_SPLIT.split(text)[place] for _, text in left])
        gone = [out.pop(key) for key in left]
        merged = (level, "".join(words))
        if merged in out:
            gone.append(out[merged])
        out[merged] = _Group(min(g.first for g in gone), max(g.last for g in gone), sum(g.count for g in gone))
    return out


def _hollow(words: list[str]) -> str:
    """What the words have in common before a hole: `user=<*>`."""
    head = words[0]
    for word in words:
        while not word.startswith(head):
            head = head[:-1]
    return head[: max(head.rfind(sign) for sign in "=:/\"'([") + 1] + HOLE
