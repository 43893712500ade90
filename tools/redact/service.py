"""The redactor: what is hidden goes first, then the secrets, over text and over Kubernetes objects.

A character that nobody sees could split a secret or its name, so that no rule finds it.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from domain.base import Json
from domain.visible import visible
from tools.redact.blocks import mask_blocks
from tools.redact.encoded import mask_encoded
from tools.redact.objects import redact_object
from tools.redact.pack import known_pack
from tools.redact.rules import mask_line

WINDOW = 8_192
"""Characters that patterns see at once; a longer line is taken in pieces, cut between words where it can be."""

SHORT = 200
"""Longest text whose answer is remembered: most strings of a cluster's objects come again with every look."""


class Redactor:
    """Takes out hidden characters and replaces secrets by `[redacted:KIND]`, by our own rules and gitleaks'.

    The same input always gives the same output.
    """

    def __init__(self) -> None:
        self._pack = known_pack()
        self._remembered = lru_cache(maxsize=16_384)(self._redact)

    def text(self, text: str) -> str:
        """The text without its secrets and without what a person does not see."""
        return self._remembered(text) if len(text) <= SHORT else self._redact(text)

    def object(self, thing: Json) -> dict[str, Any]:
        """A copy of a Kubernetes object, or any other JSON object, without its secrets.

        Names, images, hashes and uids stay, so do the names and keys that references to Secrets hold.
        """
        redacted: dict[str, Any] = redact_object(thing, self.text)
        return redacted

    def _redact(self, text: str) -> str:
        return self._read(mask_encoded(visible(text), self._read))

    def _read(self, text: str) -> str:
        """The text without the secrets that stand in it as they are."""
        text = mask_blocks(text)
        lowered = text.lower()
        if len(lowered) != len(text):  # A few letters grow when lowered, and positions would not agree.
            return "\n".join(self._line(line) for line in text.split("\n"))
        first = next(self._pack.hits(lowered), None)
        if first is None:
            return text
        lines = text.split("\n")
        for number in self._suspects(lowered):
            lines[number] = self._line(lines[number])
        return "\n".join(lines)

    def _suspects(self, lowered: str) -> Iterator[int]:
        """Numbers of the lines that hold a trigger word, each once."""
        number, end = -1, -1
        for at, _ in self._pack.hits(lowered):
            if at <= end:
                continue
            start = end + 1
            number += 1 + lowered.count("\n", start, at)
            end = lowered.find("\n", at)
            yield number
            if end < 0:
                return

    def _line(self, line: str) -> str:
        if len(line) > WINDOW:
            return "".join(self._piece(piece) for piece in _pieces(line))
        return self._piece(line)

    def _piece(self, line: str) -> str:
        triggers = {word for _, word in self._pack.hits(line.lower())}
        return self._pack.mask(mask_line(line, triggers), triggers) if triggers else line


def _pieces(line: str) -> Iterator[str]:
    """Cut a long line between words, so that no secret of ordinary length is split."""
    start = 0
    while start < len(line):
        end = start + WINDOW
        if end < len(line):
            blank = max(line.rfind(sign, start + WINDOW // 2, end) for sign in (" ", ",", ";", "&"))
            end = blank + 1 if blank > 0 else end
        yield line[start:end]
        start = end
