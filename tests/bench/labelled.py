"""Log lines whose statement is known: the labelled sets of the bench.

They are made of the format strings of widely used programs (`statements/`), filled with values by a seed. A label
is the statement, with the status code where it writes one, as these must stay apart.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "statements"
_HOLE = re.compile(r"\{(\w+)\}")
_HEX = "0123456789abcdef"
_POD = "bcdfghjklmnpqrstvwxz2456789"
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz0123456789"
_SYLLABLES = (
    "ka",
    "lo",
    "mi",
    "ne",
    "ru",
    "sta",
    "tor",
    "vel",
    "bran",
    "chi",
    "dom",
    "fer",
    "gul",
    "hap",
    "jin",
    "qui",
)
_STATUSES = ("200", "200", "200", "200", "201", "404", "500", "503")
_EXITS = ("1", "137", "203")
_ANSWERS = ("200 OK", "200 OK", "302 Found", "404 Not Found", "500 Internal Server Error")
_CODES = ("status", "exit", "answer")
"""Holes whose value is part of the label."""
_START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Line:
    """A line and which statement wrote it."""

    text: str
    label: str


@dataclass(frozen=True)
class Set:
    """Statements of one kind of program, with how often each is used."""

    name: str
    statements: tuple[str, ...]
    weights: tuple[int, ...]

    def lines(self, count: int, seed: int) -> Iterator[Line]:
        """That many lines, the same for the same seed; a line of a stack follows an error."""
        chance = random.Random(f"{self.name}-{seed}")
        at, before = _START, ""
        for statement in chance.choices(self.statements, self.weights, k=count):
            while statement[0].isspace() and not (before[:1].isspace() or "ERROR" in before):
                statement = chance.choices(self.statements, self.weights)[0]  # a stack stands under its error
            before = statement
            at += timedelta(milliseconds=chance.expovariate(1 / 40))
            yield _written(statement, chance, at)


def labelled_sets() -> tuple[Set, ...]:
    """The sets that the Compressor was made with, by name."""
    return _sets(FOLDER)


def held_out_sets() -> tuple[Set, ...]:
    """Sets of other programs, written down after the Compressor and never looked at while it was changed."""
    return _sets(FOLDER / "held_out")


def _sets(folder: Path) -> tuple[Set, ...]:
    return tuple(_read(path) for path in sorted(folder.glob("*.txt")))


def _read(path: Path) -> Set:
    rows = [row for row in path.read_text(encoding="utf-8").splitlines() if not row.startswith("#")]
    parts = [row.partition(" ") for row in rows]
    return Set(path.stem, tuple(text for _, _, text in parts), tuple(int(weight) for weight, _, _ in parts))


def _written(statement: str, chance: random.Random, at: datetime) -> Line:
    label, status = statement, ""

    def fill(hole: re.Match[str]) -> str:
        nonlocal label, status
        if hole[1] == "status_same":
            return status
        value = _TIMES[hole[1]](at) if hole[1] in _TIMES else _VALUES[hole[1]](chance)
        if hole[1] in _CODES:
            label += f" {value}"
            status = value
        return value

    text = _HOLE.sub(fill, statement.replace("{{", "\x01").replace("}}", "\x02"))
    return Line(text.replace("\x01", "{").replace("\x02", "}"), label)


def _name(chance: random.Random, least: int = 2, most: int = 4) -> str:
    """A word of a vocabulary in which a few words are frequent."""
    return _word(min(int(chance.paretovariate(0.7)), 4_000), least, most)


@cache
def _word(index: int, least: int, most: int) -> str:
    made = random.Random(index)
    return "".join(made.choices(_SYLLABLES, k=made.randint(least, most)))


def _of(alphabet: str, length: int, chance: random.Random) -> str:
    return "".join(chance.choices(alphabet, k=length))


def _uuid(chance: random.Random) -> str:
    return "-".join(_of(_HEX, length, chance) for length in (8, 4, 4, 4, 12))


_VALUES: dict[str, Callable[[random.Random], str]] = {
    "int": lambda c: str(int(c.paretovariate(0.4)) % 10**7),
    "float": lambda c: f"{c.expovariate(1):.3f}",
    "ms": lambda c: c.choice(
        (f"{c.randrange(9999)}ms", f"{c.expovariate(1):.2f}s", f"{c.randrange(59)}m{c.randrange(59)}s")
    ),
    "ip": lambda c: ".".join(str(c.randrange(1, 255)) for _ in range(4)),
    "port": lambda c: str(c.randrange(1024, 65535)),
    "uuid": _uuid,
    "hex": lambda c: _of(_HEX, 32, c),
    "token": lambda c: _of(_LETTERS, 24, c),
    "user": lambda c: c.choice((_name(c), f"{_name(c)}{c.randrange(100)}", f"{_name(c)}@{_name(c)}.com")),
    "word": _name,
    "host": lambda c: c.choice(
        (f"{_name(c)}-{c.randrange(20)}", f"{_name(c)}.{_name(c)}", f"node-{c.randrange(50)}")
    ),
    "pod": lambda c: f"{_name(c)}-{_of(_POD, 9, c)}-{_of(_POD, 5, c)}",
    "path": lambda c: "/".join(_name(c) for _ in range(c.randint(1, 3))),
    "status": lambda c: c.choice(_STATUSES),
    "exit": lambda c: c.choice(_EXITS),
    "answer": lambda c: c.choice(_ANSWERS),
    "shorthex": lambda c: _of(_HEX, 10, c),
    "ulid": lambda c: "01" + _of("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 24, c),
    "godur": lambda c: c.choice(
        (
            f"{c.randrange(999)}ms",
            f"{c.expovariate(1):.9f}s",
            f"{c.randrange(59)}m{c.randrange(59)}.{c.randrange(9)}s",
        )
    ),
    "size": lambda c: c.choice(
        (f"{c.randrange(999)}B", f"{c.uniform(1, 99):.3f}MiB", f"{c.uniform(1, 9):.2f} GiB")
    ),
    "longhex": lambda c: _of(_HEX, 16, c),
    "upperhex": lambda c: _of(_HEX.upper(), 10, c),
    "pod5": lambda c: _of(_POD, 5, c),
    "size5": lambda c: c.choice(("2", "4", "8")),
    "token4": lambda c: _of(_LETTERS, 4, c),
    "token16": lambda c: _of(_LETTERS, 16, c),
    "bigint": lambda c: str(c.randrange(10**17, 10**18)),
    "longfloat": lambda c: f"{c.expovariate(1):.15f}",
}
_TIMES: dict[str, Callable[[datetime], str]] = {
    "iso": lambda at: f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z",
    "clf": lambda at: f"{at:%d/%b/%Y:%H:%M:%S} +0000",
    "slashed": lambda at: f"{at:%Y/%m/%d %H:%M:%S}",
    "klog": lambda at: f"{at:%m%d %H:%M:%S.%f}",
    "redis": lambda at: f"{at:%d %b %Y %H:%M:%S}.{at.microsecond // 1000:03d}",
    "spaced": lambda at: f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}",
    "spacedms": lambda at: f"{at:%Y-%m-%d %H:%M:%S},{at.microsecond // 1000:03d}",
    "syslog": lambda at: f"{at:%b %d %H:%M:%S}",
    "isocomma": lambda at: f"{at:%Y-%m-%dT%H:%M:%S},{at.microsecond // 1000:03d}",
    "isooff": lambda at: f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0000",
    "isomicro": lambda at: f"{at:%Y-%m-%dT%H:%M:%S.%f}",
    "spaced0": lambda at: f"{at:%Y-%m-%d %H:%M:%S}",
    "slashedmicro": lambda at: f"{at:%Y/%m/%d %H:%M:%S.%f}",
    "dotted": lambda at: f"{at:%Y.%m.%d %H:%M:%S.%f}",
    "phpfpm": lambda at: f"{at:%d-%b-%Y %H:%M:%S}",
    "haproxy": lambda at: f"{at:%d/%b/%Y:%H:%M:%S}.{at.microsecond // 1000:03d}",
    "crdb": lambda at: f"{at:%y%m%d %H:%M:%S.%f}",
    "isozone": lambda at: f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0200",
    "iso8601": lambda at: f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}+0000 [id={at.second}]",
    "slashsp": lambda at: f"{at:%Y/%m/%d %H:%M:%S}",
    "slashms": lambda at: f"{at:%Y/%m/%d %H:%M:%S}.{at.microsecond // 1000:03d}",
    "dashmon": lambda at: f"{at:%d-%b-%Y %H:%M:%S}.{at.microsecond // 1000:03d}",
    "dashmon3": lambda at: f"{at:%d-%b-%Y %H:%M:%S}.{at.microsecond // 1000:03d} queries: info:",
    "timems": lambda at: f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}",
    "stamp14": lambda at: f"{at:%Y%m%d%H%M%S}",
    "slashdash": lambda at: f"{at:%Y/%m/%d - %H:%M:%S}",
    "usdate": lambda at: f"{at:%m/%d/%Y, %I:%M:%S %p}",
    "epochdot": lambda at: f"{at.timestamp():.3f}",
    "epoch": lambda at: f"{at.timestamp():.4f}",
    "epochms": lambda at: str(int(at.timestamp() * 1000)),
}
