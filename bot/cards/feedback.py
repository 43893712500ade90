"""Thumbs: the buttons, and what they brought so far."""

from bot.cards.blocks import Block, button, context
from bot.cards.reading import rated
from bot.cards.text import cut, escape, mention
from bot.names import Press, thumb_value
from domain.feedback import Thumb
from domain.journal import Trajectory


def thumb_buttons(incident_id: str, target: str) -> list[Block]:
    """👍 and 👎 on a target."""
    value = thumb_value(incident_id, target)
    return [button("👍 Helped", Press.UP, value), button("👎 Wrong", Press.DOWN, value)]


def thumb_lines(trajectory: Trajectory, target: str) -> list[Block]:
    """Who thought what of it; empty before the first thumb."""
    said = []
    for feedback in rated(trajectory, target):
        face = "👍" if feedback.thumb is Thumb.UP else "👎"
        cause = feedback.correction.cause if feedback.correction else ""
        said.append(f"{face} {mention(feedback.user)}" + (f": {escape(cut(cause, 300))}" if cause else ""))
    return [context("Noted, thank you:  " + "   ".join(said))] if said else []
