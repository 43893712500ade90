"""Lines to groups as they come, in linear time and with memory for the templates alone.

Most lines cost one translation and one look-up: lines that differ in digits alone have the same sketch, and a
sketch leads to its group. Other words are compared with patterns that were learned of sketches. Only what neither
knows is read in full. When there are many new templates, those that differ in variable words are joined.
"""

import re
from collections import defaultdict
from collections.abc import Mapping

from tools.compress.groups import Group, Sketched, joined
from tools.compress.levels import Level, level_of
from tools.compress.patterns import Holes, Patterns, words_of
from tools.compress.shapes import masked, sketch, without_ids
from tools.compress.statuses import spots_of, status_of
from tools.compress.words import COUNT, WORD, Template, Words, is_code, merges, without_codes, without_tokens

MANY = 512
"""Templates at which variable words are looked for the first time; then whenever they have doubled."""
MOST = 50_000
"""Templates from which on new ones are told apart by level and status alone."""
_SKETCHES = 100_000
"""Sketches that are kept; when there are more, all are forgotten and found again."""
_ROUNDS = 4
_SPLIT = re.compile(r"([\s,;=:\"'()\[\]{}]+|\d+)")
"""Between words. A status code, the only number that is left, stands alone, also in `TCP_MISS/503`."""
_DIGITS = re.compile(r"[0-9]+")


class Miner:
    """Groups lines; `add` each in its order, then ask for `groups`."""

    def __init__(self) -> None:
        self._sketches: dict[bytes, Sketched] = {}
        self._patterns = Patterns()
        self._groups: dict[Template, Group] = {}
        self._frames: dict[tuple[Level, int], dict[Holes, set[Words]]] = defaultdict(lambda: defaultdict(set))
        self._seen = 0
        self._level = Level.NONE
        self._join_at = MANY

    def add(self, line: str) -> Group | None:
        """The group of the next line; `None` for a blank one, which is counted but not kept."""
        at = self._seen
        self._seen = at + 1
        drawn = sketch(line)
        known = self._sketches.get(drawn)
        group = known.sure(line) if known is not None else None
        if group is not None:
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
        loose = ""
        if known is None and pattern is None:
            loose = without_ids(line)
            known = self._sketched(line, loose)
        known = known or pattern
        assert known is not None
        continues = known.level is None and line[0] in " \t"
        if not continues:
            self._level = known.level or Level.NONE
        status, known.cue = status_of(line, known.spots, known.cue)
        group = known.by.get((self._level, status))
        group = self._read(line, loose or without_ids(line), status, at) if group is None else group.root()
        known.by[self._level, status] = group
        if known is not pattern and not continues:
            known.settle(group, status)
        if words and pattern is None:
            self._patterns.learn(words, group, status, known)
        return group

    def _sketched(self, line: str, loose: str) -> Sketched:
        """What is known of such lines but for their ids."""
        drawn = sketch(loose)
        known = self._sketches.get(drawn)
        if known is None:
            if len(self._sketches) >= _SKETCHES:
                self._sketches.clear()
            bare = not _DIGITS.sub("", loose).strip()
            known = self._sketches[drawn] = Sketched(
                level_of(line), spots_of(drawn.decode("utf-8", "surrogatepass")), bare
            )
        return known

    def _read(self, line: str, loose: str, status: str, at: int) -> Group:
        """The group of a line that is read in full; `loose` is the line without its ids."""
        template = self._widened((self._level, tuple(_SPLIT.split(masked(loose)))))
        group = self._groups.get(template)
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

    def _widened(self, template: Template) -> Template:
        """The wider template that this one is a case of, but for its status code; itself when there is none."""
        level, words = template
        known = self._frames.get((level, len(words)), {})
        for tried in dict.fromkeys((without_tokens(words), words)):
            if tried != words and (level, tried) in self._groups:
                return level, tried
            for holes, frames in known.items():
                wide = _with_holes(tried, holes)
                if wide != words and without_codes(wide) in frames:
                    return level, wide
        return template

    def _join(self) -> bool:
        """Join what differs in variable words only; whether there was any."""
        merged = merges(list(self._groups))
        self._gather({old: wide for old, wide in merged.items() if old != wide})
        cases = {template: self._widened(template) for template in self._groups}
        self._gather({template: wide for template, wide in cases.items() if template != wide})
        self._patterns.forget()
        return any(old != wide for old, wide in (*merged.items(), *cases.items()))

    def _gather(self, into: Mapping[Template, Template]) -> None:
        """Make groups those of the wider templates."""
        parts: dict[Template, list[Group]] = defaultdict(list)
        for old, wide in into.items():
            parts[wide].append(self._groups.pop(old))
        for wide, groups in parts.items():
            groups += [self._groups[wide]] if wide in self._groups else []
            self._groups[wide] = joined(wide, groups)
            level, words = wide
            holes = tuple(place for place, word in enumerate(words) if word in (WORD, COUNT))
            self._frames[level, len(words)][holes].add(without_codes(words))


def _with_holes(words: Words, holes: Holes) -> Words:
    out = list(words)
    for place in holes:
        out[place] = COUNT if is_code(words[place]) else WORD
    return tuple(out)
