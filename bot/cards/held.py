"""The card that says why AOI cannot go on for now, and later that it has."""

from bot.cards.blocks import Place, message, paragraphs, section
from bot.cards.reading import entries_of, held_up
from bot.cards.text import escape
from bot.cards.words import action_words
from bot.names import Card
from domain.decisions import Propose
from domain.journal import Decided, Entry, Held, Trajectory
from domain.ports import Message


def held_cards(trajectory: Trajectory, place: Place) -> list[Message]:
    """One for each time; the newest says so in bold for as long as it lasts."""
    now = held_up(trajectory)
    return [_card(trajectory, entry, step, place, step is now) for entry, step in entries_of(trajectory, Held)]


def _card(trajectory: Trajectory, entry: Entry, step: Held, place: Place, lasts: bool) -> Message:
    key = Card.HELD.key(trajectory.incident.id, str(entry.seq))
    why = escape(step.why)
    if not lasts:
        return message(key, place, "Went on", [section(f"▶️ This is over, I went on: _{why}_")])
    wish = _wish(trajectory, entry)
    return message(key, place, step.why, [section(f"✋ *{why}*"), *(paragraphs([wish]) if wish else [])])


def _wish(trajectory: Trajectory, entry: Entry) -> str:
    """What AOI would do, so that people need not wait for it."""
    before = (e.step for e in reversed(trajectory.entries) if e.seq < entry.seq)
    decided = next((step.decision for step in before if isinstance(step, Decided)), None)
    return f"What I would propose: {action_words(decided.action)}" if isinstance(decided, Propose) else ""
