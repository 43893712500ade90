"""Data sets in the compact form, and what a pick is worth by the reward of whole decisions."""

import json
from typing import Any

import pytest

from domain.episodes import Episode, Graded, Replay, Truth
from domain.execution import Improvement
from domain.incident import Status
from domain.journal import Concluded, Decided, Trajectory
from graph.model.tokens import estimate
from graph.policies.chat.compact.menu import menu_of
from graph.policies.chat.compact.prompt import CompactPrompt
from graph.policies.chat.prompt import ObserverPrompt
from graph.policies.chat.rights import rights_of
from lab.reader.compact import careful
from learn.export.render import rendered
from learn.export.rows import Row
from learn.export.service import Choice, gather
from learn.grpo.scorers import total
from learn.picks.score import WEIGHTS, score
from learn.picks.tables import picked, tables_of
from tests.fakes import CountingIds
from tests.graph.policies.story import BACK, IMAGE, Story, suspicion
from tests.learn.scene import ANSWER, TRUTH, WELL

FORM = CompactPrompt(estimate(), CountingIds())
FULL = ObserverPrompt(estimate(), CountingIds())
REPLAY = Replay(suite="basics", task="image-tag-typo", family="image-tag-typo", seed=1)


def episode(story: Story, truth: Truth | None = TRUTH) -> Episode:
    last = next(step for step in reversed(story.steps) if isinstance(step, Decided)).decision
    assert last.kind == "conclude"
    story.steps.append(Concluded(status=Status.RESOLVED, diagnosis=last.diagnosis, text="-"))
    incident = story.trajectory.incident.model_copy(update={"status": Status.RESOLVED})
    run = Trajectory(incident=incident, entries=story.trajectory.entries)
    graded = Graded(success=True, harmless=True, answer_right=True) if truth else None
    return Episode(trajectory=run, replay=REPLAY, graded=graded, truth=truth)


async def repaired() -> Story:
    """A proposal, its success, and the end: two decisions, by rules."""
    story = Story(suspicion(BACK, IMAGE))
    await story.propose()
    story.verified(Improvement.RESOLVED)
    await story.decide()
    return story


def exported(run: Episode) -> dict[str, list[Row]]:
    return gather([run], rendered(FULL), Choice(), tables_of(FORM)).rows


async def rows() -> list[dict[str, Any]]:
    return [row.model_dump(mode="json") for row in exported(episode(await repaired()))["prompts"]]


def worth(row: dict[str, Any], decide: str, **more: Any) -> float:
    said = {"summary": "It is s1.", "decide": decide, "confidence": 0.9} | more
    return total(score(row, json.dumps(said)), WEIGHTS)


async def test_each_decision_is_a_row_with_the_prompt_as_it_was() -> None:
    first, second = await rows()
    assert (
        "Possible: look s1, look again, repair s1.r1, repair s1.r2, conclude s1" in first["prompt"][1]["content"]
    )
    assert "s1.r1 (resolved)" in second["prompt"][1]["content"]
    assert (first["family"], first["split"]) == ("image-tag-typo", "train")
    assert json.loads(first["reference"])["says"] == "lab"
    assert set(json.loads(second["choices"])) == {"look s1", "look again", "conclude s1", "conclude nothing"}


async def test_what_proved_good_is_imitated_as_the_pick_that_makes_it() -> None:
    """Rules decided; the rows say it in the form that the small model is asked in."""
    first, second = (row.model_dump(mode="json") for row in exported(episode(await repaired()))["steps"])
    said = [json.loads(row["completion"][0]["content"]) for row in (first, second)]
    assert [one["decide"] for one in said] == ["repair s1.r1", "conclude s1"]
    for row, prompt in zip((first, second), await rows(), strict=True):
        assert row["prompt"] == prompt["prompt"]
        assert score(prompt, row["completion"][0]["content"])["format"] == 1.0


async def test_every_pick_makes_the_decision_that_it_is_told_from() -> None:
    sight = Story(suspicion(BACK, IMAGE), suspicion(confidence=0.5, subject=BACK.target)).sight
    rights = rights_of(sight)
    menu = menu_of(sight, rights)
    for pick in ("look s1", "repair s1.r1", "repair s1.r2", "conclude s1", "conclude nothing"):
        text = json.dumps({"summary": "It is s1.", "decide": pick, "confidence": 0.8})
        again = picked(FORM.read(text, sight, rights), menu)
        assert again is not None
        assert json.loads(again)["decide"] == pick


async def test_a_step_that_nobody_knows_the_truth_of_is_no_prompt() -> None:
    story = Story(suspicion(BACK), read_only=True)
    await story.decide()
    unknown = episode(story, None).model_copy(update={"replay": None})
    assert exported(unknown)["prompts"] == []


async def test_the_right_pick_is_worth_most_at_each_step() -> None:
    first, second = await rows()
    for row, right in ((first, "repair s1.r1"), (second, "conclude s1")):
        best = worth(row, right)
        assert best > 0.9
        assert all(worth(row, other) < best - 0.1 for other in json.loads(row["choices"]) if other != right)
        assert json.loads(careful(row["prompt"][1]["content"]))["decide"] == right


async def test_honest_doubt_about_a_wrong_pick_is_worth_more_than_certainty() -> None:
    first, _ = await rows()
    assert worth(first, "conclude nothing", confidence=0.1) > worth(first, "conclude nothing", confidence=0.9)
    assert worth(first, "repair s1.r1", confidence=0.9) > worth(first, "repair s1.r1", confidence=0.1)


@pytest.mark.parametrize("text", ["restart it", "{}", '{"summary":"x","decide":"repair s9.r1","confidence":1}'])
async def test_what_cannot_be_carried_out_is_worth_next_to_nothing(text: str) -> None:
    first, _ = await rows()
    assert total(score(first, text), WEIGHTS) <= 0.05


async def test_where_nothing_is_wrong_that_is_the_right_pick() -> None:
    story = Story(suspicion(BACK), read_only=True)
    await story.decide()
    (row,) = (row.model_dump(mode="json") for row in exported(episode(story, WELL))["prompts"])
    assert worth(row, "conclude nothing", summary="All is well here now.") > worth(row, "conclude s1")


def test_rows_of_the_full_form_are_scored_as_they_stand() -> None:
    row = {"shown": ANSWER.shown.model_dump_json(), "reference": ANSWER.reference.model_dump_json()}
    assert score(row, "no JSON") == dict.fromkeys(WEIGHTS, 0.0)
