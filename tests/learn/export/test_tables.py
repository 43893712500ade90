"""The rows of each file: in TRL's forms, with what people and the world said, and nobody outvoting the rest."""

import json
from typing import Any

import pytest

from domain.actions import Scale
from domain.approval import Verdict
from domain.execution import Improvement
from domain.feedback import Thumb
from domain.journal import Asked
from domain.model import ModelCall
from domain.references import Authority, Reference, Shown
from learn.reward.service import WEIGHTS, score_row
from learn.reward.shown import said
from tests.graph.policies.story import BACK, WEB
from tests.learn.export.data import answered, ended, exported, incident, lab_run, rejected, repaired, thumb
from tests.learn.scene import RIGHT, TRUTH, WRONG, all_well, concludes, proposes, story
from tests.learn.signals.test_service import PROMPT, by_model, call


def rows(name: str, *episodes: Any, **choice: Any) -> list[dict[str, Any]]:
    return [row.model_dump(mode="json") for row in exported(*episodes, **choice).rows[name]]


def is_chat(turns: list[dict[str, str]], *roles: str) -> bool:
    whole = all(turn.keys() == {"role", "content"} for turn in turns)
    return whole and [turn["role"] for turn in turns] == list(roles)


async def test_prompts_come_with_what_judges_a_completion() -> None:
    found = rows("prompts", lab_run(await repaired()))
    assert [row["id"] for row in found] == ["inc-lab:002", "inc-lab:007"]
    first = found[0]
    assert is_chat(first["prompt"], "system", "user")
    assert "Possible now: probe (at most 6 calls), propose, conclude." in first["prompt"][-1]["content"]
    assert (first["task"], first["family"], first["split"]) == ("web-1", "web", "train")
    assert Reference.model_validate_json(first["reference"]).says is Authority.LAB
    right = score_row(first, json.dumps(proposes()))
    assert right.keys() == WEIGHTS.keys()
    assert right["action"] == 1
    assert score_row(first, json.dumps(concludes()))["action"] == 0


async def test_a_step_of_rules_becomes_a_reply_that_can_be_read_at_its_prompt() -> None:
    episode = lab_run(await repaired())
    prompts = {row["id"]: row for row in rows("prompts", episode)}
    found = rows("steps", episode)
    assert [row["id"] for row in found] == ["inc-lab:002", "inc-lab:007"]
    for row, kind in zip(found, ("propose", "conclude"), strict=True):
        assert is_chat(row["completion"], "assistant")
        assert row["prompt"] == prompts[row["id"]]["prompt"]
        read = said(row["completion"][0]["content"], Shown.model_validate_json(prompts[row["id"]]["shown"]))
        assert read.decision is not None
        assert read.decision.kind == kind
        assert score_row(prompts[row["id"]], row["completion"][0]["content"])["action"] > 0.9


async def test_what_a_model_was_asked_and_said_is_taken_as_it_is_on_record() -> None:
    told = ended(by_model(story(RIGHT, WRONG, read_only=True), concludes()))
    episode = lab_run(told, calls=(call("a", concludes()),))
    (row,) = rows("steps", episode)
    assert row["prompt"] == [turn.model_dump() for turn in PROMPT]
    assert row["completion"][0]["content"] == json.dumps(concludes())


async def test_steps_that_did_not_prove_good_are_not_imitated() -> None:
    assert rows("steps", incident(await rejected())) == []
    lost = lab_run(await answered(), truth=TRUTH.model_copy(update={"components": (WRONG.subject,)}))
    assert rows("steps", lost) == [], "graded well by chance, and wrong by the truth"
    assert len(rows("steps", incident(await repaired()))) == 2, "the repair was verified"


async def test_thumbs_are_unpaired_preferences_of_what_people_spoke_of() -> None:
    told = await repaired()
    told.steps += [thumb(Thumb.UP), thumb(Thumb.DOWN, "U2", "step:3")]
    quiet = await answered()
    found = rows("thumbs", incident(told, "inc-a"), incident(quiet, "inc-b"))
    assert [(row["id"], row["label"]) for row in found] == [("inc-a:002", True), ("inc-a:007", True)]
    assert all(is_chat(row["completion"], "assistant") for row in found)
    assert found[0]["weight"] == 1, "the repair was seen to help, whatever the thumb says"


async def test_people_alone_decide_where_the_world_is_silent() -> None:
    told = await answered()
    told.steps.append(thumb(Thumb.DOWN))
    (row,) = rows("thumbs", incident(told))
    assert (row["label"], row["weight"]) == (False, 0.5)
    told.steps.append(thumb(Thumb.UP, at=1))
    (changed,) = rows("thumbs", incident(told))
    assert changed["label"], "the last thumb counts"
    told.steps.append(thumb(Thumb.DOWN, "U2", at=2))
    assert rows("thumbs", incident(told)) == [], "one for and one against decide nothing"


async def test_a_flood_of_thumbs_of_one_person_teaches_nothing() -> None:
    """Sixty in a day are enough to be too many, and they do not outvote the others."""
    told = await answered()
    told.steps.append(thumb(Thumb.DOWN, "U666"))
    flood = [incident(told, f"inc-{n:03}") for n in range(60)]
    liked = await answered()
    liked.steps += [thumb(Thumb.DOWN, "U666"), thumb(Thumb.UP, "U1", at=1)]
    found = rows("thumbs", *flood, incident(liked, "inc-liked"))
    assert [(row["id"], row["label"]) for row in found] == [("inc-liked:002", True)]


