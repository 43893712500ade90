"""Lessons as a model is shown them: among the data, since their words came from people and from clusters."""

from collections.abc import Iterator

from domain.lessons import Guidance
from domain.ports import Sight
from graph.lessons.words import does_words, not_words, origin, probe_words, proof_words, when_words
from graph.prompts.quote import plain, quoted

_WORDS = 200
_MOST = 4


def taught(sight: Sight) -> list[str]:
    """Lines on the lessons that fire, strongest first; empty where none does."""
    lines = [line for one in sight.guidance[:_MOST] for line in _lesson(one, sight)]
    if not lines:
        return []
    head = "Lessons of this team that fit; the suspicions follow them already (checked, yet evidence comes first):"
    return ["", head, *lines]


def _lesson(one: Guidance, sight: Sight) -> Iterator[str]:
    lesson, now = one.lesson, sight.incident.created_at
    yield plain(f"- {origin(lesson, now)}; {proof_words(lesson)}. When {when_words(lesson)}:", 3 * _WORDS)
    if one.calls:
        looks = ", ".join(probe_words(call) for call in one.calls)
        yield f"  look first: {plain(looks, 2 * _WORDS)}"
        return
    if one.hypothesis is None:
        yield f"  nothing is wrong there: {quoted(one.says, _WORDS)}"
        return
    held = one.hypothesis
    yield f"  it is {held.cause} at {held.subject}: {quoted(one.says, _WORDS)}"
    last = f"; {not_words(lesson)}" if lesson.not_actions or lesson.not_causes else ""
    advice = f": {quoted(lesson.advice, _WORDS)}" if lesson.do is None and lesson.advice else ""
    yield f"  do: {plain(f'{does_words(lesson)}{advice}{last}', 3 * _WORDS)}"
