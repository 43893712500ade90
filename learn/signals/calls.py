"""Which call of the model each decision came of."""

import json
import re
from collections.abc import Mapping

from domain.episodes import Episode
from domain.model import CallOutcome, ModelCall, PreferenceGroup
from graph.policies.chat.compact.answer import LABEL
from learn.signals.behind import decisions_of


def calls_behind(episode: Episode) -> Mapping[int, ModelCall]:
    """The call whose reply was acted on, by the journal entry of the decision.

    They are told by what they say, in their order: journal and calls need not go by one clock, as in the lab. What
    AOI's rules decided, alone or in the model's place, has none.
    """
    found: dict[int, ModelCall] = {}
    acted = [
        call for call in episode.calls if call.outcome is CallOutcome.ANSWERED and (call.chosen or not call.group)
    ]
    said = [(pattern, call) for call in acted if (pattern := _summary(call.reply))]
    for seq, step in decisions_of(episode.trajectory):
        if step.decision.stand_in is not None:
            continue
        place = next((n for n, (said_so, _) in enumerate(said) if said_so.fullmatch(step.decision.summary)), None)
        if place is not None:
            found[seq] = said[place][1]
            said = said[place + 1 :]
    return found


def step_of(group: PreferenceGroup, behind: Mapping[int, ModelCall]) -> int | None:
    """The decision that a group was drawn for: one of it was acted on, or a reply that was asked for again.

    `None` where the model did not decide that step in the end.
    """
    for seq, call in behind.items():
        if call.group == group.id or call.messages[: len(group.messages)] == group.messages:
            return seq
    return None


def _summary(reply: str) -> re.Pattern[str] | None:
    """What the decision's summary looks like; in a pick, numbers stand for words that people were shown."""
    try:
        said = json.loads(reply)
    except (ValueError, RecursionError):
        return None
    summary = said.get("summary") if isinstance(said, dict) else None
    if not isinstance(summary, str):
        return None
    words = LABEL.split(summary) if "decide" in said else [summary]
    return re.compile(".+".join(re.escape(part) for part in words), re.DOTALL)
