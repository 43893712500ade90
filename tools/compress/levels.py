"""What a program called its line."""

import re
from enum import StrEnum


class Level(StrEnum):
    """What the program called the line; `NONE` when it did not say."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    DEBUG = "debug"
    NONE = "none"


_LOOKED_AT = 400
"""Characters of a line in which its level is looked for."""
_LEVEL = re.compile(
    r"\b(?P<loud>FATAL|PANIC|CRITICAL|CRIT|SEVERE|EMERG|ERROR|ERR|WARNING|WARN|NOTICE|INFO|DEBUG|TRACE)\b"
    r"|(?i:\b(?:level|lvl|severity)\\?[\"']?\s?[=:]\s?\\?[\"']?(?P<field>[a-z]+|[1-6]0\b))"
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
    # Loggers of Node.js (pino, bunyan) write numbers.
    "60": Level.ERROR,
    "50": Level.ERROR,
    "40": Level.WARNING,
    "30": Level.INFO,
    "20": Level.DEBUG,
    "10": Level.DEBUG,
}
LEVEL_WORDS = frozenset(word for name in _LEVELS if len(name) > 2 for word in (name, name.upper()))
"""The names of levels, in small and in large letters."""


def level_of(line: str) -> Level | None:
    """The level that a line states; `None` when it states none."""
    match = _LEVEL.search(line, 0, _LOOKED_AT)
    if match is None:
        return None
    if match["trace"]:
        return Level.ERROR
    return _LEVELS.get((match[match.lastgroup or 0]).lower())
