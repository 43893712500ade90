"""Lines to groups as they come, in linear time and with memory for the templates alone.

Most lines cost one translation and one look-up: lines that differ in digits alone have the same sketch, and a
sketch leads to its group. Other words are compared with patterns that were learned of sketches. Only what neither
knows is read in full. When there are many new templates, those that differ in variable words are joined.
"""

import re
from collections import defaultdict

from tools.compress.groups import Group, Sketched, joined
from tools.compress.levels import Level, level_of
from tools.compress.patterns import Patterns, words_of
from tools.compress.shapes import masked, sketch, status_of, status_place, without_ids
from tools.compress.words import WORD, Template, Words, merges

MANY = 512
"""Templates at which variable words are looked for the first time; then whenever they have doubled."""
MOST = 50_000
"""Templates from which on new ones are told apart by level and status alone."""
_SKETCHES = 100_000
"""Sketches that are kept; when there are more, all are forgotten and found again."""
_ROUNDS = 4
_SPLIT = re.compile(r"([\s,;=:\"'()\[\]{}]+)")
_DIGITS = re.compile(r"[0-9]+")


class Miner:
    """Groups lines; `add` each in its order, then ask for `groups`."""

    def __init__(self) -> None:
        self._sketches: dict[bytes, Sketched] = {}
        self._patterns = Patterns()
        self._groups: dict[Template, Group] = {}
        self._wide: dict[tuple[Level, int], dict[tuple[int, ...], dict[Words, Group]]] = {}
        self._seen = 0
        self._level = Level.NONE
        self._join_at = MANY

    def add(self, line: str) -> Group | None:
        """The group of the next line; `None` for a blank one, which is counted but not kept."""
        at = self._seen
        self._seen = at + 1
        drawn = sketch(line)
        known = self._sketches.get(drawn)
        if known is not None and known.only is not None:
            group = known.only
            if group.into is not None:
                group = known.only = group.root()
            self._level = group.template[0]
        elif not line.strip():
            return None
        else:
            group = self._looked_up(line, known, drawn, at)
            if group.first_at == at:
                return group
        group.count += 1
        group.last = line
        group.last_at = at
        return group

    def groups(self) -> list[Group]:
        """All groups in the order of their first lines, variable words joined."""
        for _ in range(_ROUNDS):
            if not self._join():
                break
        return sorted(self._groups.values(), key=lambda group: group.first_at)

    def _looked_up(self, line: str, known: Sketched | None, drawn: bytes, at: int) -> Group:
        """The group of a line whose sketch alone does not tell it; a new one begins with this line."""
        words = words_of(drawn) if known is None else []
        pattern = self._patterns.find(words) if words else None
        known = known or pattern or self._sketched(line)
        continues = known.level is None and line[0] in " \t"
        if not continues:
            self._level = known.level or Level.NONE
        status, known.cue = status_of(line, known.place, known.cue)
        group = known.by.get((self._level, status))
        group = self._read(line, status, at) if group is None else group.root()
        known.by[self._level, status] = group
        if known is not pattern:
            known.settle(group, not continues)
        if words and pattern is None:
            self._patterns.learn(words, group, status, known)
        return group

    def _sketched(self, line: str) -> Sketched:
        """What is known of such lines but for their ids."""
        loose = without_ids(line)
        drawn = sketch(loose)
        known = self._sketches.get(drawn)
        if known is None:
            if len(self._sketches) >= _SKETCHES:
                self._sketches.clear()
            bare = not _DIGITS.sub("", loose).strip()
            known = self._sketches[drawn] = Sketched(level_of(line), status_place(drawn), bare)
        return known

    def _read(self, line: str, status: str, at: int) -> Group:
        """The group of a line that is read in full."""
        template = (self._level, tuple(_SPLIT.split(masked(line))))
        group = self._groups.get(template) or self._by_words(template)
        if group is not None:
            return group
        if len(self._groups) >= self._join_at:
            self._join()
            self._join_at = max(MANY, 2 * len(self._groups))
        if len(self._groups) >= MOST:
            template = (self._level, (WORD, status))
        group = self._groups.get(template)
        if group is None:
            group = self._groups[template] = Group(template, line, at, line, at)
        return group

    def _by_words(self, template: Template) -> Group | None:
        """The group of a joined template that the words are a case of."""
        level, words = template
        for holes, found in self._wide.get((level, len(words)), {}).items():
            group = found.get(_with_holes(words, holes))
            if group is not None and group.template != template:
                return group.root()
        return None

    def _join(self) -> bool:
        """Join what differs in variable words only; whether there was any."""
        parts: dict[Template, list[Group]] = defaultdict(list)
        for old, wide in merges(list(self._groups)).items():
            if old != wide:
                parts[wide].append(self._groups.pop(old))
        for wide, groups in parts.items():
            groups += [self._groups[wide]] if wide in self._groups else []
            self._widen(wide, joined(wide, groups))
        cases = [(template, wider) for template in self._groups if (wider := self._by_words(template))]
        for template, wider in cases:
            wider = wider.root()
            self._widen(wider.template, joined(wider.template, [wider, self._groups.pop(template)]))
        self._patterns.forget()
        return bool(parts or cases)

    def _widen(self, wide: Template, group: Group) -> None:
        self._groups[wide] = group
        level, words = wide
        holes = tuple(place for place, word in enumerate(words) if word == WORD)
        self._wide.setdefault((level, len(words)), {}).setdefault(holes, {})[words] = group


def _with_holes(words: Words, holes: tuple[int, ...]) -> Words:
    out = list(words)
    for place in holes:
        out[place] = WORD
    return tuple(out)