async def test_a_flood_of_corrections_of_one_person_is_no_reference() -> None:
    told = await answered()
    told.steps.append(thumb(Thumb.DOWN, "U666", cause="application-error at Deployment api"))
    assert len(rows("prompts", incident(told))) == 1, "one of them is"
    flood = [incident(told, f"inc-{n:03}") for n in range(60)]
    assert rows("prompts", *flood) == []
    assert rows("pairs", *flood) == []


def drawn(*replies: Any) -> tuple[ModelCall, ...]:
    return tuple(call(f"c{n}", reply, "g1", chosen=n == 0) for n, reply in enumerate(replies))


async def test_groups_hold_tokens_probabilities_and_rewards_by_part() -> None:
    told = ended(by_model(story(RIGHT, WRONG, read_only=True), all_well(cites=[])))
    (row,) = rows("groups", lab_run(told, calls=drawn(all_well(cites=[]), concludes(), "prose")))
    assert (row["id"], row["model"]) == ("inc-lab:002:g1", "m")
    assert row["prompt"] == [turn.model_dump() for turn in PROMPT]
    rewards = [one["reward"] for one in row["completions"]]
    assert rewards[1] > rewards[0] > rewards[2]
    for one in row["completions"]:
        assert one["rewards"].keys() == WEIGHTS.keys()
        assert one["reward"] == pytest.approx(sum(WEIGHTS[part] * worth for part, worth in one["rewards"].items()))
        assert (one["token_ids"], one["logprobs"]) == ([1, 2], [-0.1, -0.2])
    assert [one["chosen"] for one in row["completions"]] == [True, False, False]


async def test_the_best_and_the_worst_of_a_group_are_a_pair_where_they_differ() -> None:
    told = ended(by_model(story(RIGHT, WRONG, read_only=True), all_well(cites=[])))
    (pair,) = rows("pairs", lab_run(told, calls=drawn(all_well(cites=[]), concludes())))
    assert (pair["why"], pair["chosen"][0]["content"]) == ("drawn", json.dumps(concludes()))
    assert pair["rejected"][0]["content"] == json.dumps(all_well(cites=[]))
    same = ended(by_model(story(RIGHT, WRONG, read_only=True), concludes()))
    assert rows("pairs", lab_run(same, calls=drawn(concludes(), concludes(confidence=0.8)))) == []


async def edited(after: Improvement | None) -> Any:
    told = story(RIGHT, WRONG)
    await told.propose()
    wanted = Scale(target=WEB, replicas=3)
    told.steps.append(Asked(by="U1", action=wanted))
    told.ruled(Verdict.SUPERSEDED, "Edited.")
    told.proposes(wanted, by="U1")
    if after is None:
        told.ruled(Verdict.APPROVED)
    else:
        told.verified(after, *(() if after is Improvement.RESOLVED else (RIGHT,)))
    return told


@pytest.mark.parametrize("after", [None, Improvement.RESOLVED])
async def test_an_edited_proposal_is_a_pair_with_the_edit(after: Improvement | None) -> None:
    told = await edited(after)
    told.steps.append(ended(await answered()).steps[-1])
    (pair,) = rows("pairs", incident(told))
    do = [json.loads(pair[side][0]["content"])["instruction"]["do"] for side in ("chosen", "rejected")]
    assert do == [{"action": "scale", "replicas": 3}, {"action": "roll_back", "revision": BACK.revision}]
    assert (pair["why"], pair["id"]) == ("edited", "inc-1:002:edited")


async def test_a_correction_that_names_cause_and_object_is_a_pair_with_what_it_says() -> None:
    told = await answered()
    told.steps.append(thumb(Thumb.DOWN, cause="application-error: Deployment api has a bug"))
    (pair,) = rows("pairs", incident(told))
    chosen = json.loads(pair["chosen"][0]["content"])
    assert (chosen["instruction"]["cause"], chosen["instruction"]["components"]) == (
        "application-error", ["Deployment prod/api"],
    )  # fmt: skip
    assert json.loads(pair["rejected"][0]["content"])["instruction"]["cause"] == "image-pull"
    vague = await answered()
    vague.steps.append(thumb(Thumb.DOWN, cause="It was something else entirely"))
    assert rows("pairs", incident(vague)) == []


async def test_no_family_is_in_two_splits_and_what_is_measured_on_is_held_out() -> None:
    families = ("web", "port", "web", "quota")
    runs = [lab_run(await repaired(), f"inc-{n}", family) for n, family in enumerate(families)]
    held = exported(*runs, incident(await repaired(), "inc-9"), held_out={"web", "disk"})
    seen = {(row.family, row.split) for name in held.rows for row in held.rows[name]}
    assert seen == {
        ("web", "held-out"), ("port", "train"), ("quota", "train"), ("incident:image-pull", "train")
    }  # fmt: skip
    assert held.card.families["held-out"] == {"web": 2}
    assert held.card.trainable == 6


async def test_what_budgets_decided_in_the_models_place_teaches_nothing() -> None:
    told = by_model(story(RIGHT, WRONG), proposes())
    await told.decide()
    told.steps.append(ended(await answered()).steps[-1])
    episode = lab_run(told, calls=(call("a", proposes()),))
    assert [row["id"] for row in rows("prompts", episode)] == ["inc-lab:002"]
