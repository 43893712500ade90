"""A run of a model through the real graph: its journal renders to what the model was shown, but for the marks."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from domain.episodes import Episode
from domain.model import Message
from graph.policies.chat.rights import rights_of
from lab.reader.perfect import perfect
from lab.reader.recorded import lasting
from learn.reward.reference import sight_before
from learn.signals.calls import calls_behind
from tests.graph.model.clients import TERMS
from tests.graph.policies.chat.test_policy import PROSE, told
from tests.learn.export.data import RENDER, exported


def dumped(messages: Iterable[Message]) -> list[dict[str, str]]:
    return [message.model_dump() for message in messages]


async def test_the_prompt_of_each_decision_is_rendered_as_it_was_and_groups_are_judged(tmp_path: Path) -> None:
    """Two replies are drawn at each step; at the first one of them cannot be read."""
    seen = await told(tmp_path, perfect, PROSE, perfect, terms=replace(TERMS, samples=2))
    episode = Episode(trajectory=seen.run, calls=seen.calls)
    behind = calls_behind(episode)
    assert len(behind) == len(seen.decided) == 2
    for seq, call in behind.items():
        sight = sight_before(seen.run, seq)
        again = RENDER(sight, rights_of(sight))
        assert again == RENDER(sight, rights_of(sight))
        assert lasting(dumped(again)) == lasting(dumped(call.messages))
    found = exported(episode)
    first, second = (row.model_dump() for row in found.rows["groups"])
    assert sorted(one["reward"] > 0.9 for one in first["completions"]) == [False, True]
    assert [one["reward"] > 0.9 for one in second["completions"]] == [True, True]
    assert [row.prompt for row in found.rows["steps"]] == [call.messages for call in behind.values()]
    assert len(found.rows["pairs"]) == 1
