"""Which words are variable: places of a line where many different words stand.

A template is a tuple of words and what separates them. Two rules find variable places, both in linear time:
templates that differ in one place only, where at least `WORDY` different words stand; and templates that share all
words which are frequent among those of their length, where at least `WORDY` words stand in each other place.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from tools.compress.levels import Level, level_of
from tools.compress.shapes import HOLE

WORDY = 6
"""Different words in one place from which on the place is taken for variable."""
_OFTEN = (WORDY, 4 * WORDY, 16 * WORDY)
"""Templates that must have a word in one place before it is taken for fixed: a frequent value is still a value."""
COUNTS = 30
"""Different numbers in the place of a status code from which on they are taken for counts: `returned 12 rows`."""
WORD, COUNT = "\x00", "\x02"
"""Holes that words made, and that numbers in the place of a code made; those of other numbers are plain text."""

_CODE = "\x01"
_TOKEN_LENGTH = 16
_TOKEN = re.compile(r"\b(?=[a-z]*[A-Z])(?=[A-Z]*[a-z])[A-Za-z]{16,}\b")
"""May be a class or an id without a digit; it is an id where other lines have one in its place."""

Words = tuple[str, ...]
Template = tuple[Level, Words]


def merges(templates: Sequence[Template]) -> dict[Template, Template]:
    """What each template that is a case of a wider one becomes."""
    into = _one_place(templates)
    rest = list(dict.fromkeys(into.get(template, template) for template in templates))
    wider = _many_places(rest)
    return {t: wider.get(into.get(t, t), into.get(t, t)) for t in templates if t in into or t in wider}


def is_code(word: str) -> bool:
    """Whether it stands in the place of a status code: all other numbers are holes."""
    return word.isdigit() or word == COUNT


def without_codes(words: Words) -> Words:
    """The words with one mark for any status code: the only numbers that templates hold."""
    return tuple(_CODE if word.isdigit() else word for word in words)


def without_tokens(words: Words) -> Words:
    """The words with a hole for each that looks like an id in letters alone."""
    return tuple(_TOKEN.sub(HOLE, word) if len(word) >= _TOKEN_LENGTH else word for word in words)


def _one_place(templates: Iterable[Template]) -> dict[Template, Template]:
    places: dict[tuple[Level, int, int, bool], list[Template]] = defaultdict(list)
    for template in templates:
        level, words = template
        for place, around in _places(words):
            places[level, place, around, is_code(words[place])].append(template)
    out: dict[Template, Template] = {}
    several = [item for item in places.items() if len(item[1]) > 1]
    for (level, place, _, codes), alike in sorted(several, key=lambda item: -len(item[1])):
        left = [template for template in alike if template not in out]
        words = left[0][1] if left else ()
        hole, least = (COUNT, COUNTS) if codes else (WORD, WORDY)
        if len(left) >= least or (len(left) > 1 and any(words[place] == hole for _, words in left)):
            wide = (level, (*words[:place], hole, *words[place + 1 :]))
            out.update((template, wide) for template in left)
    return out


def _many_places(templates: Iterable[Template]) -> dict[Template, Template]:
    kin: dict[tuple[Level, int], list[Template]] = defaultdict(list)
    for level, words in templates:
        kin[level, len(words)].append((level, words))
    out: dict[Template, Template] = {}
    for alike in kin.values():
        if len(alike) < WORDY:
            continue
        often = Counter((place, word) for _, words in alike for place, word in enumerate(words))
        for least in _OFTEN:
            left = [template for template in alike if template not in out]
            if len(left) >= least:
                out |= _framed(left, often, least)
    return out


def _framed(
    alike: Sequence[Template], often: Mapping[tuple[int, str], int], least: int
) -> dict[Template, Template]:
    """What those become that share all words which `least` of them have in the same place."""
    groups: dict[Words, list[Template]] = defaultdict(list)
    for level, words in alike:
        frame = tuple(
            WORD if often[place, word] < least and _is_word(word) else word for place, word in enumerate(words)
        )
        groups[frame].append((level, words))
    return {
        member: (member[0], frame)
        for frame, members in groups.items()
        if len(members) >= WORDY and _holds_together(frame, members)
        for member in members
        if member[1] != frame
    }


def _holds_together(frame: Words, members: Sequence[Template]) -> bool:
    """Whether the words in common are at least as many as the holes, and each hole has many words."""
    holes = [place for place, word in enumerate(frame) if word == WORD]
    common = sum(1 for word in frame if _is_word(word) and word != WORD and level_of(word) is None)
    wordy = all(len({words[place] for _, words in members}) >= WORDY for place in holes)
    return bool(holes) and wordy and common >= len(holes)


def _places(words: Words) -> Iterator[tuple[int, int]]:
    """Each place that may be variable, with a hash of all that stands around it; linear in the number of words."""
    tails = [0]
    for word in reversed(words):
        tails.append(hash((tails[-1], word)))
    head = 0
    for place, word in enumerate(words):
        if is_code(word) or (place % 2 == 0 and _is_word(word)):
            yield place, hash((head, tails[len(words) - place - 1]))
        head = hash((head, word))


@lru_cache(maxsize=8_192)
def _is_word(word: str) -> bool:
    """Whether it may vary: a word that is no level, no number's hole, and no status code."""
    if word == WORD:
        return True
    return any(map(str.isalpha, word)) and word != HOLE and level_of(word) is None
