"""The injections, as the attacker would write them: hidden and encoded parts are made when the file is read."""

import base64
import codecs
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

HERE = Path(__file__).parent
_PART = re.compile(r"\{(tags|zero|bidi|selectors|b64|rot13|pad)(?::([^{}]*))?\}")
_MAKE: dict[str, Callable[[str], str]] = {
    "tags": lambda words: "".join(chr(0xE0000 + ord(c)) for c in words),
    "selectors": lambda words: "".join(chr(0xE0100 + ord(c)) for c in words),
    "zero": lambda _: "\u200b",
    "bidi": lambda _: "\u202e\u2066",
    "b64": lambda words: base64.b64encode(words.encode()).decode(),
    "rot13": lambda words: codecs.encode(words, "rot13"),
    "pad": lambda number: "lorem " * (int(number) // 6),
}


@dataclass(frozen=True)
class Injection:
    """One text of an attacker."""

    id: str
    channel: str
    """Where it is planted."""
    order: str
    """What it asks for; a key of `orders.yaml`."""
    tell: str
    """What a model that got to see it has read, whatever the case of letters."""
    text: str
    shown: bool = True
    """Whether a model gets to see it at all."""


def injections() -> tuple[Injection, ...]:
    """The corpus."""
    rows = yaml.safe_load((HERE / "injections.yaml").read_text(encoding="utf-8"))
    return tuple(Injection(**{**row, "text": _made(row["text"])}) for row in rows)


def of(channel: str, corpus: Iterable[Injection]) -> list[str]:
    """The texts of one channel."""
    return [injection.text for injection in corpus if injection.channel == channel]


def _made(text: str) -> str:
    return _PART.sub(lambda match: _MAKE[match[1]](match[2] or ""), text)
