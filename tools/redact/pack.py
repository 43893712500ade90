"""The gitleaks rules for the tokens of known vendors, as maskerlogger ships them, behind their keywords.

maskerlogger starts a thread for each line with a keyword, to bound bad patterns; here the length of what a pattern
sees is bounded instead. It also leaves out gitleaks' entropy thresholds, so a floor stands here.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Set
from functools import cache

import ahocorasick
from maskerlogger.ahocorasick_regex_match import RegexMatcher
from maskerlogger.masker_formatter import DEFAULT_SECRETS_CONFIG_PATH

from tools.redact.names import could_be_secret
from tools.redact.rules import TRIGGERS

MIN_ENTROPY = 3.0
"""Bits per character; words and dotted names lie below, keys and tokens above. gitleaks' own floors are 2 to 5."""

_BROAD = frozenset(
    {"access", "api", "auth", "key", "credential", "creds", "passwd", "password", "secret", "token"}
)
"""Keywords of the rules that guess by a name, such as generic-api-key; our own rules judge names more closely."""
_COVERED = frozenset({"ey", "curl"})
"""Keywords of rules whose shape our own rules cover; `ey` would look twice at every line."""
_KEPT = re.compile(r"(?:sha256:|sha512:)?[0-9a-f]{32,128}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[\d.,:_-]+")
"""Digests, uids and numbers: what an engineer needs to see."""


class Pack:
    """Finds secrets of known vendors; its pass over the text also finds the triggers of our own rules."""

    def __init__(self) -> None:
        matcher = RegexMatcher(DEFAULT_SECRETS_CONFIG_PATH)
        broad = {p for word in _BROAD for p in matcher.keyword_to_patterns.get(word, ())}
        self._patterns = {
            word: [p for p in patterns if p not in broad]
            for word, patterns in matcher.keyword_to_patterns.items()
            if word not in _BROAD | _COVERED
        }
        self._words = ahocorasick.Automaton()
        for word in {*self._patterns, *TRIGGERS}:
            self._words.add_word(word, word)
        self._words.make_automaton()

    def hits(self, lowered: str) -> Iterator[tuple[int, str]]:
        """Trigger words of the pack and of our own rules in a lower-case text: last character's index, word."""
        hits: Iterator[tuple[int, str]] = self._words.iter(lowered)
        return hits

    def mask(self, line: str, triggers: Set[str]) -> str:
        """The line with the pack's secrets replaced; `triggers` are the words found in it."""
        patterns = {p for word in triggers for p in self._patterns.get(word, ())}
        spans = [span for p in patterns for m in p.finditer(line) if (span := _secret_span(m))]
        for start, end in _merged(spans):
            line = f"{line[:start]}[redacted:credential]{line[end:]}"
        return line


@cache
def known_pack() -> Pack:
    """The pack, compiled once in a process: that takes a third of a second."""
    return Pack()


def entropy(text: str) -> float:
    """Shannon entropy in bits per character."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())


def _secret_span(match: re.Match[str]) -> tuple[int, int] | None:
    """Where the secret lies: the first group that took part, or the whole match; `None` for a look-alike."""
    group = next((i for i in range(1, len(match.groups()) + 1) if match[i]), 0)
    value = match[group]
    if "[redacted:" in match[0] or not could_be_secret(value) or _KEPT.fullmatch(value):
        return None
    return match.span(group) if entropy(value) >= MIN_ENTROPY else None


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Overlapping spans joined, last first, so that replacing keeps the earlier positions."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged[::-1]
