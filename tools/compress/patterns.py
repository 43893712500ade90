"""Sketches by their words: where lines of one group differ is learned, so that others need not be read in full."""

import re
from dataclasses import dataclass, field

from tools.compress.groups import Group, Sketched
from tools.compress.levels import LEVEL_WORDS
from tools.compress.words import Words

_SAMPLES = 6
"""Lines of a group after which its varying places are believed."""
_SPLIT = re.compile(r"[\s,;=:\"'()\[\]{}]+")

Holes = tuple[int, ...]


@dataclass(slots=True)
class _Sample:
    """What lines of one group and one length had in common so far."""

    words: Words
    count: int = 1
    holes: set[int] = field(default_factory=set)


class Patterns:
    """From the words of a sketch to what is known of such lines."""

    def __init__(self) -> None:
        self._samples: dict[tuple[int, int], _Sample] = {}
        self._known: dict[int, dict[Holes, dict[Words, Sketched]]] = {}

    def find(self, words: list[str]) -> Sketched | None:
        """What is known of lines with these words in the places that do not vary."""
        for holes, known in self._known.get(len(words), {}).items():
            fixed = words.copy()
            for place in holes:
                fixed[place] = ""
            found = known.get(tuple(fixed))
            if found is not None and all(words[place] not in LEVEL_WORDS for place in holes):
                return found
        return None

    def learn(self, words: list[str], group: Group, status: str, like: Sketched) -> None:
        """A line with these words was read in full and belongs to the group; `like` is what is known of it."""
        sample = self._samples.get((id(group), len(words)))
        if sample is None:
            self._samples[id(group), len(words)] = _Sample(tuple(words))
            return
        sample.count += 1
        sample.holes.update(place for place, word in enumerate(words) if word != sample.words[place])
        if sample.count < _SAMPLES or not sample.holes:
            return
        holes = tuple(sorted(sample.holes))
        fixed = tuple("" if place in sample.holes else word for place, word in enumerate(words))
        by_words = self._known.setdefault(len(words), {}).setdefault(holes, {})
        known = by_words.setdefault(fixed, Sketched(like.level, like.place, like.bare))
        known.by[group.template[0], status] = group

    def forget(self) -> None:
        """Begin again: what was learned of groups that were joined is too narrow."""
        self._samples.clear()


def words_of(drawn: bytes) -> list[str]:
    """The words of a sketch."""
    return _SPLIT.split(drawn.decode("utf-8", "surrogatepass"))
