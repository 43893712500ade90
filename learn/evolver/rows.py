"""The Evolver's own training rows: a failed run in, the plans that were judged for it out, with their rewards.

`evolver.jsonl` of the data sets (`docs/learning.md`). Only plans that were replayed count; plans that were judged
by words alone would teach it to repeat people.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from pydantic import Field

from domain.base import Value
from domain.episodes import Episode
from domain.lessons import Lesson, Parts
from domain.model import Message
from learn.evolver.prompt import EvolverPrompt
from learn.export.render import RunIds


class Completion(Value):
    """A plan that was judged."""

    text: str
    """As the Evolver is asked to write it."""
    rewards: Parts
    reward: float = Field(ge=0, le=1)
    source: str
    """Who made it, `domain.lessons.Source`."""


class EvolverRow(Value):
    """One run and its plans."""

    id: str
    prompt: tuple[Message, ...]
    completions: tuple[Completion, ...]
    """The best first."""
    task: str
    family: str
    """Family of faults, which is in one split."""


def evolver_rows(episodes: Iterable[Episode], lessons: Iterable[Lesson]) -> tuple[EvolverRow, ...]:
    """A row for each run of which plans were replayed; a plan that several drafts share counts with its best."""
    runs = {episode.id: episode for episode in episodes}
    plans: dict[str, list[Lesson]] = defaultdict(list)
    for lesson in lessons:
        judged = lesson.provenance.judgement
        if lesson.provenance.plan and judged is not None and judged.how == "replay":
            plans[lesson.provenance.incidents[0]].append(lesson)
    return tuple(_rows(runs, plans))


def _rows(runs: dict[str, Episode], plans: dict[str, list[Lesson]]) -> Iterator[EvolverRow]:
    prompt = EvolverPrompt()
    for name in sorted(plans.keys() & runs.keys()):
        episode = runs[name]
        best: dict[str, Completion] = {}
        for lesson in plans[name]:
            fresh = _completion(lesson)
            known = best.get(fresh.text)
            if known is None or fresh.reward > known.reward:
                best[fresh.text] = fresh
        yield EvolverRow(
            id=name,
            prompt=prompt.messages(episode, RunIds(episode.id)),
            completions=tuple(sorted(best.values(), key=lambda each: (-each.reward, each.text))),
            task=episode.replay.task if episode.replay else "",
            family=episode.replay.family if episode.replay else "",
        )


def _completion(lesson: Lesson) -> Completion:
    judged = lesson.provenance.judgement
    assert judged is not None
    return Completion(
        text=lesson.provenance.plan,
        rewards=judged.parts,
        reward=round(judged.parts.total, 6),
        source=lesson.provenance.source.value,
    )
