"""Our own rules for secrets in a line of text, in their order; those that span lines are in `blocks`.

Each replaces a secret by `[redacted:KIND]` and keeps everything else, so a masked text masks to itself.
"""

import re
from collections.abc import Set

from tools.redact.assigned import NAME_WORDS, mask_assigned
from tools.redact.blocks import mask_blocks
from tools.redact.commands import PROGRAMS, mask_commands
from tools.redact.grammars import GRAMMARS, SENTENCES
from tools.redact.headers import HEADERS
from tools.redact.line import Rule, by
from tools.redact.tokens import BEGINNINGS, mask_tokens
from tools.redact.urls import URLS

_JWT = re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*){0,3}")

_RULES: tuple[tuple[frozenset[str], Rule], ...] = (
    (frozenset({"eyj"}), by(_JWT, "[redacted:jwt]")),
    *URLS,
    (BEGINNINGS, mask_tokens),
    *HEADERS,
    (PROGRAMS, mask_commands),
    *GRAMMARS,
    (frozenset(NAME_WORDS), mask_assigned),
    *SENTENCES,
)

TRIGGERS = frozenset().union(*(words for words, _ in _RULES))
"""In lower case; a line with none of them holds nothing these rules find."""


def mask(text: str) -> str:
    """The text without the secrets that our own rules find."""
    return "\n".join(mask_line(line, triggers_in(line)) for line in mask_blocks(text).split("\n"))


def mask_line(line: str, triggers: Set[str]) -> str:
    """Replace the secrets of one line; `triggers` are the words of `TRIGGERS` in it."""
    for words, rule in _RULES:
        if not words.isdisjoint(triggers):
            line = rule(line)
    return line


def triggers_in(line: str) -> set[str]:
    """The words of `TRIGGERS` that a line holds."""
    low = line.lower()
    return {word for word in TRIGGERS if word in low}
