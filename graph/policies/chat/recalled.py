"""Past incidents as a model is shown them: among the data, since their words came from clusters and people."""

from collections.abc import Iterator

from domain.memory import Attempt, Recollection
from domain.ports import Sight
from graph.memory.words import day
from graph.prompts.quote import plain, quoted

_WORDS = 160
"""Characters of one text."""
_ATTEMPTS = 4


def recalled(sight: Sight) -> list[str]:
    """Lines on the past incidents most like this one; empty where there is none."""
    lines = [line for one in sight.memories for line in _past(one, sight)]
    return ["", "Past incidents like this one (what helped then is a hint, no proof):", *lines] if lines else []


def _past(one: Recollection, sight: Sight) -> Iterator[str]:
    memory = one.memory
    why = ", ".join(reason.value for reason in one.reasons)
    cause = memory.cause.value if memory.cause else "no cause named"
    when = day(memory.at, sight.incident.created_at)
    yield f"- {memory.incident_id} on {when} ({why}): {cause}. {quoted(memory.root_cause, _WORDS)}"
    yield from (f"  {_attempt(attempt)}" for attempt in memory.attempts[-_ATTEMPTS:])
    for correction in memory.corrections[-1:]:
        helped = f", and what helped: {quoted(correction.helped, _WORDS)}" if correction.helped else ""
        yield f"  people said what it really was: {quoted(correction.cause, _WORDS)}{helped}"
    if not memory.attempts:
        yield f"  no repair was tried; it ended {memory.status.value}"


def _attempt(attempt: Attempt) -> str:
    reason = f", because: {quoted(attempt.reason, _WORDS)}" if attempt.reason else ""
    return plain(f"{attempt.action} on {attempt.target}: {attempt.fate.value}{reason}", 2 * _WORDS)
