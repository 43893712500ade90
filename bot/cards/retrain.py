"""The card of a retrain: one message, edited in place, from the wish to the decision. Pure."""

from collections.abc import Iterator
from typing import assert_never

from bot.cards.bars import bar, curve
from bot.cards.blocks import Block, Place, actions, button, context, fields, message, paragraphs, section
from bot.cards.text import clock, cut, escape, mention, minutes
from bot.names import Card, Press
from domain.ports import Message
from domain.retrain import Harvest, Outcome, Retrain, Stage

_STAGES = {
    Stage.EVOLVING: "learning from failed runs",
    Stage.EXPORTING: "writing the data sets",
    Stage.TRAINING: "training",
    Stage.EVALUATING: "measuring on held-out tasks",
}
_MOST_FIELDS = 10


def retrain_card(retrain: Retrain) -> Message:
    """How it stands."""
    headline = _headline(retrain)
    blocks: list[Block] = [section(f"*{headline}*" + (f"\n{said}" if (said := _said(retrain)) else ""))]
    if retrain.running:
        blocks += paragraphs(list(_steps(retrain)))
    if retrain.table:
        blocks.append(fields(*((line.name, f"{line.before} → *{line.after}*") for line in retrain.table)))
        blocks += [fields(*more)] if (more := _further(retrain)) else []
    if buttons := _buttons(retrain):
        blocks.append(actions(*buttons))
    blocks.append(context(f"retrain `{escape(retrain.profile)}` {_asked(retrain)} · {escape(retrain.id)}"))
    place = Place(incident_id=None, channel=retrain.channel, thread=retrain.thread)
    return message(Card.RETRAIN.key(retrain.id), place, headline, blocks)


def _headline(retrain: Retrain) -> str:
    name = escape(retrain.candidate or "the candidate")
    match retrain.outcome:
        case None:
            if retrain.stage is Stage.WAITING:
                return "🎓 A retrain begins"
            return f"🎓 Retraining: {_STAGES[retrain.stage]}"
        case Outcome.NOTHING:
            return "🎓 Nothing to learn from this time"
        case Outcome.FAILED:
            return "🛑 The retrain failed; the model that serves is unchanged"
        case Outcome.CANCELLED:
            return f"✋ The retrain was cancelled by {mention(retrain.decided_by)}; nothing changes"
        case Outcome.WORSE:
            return f"🛑 {name} is not better enough; the model that serves is unchanged"
        case Outcome.READY:
            return f"🎓 {name} is better and waits for your decision"
        case Outcome.PROMOTING:
            return f"⚙️ {name} is being brought up, asked for by {mention(retrain.decided_by)}"
        case Outcome.PROMOTED:
            return f"✅ {name} decides from now on, promoted by {mention(retrain.decided_by)}"
        case Outcome.REFUSED:
            return f"🛑 {name} could not be brought up; the model that served goes on"
        case Outcome.DISCARDED:
            return f"🗑️ {name} was discarded by {mention(retrain.decided_by)}; nothing changes"
        case _:
            assert_never(retrain.outcome)


def _said(retrain: Retrain) -> str:
    if retrain.outcome is Outcome.NOTHING:
        return f"{escape(retrain.why)} {_week(retrain.harvest)}"
    if retrain.outcome is Outcome.PROMOTED:
        return "`aoi learn rollback` brings back what served before."
    return escape(cut(retrain.why, 900))


def _steps(retrain: Retrain) -> Iterator[str]:
    """The stages, the one under way with its bar."""
    order = list(_STAGES)
    at = order.index(retrain.stage) if retrain.stage in order else -1
    for number, stage in enumerate(order):
        if number < at:
            yield f"✔️ {_STAGES[stage]}{_result(retrain, stage)}"
        elif number > at:
            yield f"▫️ {_STAGES[stage]}"
        else:
            yield from _under_way(retrain)


def _under_way(retrain: Retrain) -> Iterator[str]:
    left = f", about {minutes(retrain.seconds_left)} left" if retrain.seconds_left is not None else ""
    yield f"▶️ {_STAGES[retrain.stage]}  {bar(retrain.share)}{left}"
    if retrain.words:
        yield f"      {escape(cut(retrain.words, 200))}"
    if retrain.stage is Stage.TRAINING and retrain.rewards:
        yield f"      reward {curve(retrain.rewards)} {retrain.rewards[-1]:.2f}"


def _result(retrain: Retrain, stage: Stage) -> str:
    harvest = retrain.harvest
    match stage:
        case Stage.EVOLVING:
            return f": {_many(harvest.lessons, 'lesson')} from {_many(harvest.failed, 'failed run')}"
        case Stage.EXPORTING:
            return f": {_many(harvest.rows, 'step')} to train on"
        case Stage.TRAINING if retrain.rewards:
            return f": reward {retrain.rewards[0]:.2f} → {retrain.rewards[-1]:.2f}"
        case _:
            return ""


def _week(harvest: Harvest) -> str:
    return (
        f"{_many(harvest.incidents, 'incident')}, {harvest.resolved} of them resolved, "
        f"{_many(harvest.thumbs, 'thumb')}, {_many(harvest.lessons, 'new lesson')}."
    )


def _further(retrain: Retrain) -> list[tuple[str, str]]:
    rest = retrain.table[_MOST_FIELDS:]
    return [(line.name, f"{line.before} → *{line.after}*") for line in rest]


def _buttons(retrain: Retrain) -> list[Block]:
    if retrain.running:
        return [button("Cancel", Press.STOP, retrain.id)]
    if retrain.outcome in (Outcome.READY, Outcome.REFUSED):
        return [
            button("Promote", Press.PROMOTE, retrain.id, "primary"),
            button("Discard", Press.DISCARD, retrain.id, "danger"),
        ]
    return []


def _asked(retrain: Retrain) -> str:
    who = "by the weekly schedule" if retrain.by == "schedule" else f"asked for by {mention(retrain.by)}"
    return f"{who} at {clock(retrain.at)}"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
