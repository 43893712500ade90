"""Lessons: the list with its buttons, the forms behind them, and the lines on an incident's card."""

from collections.abc import Sequence
from datetime import datetime

from bot.cards.blocks import Block, Place, actions, button, context, message, paragraphs, section
from bot.cards.modals import View, form, plain_input
from bot.cards.text import cut, escape, mention
from bot.names import Card, Form, Press
from domain.journal import Taught, Trajectory
from domain.lessons import Lesson, State, Word
from domain.ports import Message
from graph.lessons.words import does_words, not_words, origin, proof_words, says_words, when_words

MOST_LISTED = 15
MOST_WORDS = 1_000
_FACE = {State.ACTIVE: "📗", State.CANDIDATE: "📙", State.RETIRED: "📕", State.REJECTED: "📕"}
_NONE = (
    "There are no lessons yet. Correct me by 👎 and tell me what it really was; then `aoi learn evolve`, or the "
    "next retrain, makes lessons of it."
)


def lessons_card(key: str, place: Place, lessons: Sequence[Lesson], now: datetime) -> Message:
    """The list as a message, a row of buttons under each lesson."""
    if not lessons:
        return message(Card.LESSONS.key(key), place, _NONE, [section(_NONE)])
    blocks: list[Block] = [section("*Lessons, newest first*")]
    for lesson in lessons[:MOST_LISTED]:
        blocks += [section(lesson_words(lesson, now)), _buttons(lesson)]
    if lessons[MOST_LISTED:]:
        blocks.append(context(f"… {len(lessons) - MOST_LISTED} more; `aoi learn lessons` shows all."))
    return message(Card.LESSONS.key(key), place, f"{len(lessons)} lessons", blocks)


def list_lessons(lessons: Sequence[Lesson], now: datetime) -> str:
    """The list in words, for where no buttons can be."""
    lines = [lesson_words(lesson, now) for lesson in lessons[:MOST_LISTED]]
    return "\n".join(["*Lessons, newest first*", *lines]) if lines else _NONE


def lesson_words(lesson: Lesson, now: datetime) -> str:
    """When it fires, what follows, and what stands behind it."""
    last = f" _{escape(not_words(lesson))}_" if lesson.not_actions or lesson.not_causes else ""
    edited = f", edited by {mention(lesson.edited_by)}" if lesson.edited_by else ""
    return (
        f"{_FACE[lesson.state]} `{escape(lesson.id)}` {escape(cut(says_words(lesson), 200))}\n"
        f"When {escape(when_words(lesson))}: *{escape(does_words(lesson))}*.{last}\n"
        f"_{escape(proof_words(lesson))}; {escape(origin(lesson, now))}; until {lesson.expires:%d %b %Y}{edited}_"
    )


def edit_lesson_modal(lesson: Lesson, now: datetime, place: str) -> View:
    """What people may change; other texts are judged anew before they guide anybody."""
    days = max(1, (lesson.expires - now).days)
    texts = "\n".join(text.pattern for text in lesson.signature.texts)
    blocks = [
        section(f"When {escape(when_words(lesson))}: *{escape(does_words(lesson))}*."),
        plain_input("says", "What it says", "What it is, in a sentence", initial=lesson.says, most=MOST_WORDS),
        plain_input(
            "texts",
            "What findings must say, one text a line",
            "With <name> and <number> where they differ",
            initial=texts,
            optional=True,
            multiline=True,
            most=MOST_WORDS,
        ),
        plain_input(
            "advice",
            "Advice, where no write helps",
            "For people",
            initial=lesson.advice,
            optional=True,
            most=MOST_WORDS,
        ),
        plain_input("days", "Days that it lasts", "1 to 3650", initial=str(days), most=4),
        context("Other texts make it a candidate, until `aoi learn evolve` has judged it anew."),
    ]
    return form(Form.LESSON_EDIT, "Edit the lesson", "Save", f"{lesson.id} {place}", blocks)


def retire_lesson_modal(lesson: Lesson, place: str) -> View:
    """Asks why; it goes on record."""
    asked = plain_input("why", "Why?", "What is wrong with it?", optional=True, multiline=True, most=MOST_WORDS)
    blocks = [section(f"{escape(cut(says_words(lesson), 500))}\nIt will guide nobody any more."), asked]
    return form(Form.LESSON_RETIRE, "Retire the lesson", "Retire", f"{lesson.id} {place}", blocks)


def taught(trajectory: Trajectory) -> list[Block]:
    """By which lessons the run goes, on its card; nothing where none fires."""
    step = trajectory.taught
    lessons = {lesson.id: lesson for lesson in (*trajectory.guides, *(step.lessons if step else ()))}
    words = {word.lesson_id: word.says for e in trajectory.entries for word in _words(e.step)}
    now = trajectory.incident.created_at
    lines = [f"• By {_origin(lessons[each], now)}: {escape(cut(says, 300))}" for each, says in words.items()]
    return paragraphs(["*Lessons*", *lines]) if lines else []


def _words(step: object) -> Sequence[Word]:
    return step.guiding if isinstance(step, Taught) else ()


def _origin(lesson: Lesson, now: datetime) -> str:
    """The person as a mention: the card is edited in place, so nobody is called by it."""
    said = escape(origin(lesson, now))
    for user in lesson.provenance.by[-1:]:
        said = said.replace(f"@{escape(user)}", mention(user))
    return said


def _buttons(lesson: Lesson) -> Block:
    return actions(
        button("Edit", Press.LESSON_EDIT, lesson.id),
        button("Retire", Press.LESSON_RETIRE, lesson.id, style="danger"),
    )
