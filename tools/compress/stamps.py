"""When a line was written, by its own stamp."""

import re
from datetime import UTC, datetime, timedelta, timezone

_LOOKED_AT = 160
"""Characters of a line in which its time is looked for."""
_ISO = re.compile(
    r"\b(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?\s?(Z|UTC\b|[+-]\d\d:?\d\d\b)?"
)
_WEB = re.compile(r"\[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\]")
_EPOCH = re.compile(r"\"(?:ts|time|timestamp)\": ?\"?(1\d{9})(\.\d+|\d{3})?\b")


def stamp_of(line: str) -> datetime | None:
    """The time that a line states, UTC where it names no zone; `None` when it states no time with its day."""
    try:
        if found := _ISO.search(line, 0, _LOOKED_AT):
            return _iso(found)
        if found := _WEB.search(line, 0, _LOOKED_AT):
            return datetime.strptime(found[1], "%d/%b/%Y:%H:%M:%S %z").astimezone(UTC)
        if found := _EPOCH.search(line, 0, _LOOKED_AT):
            part = found[2] or "0"
            seconds = int(found[1]) + (float(part) if part.startswith(".") else int(part) / 1000)
            return datetime.fromtimestamp(seconds, UTC)
    except ValueError:  # 2026-02-31: digits in the form of a time that is none
        return None
    return None


def _iso(found: re.Match[str]) -> datetime:
    year, month, day, hour, minute, second, part, zone = found.groups()
    micros = int((part or "0").ljust(6, "0")[:6])
    stamp = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), micros, _zone(zone))
    return stamp.astimezone(UTC)


def _zone(written: str | None) -> timezone:
    if not written or written in ("Z", "UTC"):
        return UTC
    sign = -1 if written[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(written[1:3]), minutes=int(written[-2:])))
