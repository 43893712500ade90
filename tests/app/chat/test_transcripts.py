"""Recorded chats are replayed: who changes a prompt, or what leads to it, sees so here and records anew."""

from dataclasses import replace

import pytest

from domain.journal import Decided
from lab.reader.recorded import Replay, load
from lab.reader.server import CAREFUL
from tests.app.chat.played import Played, play_with
from tests.app.chat.record import FOLDER, TASKS

AGAIN = "the prompts of these requests changed; if that is meant, run: make record-transcripts"


def replayed(replay: Replay, task: str) -> tuple[Played, Replay]:
    played, left = play_with(task, CAREFUL, replay)
    assert isinstance(left, Replay)
    return played, left


@pytest.mark.parametrize("task", TASKS)
def test_the_recorded_prompts_are_asked_again(task: str) -> None:
    spoken = load(FOLDER / f"{task}.json")
    played, replay = replayed(Replay(spoken), task)
    assert replay.changed == [], AGAIN
    assert replay.asked == len(spoken), AGAIN
    assert played.solved


def test_a_prompt_that_changed_is_noticed_and_the_incident_goes_on() -> None:
    first, second, *rest = load(FOLDER / f"{TASKS[0]}.json")
    played, replay = replayed(Replay([first, replace(second, prompt="0" * 64), *rest]), TASKS[0])
    assert replay.changed[0] == 2
    policies = [entry.step.policy for entry in played.run.trajectory.entries if isinstance(entry.step, Decided)]
    assert policies[:2] == ["chat", "playbook"]
    assert played.solved
