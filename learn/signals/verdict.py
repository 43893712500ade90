"""The one rule that resolves labels which disagree, and the bounds of one person's influence.

1. The lab outweighs the world, and the world outweighs people: the weightiest source that says anything decides.
2. Of the lab and of the world the newest label counts: it is the same world, seen later.
3. Of people the last word of each person counts; they are added by weight. Where they balance, nothing is decided.
4. One person weighs at most `IN_A_RUN` in one run and `IN_A_DAY` in one day (UTC) over all runs: what is beyond
   makes each of the person's labels lighter, so that many thumbs weigh as a few; under `LEAST` they teach nothing.
5. What was outvoted is kept with the verdict, which then says that there is a conflict.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from pydantic import Field

from domain.base import Value
from learn.signals.labels import Label, Source

IN_A_RUN: Final = 1.0
"""The most that the labels of one person may weigh together in one run."""
IN_A_DAY: Final = 5.0
"""The same in one day, over all runs: ten thumbs."""
LEAST: Final = 0.1
"""Words of a person that weigh less teach nothing: training counts each row the same."""


class Judgement(Value):
    """What labels come to."""

    worth: float = Field(ge=-1, le=1)
    """From bad to good; never 0."""
    weight: float = Field(gt=0, le=1)
    source: Source
    """Whose word it rests on."""
    conflict: bool
    """Whether any label, of whatever source, says the opposite."""
    labels: tuple[Label, ...]
    """All of them, those that were outvoted included."""

    @property
    def good(self) -> bool:
        """Whether it speaks for what was done."""
        return self.worth > 0


def judged(labels: Sequence[Label]) -> Judgement | None:
    """What the labels of one target come to; `None` where nothing is said, or people balance."""
    for source in Source:
        spoken = [label for label in labels if label.source is source]
        if spoken:
            worth, weight = _people(spoken) if source is Source.PERSON else _newest(spoken)
            if not worth or not weight:
                return None
            conflict = any(label.worth * worth < 0 for label in labels)
            return Judgement(worth=worth, weight=weight, source=source, conflict=conflict, labels=tuple(labels))
    return None


def bounded(labels: Iterable[Label]) -> tuple[Label, ...]:
    """The same labels with nobody's influence beyond its bounds; give all that there are, over all runs."""
    known = list(labels)
    in_run: dict[tuple[str, str], float] = defaultdict(float)
    in_day: dict[tuple[str, date], float] = defaultdict(float)
    for label in known:
        if label.source is Source.PERSON:
            in_run[label.by, label.episode] += label.weight
            in_day[label.by, label.at.date()] += label.weight
    return tuple(_light(label, in_run, in_day) if label.source is Source.PERSON else label for label in known)


def _light(
    label: Label, in_run: Mapping[tuple[str, str], float], in_day: Mapping[tuple[str, date], float]
) -> Label:
    run, day = in_run[label.by, label.episode], in_day[label.by, label.at.date()]
    share = min(1.0, IN_A_RUN / run, IN_A_DAY / day)
    return label.model_copy(update={"weight": label.weight * share})


def _newest(labels: Sequence[Label]) -> tuple[float, float]:
    last = max(enumerate(labels), key=lambda one: (one[1].at, one[0]))[1]
    return last.worth, last.weight


def _people(labels: Sequence[Label]) -> tuple[float, float]:
    """The weighted mean, and how much weight stands behind it after those who disagree."""
    last = {label.by: label for label in sorted(labels, key=lambda label: label.at)}
    total = sum(label.weight for label in last.values())
    pull = sum(label.weight * label.worth for label in last.values())
    return (pull / total, min(1.0, abs(pull) / max(1.0, total))) if total else (0.0, 0.0)
