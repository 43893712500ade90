"""What training reads and what it refuses, each in a sentence; nothing here needs torch."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from domain.errors import BadInput
from learn.grpo.data import read_data, usable
from learn.grpo.plan import stages_of
from learn.grpo.profile import PROFILES, Profile, load_profile, names
from learn.grpo.progress import Event, Pace, event_of, to_lines
from learn.grpo.scorers import REWARD, load_scorer

TINY = load_profile("tiny")
PROMPT = [{"role": "user", "content": "what now?"}]


def write(folder: Path, **files: list[dict[str, Any]]) -> Path:
    for name, rows in files.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def row(n: int, family: str = "a", split: str = "train", **more: Any) -> dict[str, Any]:
    return {"id": str(n), "prompt": PROMPT, "family": family, "split": split} | more


def step(n: int) -> dict[str, Any]:
    return row(n, completion=[{"role": "assistant", "content": "look"}], weight=1.0)


def prompts(count: int) -> list[dict[str, Any]]:
    return [row(n, reference={"says": "lab"}) for n in range(count)]


def group(n: int, *rewards: float) -> dict[str, Any]:
    drawn = [{"text": "x", "token_ids": [1], "logprobs": [-0.1], "reward": reward} for reward in rewards]
    return row(n, completions=drawn)


def stages(folder: Path, base: str | None = None, profile: Profile = TINY) -> tuple[str, ...]:
    return stages_of(profile, read_data(folder), base)


def test_the_stages_follow_from_the_data_and_the_base(tmp_path: Path) -> None:
    folder = write(tmp_path, prompts=prompts(40), steps=[step(n) for n in range(20)])
    assert stages(folder) == ("base", "grpo")
    assert stages(folder, base="/models/tiny") == ("sft", "grpo")
    write(folder, thumbs=[row(n, label=n % 2 == 0) for n in range(30)])
    assert stages(folder, base="/models/tiny") == ("sft", "grpo", "kto")


def test_recorded_groups_are_replayed_where_no_reference_is_known(tmp_path: Path) -> None:
    folder = write(tmp_path, groups=[group(n, 0.1, 0.9) for n in range(20)])
    assert stages(folder, base="/models/tiny") == ("offline",)


def test_only_rows_of_the_train_split_are_trained_on(tmp_path: Path) -> None:
    folder = write(tmp_path, prompts=[*prompts(10), row(99, family="b", split="held-out", reference={})])
    assert len(read_data(folder).prompts) == 10


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"prompts": prompts(3), "steps": [step(n) for n in range(20)]}, "There are 3 prompts with a reference"),
        ({"prompts": prompts(40)}, "There are 0 steps to teach a base"),
        ({"steps": [step(n) for n in range(20)]}, "There are 0 thumbs, and no prompts or groups"),
        ({"groups": [group(n, 0.5, 0.5) for n in range(20)], "steps": [step(n) for n in range(9)]}, "is the same"),
        ({"groups": [group(1, 0.5, 0.6)], "steps": [step(n) for n in range(9)]}, "There are 1 groups"),
    ],
)
def test_what_cannot_teach_is_refused(tmp_path: Path, files: dict[str, Any], told: str) -> None:
    with pytest.raises(BadInput, match=told) as refused:
        stages(write(tmp_path, **files))
    assert str(refused.value).count(". ") == 0


def test_a_family_in_two_splits_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, prompts=[row(1, "oom"), row(2, "oom", "held-out")])
    with pytest.raises(BadInput, match="family oom is in the splits held-out and train"):
        read_data(folder)
    other = tmp_path / "other"
    other.mkdir()
    write(other, prompts=[row(1, "oom", "held-out")], steps=[step(1) | {"family": "oom"}])
    with pytest.raises(BadInput, match="family oom"):
        read_data(other)


@pytest.mark.parametrize(("line", "told"), [("{", "line 2, is no JSON"), ('{"id": 1}', "line 2, has no prompt")])
def test_a_damaged_file_is_named_with_its_line(tmp_path: Path, line: str, told: str) -> None:
    (tmp_path / "prompts.jsonl").write_text(json.dumps(row(1)) + "\n" + line + "\n")
    with pytest.raises(BadInput, match=told):
        read_data(tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no folder"):
        read_data(tmp_path / "nowhere")


def test_completions_without_log_probabilities_cannot_be_replayed() -> None:
    whole, bare = group(1, 0.1, 0.9), group(2, 0.1, 0.9)
    for drawn in bare["completions"]:
        drawn["logprobs"] = []
    assert [kept["id"] for kept in usable([whole, bare])] == ["1"]


def test_every_profile_that_ships_can_be_read() -> None:
    assert names() == ("qwen3-14b", "qwen3-14b-node", "tiny")
    for name in names():
        profile = load_profile(name)
        assert (profile.device == "cpu") == (name == "tiny")
        assert profile.processes == 1 or (PROFILES / f"{name}.accelerate.yaml").is_file()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"grpo": {"group": 1}}, "grpo.group"),
        ({"mood": "fine"}, "mood"),
        ({"scratch": None}, "no section `scratch`"),
        ({"grpo": {"batch": 12}}, "whole groups"),
    ],
)
def test_a_profile_that_does_not_fit_is_refused(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    fields = yaml.safe_load((PROFILES / "tiny.yaml").read_text())
    for name, value in change.items():
        fields[name] = fields[name] | value if isinstance(value, dict) else value
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(fields))
    with pytest.raises(BadInput, match=told):
        load_profile(str(tmp_path / "mine.yaml"))


def test_an_unknown_profile_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(BadInput, match="qwen3-14b, qwen3-14b-node, tiny"):
        load_profile("huge")


def test_progress_goes_over_a_pipe_and_comes_back(tmp_path: Path) -> None:
    told = Event("grpo", 3, 100, reward=0.5, seconds_left=12.0)
    with (tmp_path / "pipe").open("w+") as stream:
        to_lines(stream)(told)
        stream.seek(0)
        assert event_of(stream.readline()) == told
    assert event_of("Loading weights: 100%") is None
    assert event_of('{"stage": "grpo"}') is None


def test_time_left_goes_by_the_pace_of_this_process() -> None:
    seconds = iter((100.0, 110.0, 130.0))
    pace = Pace(lambda: next(seconds))
    assert pace.left(50, 60) is None
    assert pace.left(55, 60) == 10.0
    assert pace.left(60, 60) == 0.0


def test_the_reward_has_the_six_parts_by_their_weights() -> None:
    scorer, weights = load_scorer(REWARD)
    assert list(weights) == [
        "format", "summary", "action", "context_instruction", "context_namespace", "confidence",
    ]  # fmt: skip
    assert sum(weights.values()) == pytest.approx(1)
    with pytest.raises(BadInput, match="no scorer"):
        load_scorer("learn.nothing:score")
    assert callable(scorer)
