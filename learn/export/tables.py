"""From a run to the rows of each file."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from learn.export.pairs import corrected, drawn, edited
from learn.export.rows import Drawn, GroupRow, PairRow, PromptRow, Row, StepRow, ThumbRow
from learn.export.runs import Run, turn
from learn.reward.parts import RIGHT
from learn.signals.labels import Source
from learn.signals.verdict import LEAST, judged


def prompts(run: Run) -> Iterator[PromptRow]:
    """Steps of which somebody knows what they should have decided."""
    for moment in run.moments:
        if moment.reference is not None:
            yield PromptRow(
                **run.where(moment),
                prompt=moment.prompt,
                task=run.task,
                shown=moment.shown.model_dump_json(),
                reference=moment.reference.model_dump_json(),
            )


def groups(run: Run) -> Iterator[GroupRow]:
    """Completions that were drawn at a step, and their rewards."""
    moments = {moment.seq: moment for moment in run.moments}
    for ranked in run.groups:
        moment = moments[ranked.step]
        where = run.where(moment) | {"id": f"{moment.id}:{ranked.group.id}"}
        replies = (
            Drawn(
                text=one.completion.reply,
                token_ids=one.completion.token_ids,
                logprobs=one.completion.logprobs,
                rewards=one.scores,
                reward=one.scores.reward,
                chosen=one.completion.chosen,
            )
            for one in ranked.replies
        )
        group = ranked.group
        yield GroupRow(**where, prompt=group.messages, model=group.model, completions=tuple(replies))


def thumbs(run: Run) -> Iterator[ThumbRow]:
    """Decisions of which people said something; what they said of the outcome is about the last one.

    The label is what all labels come to, so that the world outweighs the people here, too.
    """
    for moment in run.moments:
        about = {moment.seq, None} if moment.last else {moment.seq}
        labels = [label for label in run.signals.labels if label.step in about]
        found = judged(labels) if any(label.source is Source.PERSON for label in labels) else None
        if found is not None and found.weight >= LEAST and moment.reply is not None:
            said = turn(moment.reply)
            yield ThumbRow(
                **run.where(moment), prompt=moment.prompt, completion=said, label=found.good, weight=found.weight
            )


def pairs(run: Run) -> Iterator[PairRow]:
    """The best and the worst of a group, and what people put in the place of a decision."""
    for row in groups(run):
        yield from drawn(row)
    for moment in run.moments:
        yield from edited(run, moment)
        yield from corrected(run, moment)


def steps(run: Run) -> Iterator[StepRow]:
    """Decisions that proved good, and that are right where somebody knows what is."""
    for moment in run.moments:
        found, reply = moment.judgement, moment.reply
        if found is None or not found.good or reply is None:
            continue
        worth = moment.worth(reply)
        if worth is None or worth.action >= RIGHT:
            said = turn(reply)
            yield StepRow(**run.where(moment), prompt=moment.prompt, completion=said, weight=found.weight)


Tables = Sequence[tuple[str, type[Row], Callable[[Run], Iterable[Row]]]]
"""Files: name, what a row is, and how they are made of a run."""
TABLES: Final[Tables] = (
    ("prompts", PromptRow, prompts),
    ("groups", GroupRow, groups),
    ("thumbs", ThumbRow, thumbs),
    ("pairs", PairRow, pairs),
    ("steps", StepRow, steps),
)
"""The files: name, what a row is, and how they are made of a run."""
