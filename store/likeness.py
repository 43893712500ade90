"""How much a past incident is like the one at hand. Pure, so that both databases rank alike."""

from collections.abc import Mapping, Sequence
from math import log

from domain.memory import Cue, Memory, Reason, Recollection, Symptom
from store.words import telling_words

ALIKE = 0.25
"""Overlap of symptoms from which on an incident counts as seen before."""
SAME = 0.999
_SPOKEN = 0.5
"""Share of the words of the cue that must come back where the symptoms do not."""
_FEWEST = 2
_BY_WORDS = 0.5
"""What the best match of words weighs beside equal symptoms."""


def weights(symptoms: Sequence[Symptom], seen: Mapping[str, int], remembered: int) -> dict[Symptom, float]:
    """The weight of each symptom: ln(1 + all / those that had it), so that a rare one says more."""
    return {s: log(1 + max(1, remembered) / max(1, seen.get(str(s), 0))) for s in symptoms}


def overlap(one: Sequence[Symptom], other: Sequence[Symptom], weight: Mapping[Symptom, float]) -> float:
    """Shared weight over the weight of both together, 0 to 1 (the weighted Jaccard index)."""
    both = sum(weight[s] for s in set(one) & set(other))
    return both / sum(weight[s] for s in set(one) | set(other)) if both else 0.0


def recollection(cue: Cue, memory: Memory, shared: float, rank: int | None) -> Recollection | None:
    """The memory with its reasons, or `None` when it is too little like the cue.

    Args:
        shared: the overlap of the symptoms.
        rank: place among the matches of words, from 0; `None` when it is not among them.
    """
    reasons = [Reason.SAME_WORKLOAD] if set(cue.subjects) & set(memory.subjects) else []
    if shared >= ALIKE:
        reasons.append(Reason.SAME_SYMPTOMS if shared >= SAME else Reason.SOME_SYMPTOMS)
    if rank is not None and _spoken(cue, memory):
        reasons.append(Reason.SAME_WORDS)
    if not reasons or reasons == [Reason.SAME_WORKLOAD]:
        return None
    said = _BY_WORDS / (1 + rank) if rank is not None else 0.0
    return Recollection(memory=memory, reasons=tuple(reasons), score=round(shared + said, 6))


def ranked(found: Sequence[Recollection]) -> list[Recollection]:
    """The same workload first, then the most alike, then the newest; ids settle the rest."""
    return sorted(
        found,
        key=lambda r: (
            Reason.SAME_WORKLOAD not in r.reasons,
            -r.score,
            -r.memory.at.timestamp(),
            r.memory.incident_id,
        ),
    )


def _spoken(cue: Cue, memory: Memory) -> bool:
    asked, told = set(telling_words(cue.text)), set(telling_words(memory.text))
    both = asked & told
    return len(both) >= _FEWEST and len(both) >= _SPOKEN * len(asked)
