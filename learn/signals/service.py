"""All runs with their signals: what each, and each of its decisions, was worth."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.actions import Action
from domain.episodes import Episode
from domain.references import Authority
from learn.signals.again import came_back
from learn.signals.behind import decisions_of
from learn.signals.labels import Label, Sign
from learn.signals.read import labels_of
from learn.signals.truth import Known, known_of
from learn.signals.verdict import LEAST, Judgement, bounded, judged

INHERITED = 0.5
"""Share of a run's weight that a decision gets of which nobody has said anything."""


@dataclass(frozen=True)
class Signals:
    """One run, and what it was worth."""

    episode: Episode
    labels: tuple[Label, ...]
    outcome: Judgement | None
    """Of the run as a whole; `None` where nobody knows."""
    steps: Mapping[int, Judgement]
    """Of its decisions, by journal entry; those of which something was said."""
    known: Known | None = None
    """What was right in it, and who says so; `None` where nobody knows, or whose word is too light."""
    came_back: datetime | None = None
    """When the same trouble was there again, within a day."""

    def step(self, seq: int) -> Judgement | None:
        """Of one decision; where nothing was said of it, what the run was worth, at half the weight."""
        if seq in self.steps or self.outcome is None:
            return self.steps.get(seq)
        return self.outcome.model_copy(update={"weight": INHERITED * self.outcome.weight})


def signals_of(episodes: Sequence[Episode]) -> tuple[Signals, ...]:
    """The signals of runs, in their order. Give all of them at once: a person's influence is bounded over all."""
    known = tuple(_with_repairs(episodes))
    back = came_back(known)
    labels: dict[str, list[Label]] = {episode.id: [] for episode in known}
    for label in bounded(label for episode in known for label in labels_of(episode, back.get(episode.id))):
        labels[label.episode].append(label)
    return tuple(_signals(episode, tuple(labels[episode.id]), back.get(episode.id)) for episode in known)


def _signals(episode: Episode, labels: tuple[Label, ...], back: datetime | None) -> Signals:
    steps = {}
    for seq, _ in decisions_of(episode.trajectory):
        found = judged([label for label in labels if label.step == seq])
        if found is not None:
            steps[seq] = found
    outcome = judged([label for label in labels if label.step is None])
    return Signals(episode, labels, outcome, steps, _known(episode, labels, back), back)


def _known(episode: Episode, labels: Iterable[Label], back: datetime | None) -> Known | None:
    """What was right; people's words only while they weigh something, as those of a flood do not."""
    known = known_of(episode, back is not None)
    if known is None or known.says is not Authority.PERSON or episode.truth is not None:
        return known
    said = (label for label in labels if label.sign in (Sign.CORRECTED, Sign.EDITED))
    return known if any(label.weight >= LEAST for label in said) else None


def _with_repairs(episodes: Sequence[Episode]) -> Iterator[Episode]:
    """Runs of the lab whose task another run has solved know its repair, where the names are the same."""
    known: dict[tuple[object, ...], list[Action]] = {}
    for episode in episodes:
        if (name := _names(episode)) is not None and episode.truth is not None:
            repairs = known.setdefault(name, [])
            repairs += [action for action in episode.truth.repairs if action not in repairs]
    for episode in episodes:
        name, truth = _names(episode), episode.truth
        if name is None or truth is None or truth.repairs or not known[name]:
            yield episode
        else:
            told = truth.model_copy(update={"repairs": tuple(known[name])})
            yield episode.model_copy(update={"truth": told})


def _names(episode: Episode) -> tuple[object, ...] | None:
    """The task and the names that it was played under; `None` for what was no run of the lab."""
    replay = episode.replay
    if replay is None or episode.graded is None:
        return None
    return replay.suite, replay.task, replay.seed if replay.rename else None
