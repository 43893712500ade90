"""Sketches by their words: where lines of one group differ is learned, so that others need not be read in full."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter

from tools.compress.groups import Group, Sketched
from tools.compress.levels import LEVEL_WORDS

_SAMPLES = 6
"""Lines of a group after which its varying places are believed."""
_BETWEEN = bytes.maketrans(b",;=:\"'()[]{}", b" " * 12)
_LEVELS = frozenset(word.encode() for word in LEVEL_WORDS)

Holes = tuple[int, ...]
Words = tuple[bytes, ...]


@dataclass(slots=True)
class _Sample:
    """What lines of one group and one length had in common so far."""

    words: Words
    count: int = 1
    holes: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Frames:
    """What is known of lines by the words outside the same holes."""

    fixed: Callable[[list[bytes]], object]
    """Takes the words outside the holes, at the speed of C."""
    holes: Holes
    known: dict[object, Sketched] = field(default_factory=dict)


class Patterns:
    """From the words of a sketch to what is known of such lines."""

    def __init__(self) -> None:
        self._samples: dict[tuple[int, int], _Sample] = {}
        self._known: dict[int, dict[Holes, _Frames]] = {}

    def find(self, words: list[bytes]) -> Sketched | None:
        """What is known of lines with these words in the places that do not vary."""
        for frames in self._known.get(len(words), _NONE).values():
            found = frames.known.get(frames.fixed(words))
            if found is not None and all(words[place] not in _LEVELS for place in frames.holes):
                return found
        return None

    def learn(self, words: list[bytes], group: Group, status: str, like: Sketched) -> None:
        """A line with these words was read in full and belongs to the group; `like` is what is known of it."""
        sample = self._samples.get((id(group), len(words)))
        if sample is None:
            self._samples[id(group), len(words)] = _Sample(tuple(words))
            return
        sample.count += 1
        sample.holes.update(place for place, word in enumerate(words) if word != sample.words[place])
        places = [place for place in range(len(words)) if place not in sample.holes]
        if sample.count < _SAMPLES or not sample.holes or not places:
            return
        frames = self._known.setdefault(len(words), {}).setdefault(
            tuple(sorted(sample.holes)), _Frames(itemgetter(*places), tuple(sorted(sample.holes)))
        )
        known = frames.known.setdefault(frames.fixed(words), Sketched(like.level, like.spots, like.bare))
        known.by[group.template[0], status] = group

    def forget(self) -> None:
        """Begin again: what was learned of groups that were joined is too narrow."""
        self._samples.clear()


def words_of(drawn: bytes) -> list[bytes]:
    """The words of a sketch."""
    return drawn.translate(_BETWEEN).split()


_NONE: Mapping[Holes, _Frames] = {}
