"""How much of what a probe saw is told: the most telling findings, and a word on those that were left out.

What is left out stands, numbered, at the end of the artifact, so that a person can read it and a model that is
asked to shorten it can cite it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from domain.cluster import Ref, Severity
from tools.read.outcome import Observation, observe

MOST = 16
"""Findings of one probe."""
MOST_CHARACTERS = 3_600
"""Of their sentences together; about a thousand tokens."""
MOST_LEFT = 300
"""Left-out sentences that are written down."""
_RANK = {Severity.CRITICAL: 0, Severity.WARNING: 1, Severity.INFO: 2}
_WORDS = {Severity.CRITICAL: "critical", Severity.WARNING: "warning", Severity.INFO: "other"}
_NAMED = 3
"""Objects that the word on what was left out names."""


@dataclass(frozen=True)
class Parted:
    """What is told and what is not; both the most telling first."""

    told: tuple[Observation, ...]
    left: tuple[Observation, ...]

    @property
    def text(self) -> str:
        """What the artifact says of the rest; empty without any."""
        if not self.left:
            return ""
        lines = [f"{n}. {o.severity.value} {o.subject}: {o.text}" for n, o in enumerate(self.left[:MOST_LEFT], 1)]
        more = len(self.left) - MOST_LEFT
        lines += [f"… and {more} more"] if more > 0 else []
        return "\n".join(("\n\nLeft out of the findings:", *lines))


def parted(seen: Sequence[Observation]) -> Parted:
    """All of it while there is room; else by severity, and within one in the order of the probe."""
    unique = tuple(dict.fromkeys(seen))
    if len(unique) <= MOST and sum(len(o.text) for o in unique) <= MOST_CHARACTERS:
        return Parted(unique, ())
    ranked = sorted(unique, key=lambda o: _RANK[o.severity])
    room, told = MOST_CHARACTERS, 0
    for observation in ranked[: MOST - 1]:
        room -= len(observation.text)
        if room < 0:
            break
        told += 1
    kept, left = tuple(ranked[:told]), tuple(ranked[told:])
    return Parted((*kept, _word_on(left)), left)


def _word_on(left: Sequence[Observation]) -> Observation:
    counts = Counter(o.severity for o in left)
    kinds = ", ".join(f"{counts[severity]} {word}" for severity, word in _WORDS.items() if counts[severity])
    subjects = list(dict.fromkeys(o.subject for o in left))
    names = ", ".join(str(subject) for subject in subjects[:_NAMED])
    more = f" and {len(subjects) - _NAMED} more objects" if len(subjects) > _NAMED else ""
    worst = min(counts, key=_RANK.__getitem__)
    text = f"{len(left)} more findings of this probe were left out ({kinds}), about {names}{more}"
    return observe(worst, _place_of(subjects), f"{text}; its raw output lists them.")


def _place_of(subjects: Sequence[Ref]) -> Ref:
    """The one object that all are about, or the namespace of the first."""
    namespace = subjects[0].namespace
    if len(subjects) == 1 or namespace is None:
        return subjects[0]
    return Ref(kind="Namespace", name=namespace)
