"""Answers to people: help, the list of incidents, where one stands, and free words."""

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path

from bot.cards.blocks import Block, Place, message, paragraphs
from bot.cards.status import doing, headline, verdict_of
from bot.cards.text import cut, cut_lines, escape, minutes, prose
from bot.cards.words import FACE, STATE
from bot.names import Card
from domain.incident import Incident
from domain.journal import Trajectory
from domain.ports import Message

_HELP = Path(__file__).with_name("help.md")
MOST_LISTED = 15
MOST_LINES = 40


def answer_card(key: str, place: Place, text: str) -> Message:
    """Words (mrkdwn, already escaped) as a message."""
    return message(Card.ANSWER.key(key), place, text, _blocks(text))


def opener_card(key: str, place: Place, user_question: str) -> Message:
    """The message that opens a thread for a slash command, which has none of its own."""
    return message(Card.OPENER.key(key), place, user_question, _blocks(user_question))


def help_words() -> str:
    """What can be said, and what AOI does. The name is that of the app manifest: code shows no mentions."""
    return _HELP.read_text(encoding="utf-8").strip()


def spoken_words(text: str, people: Collection[str]) -> str:
    """An answer of the graph, which is plain text with `@USER` for people."""
    lines = [prose(line, people) for line in text.split("\n")]
    return "\n".join(cut_lines(lines, MOST_LINES)).strip() or "I have nothing to say on that."


def standing_words(trajectory: Trajectory) -> str:
    """Where one incident stands."""
    return f"{FACE[trajectory.incident.status]} {headline(verdict_of(trajectory), doing(trajectory))}"


def list_words(incidents: Sequence[Incident], now: datetime, unfinished: bool) -> str:
    """Incidents, newest first."""
    if not incidents:
        return "Nothing is being looked into." if unfinished else "There are no incidents yet."
    lines = [_line(incident, now) for incident in incidents]
    title = "*Being looked into*" if unfinished else "*Incidents, newest first*"
    return "\n".join([title, *cut_lines(lines, MOST_LISTED, "incidents")])


def _line(incident: Incident, now: datetime) -> str:
    age = minutes(max(0.0, (now - incident.created_at).total_seconds()))
    where = ", ".join(escape(name) for name in incident.scope.namespaces) or "cluster"
    question = escape(cut(" ".join(incident.question.split()), 90))
    return f"{FACE[incident.status]} {question} ({where}): {STATE[incident.status]}, {age} ago, `{incident.id}`"


def _blocks(text: str) -> list[Block]:
    return paragraphs([cut(line, 2_800) for line in text.splitlines()])
