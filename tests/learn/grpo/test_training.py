"""Real trainings on the CPU: what is left of one, equal seeds, kills, refusals, and vLLM at the end."""

import asyncio
import hashlib
import json
import os
import signal
import stat
from pathlib import Path

import psutil
import pytest
from tokenizers import Tokenizer

from app.training import Order, train
from domain.errors import BadInput
from learn.grpo.progress import Event
from tests.learn.grpo.conftest import MINI, SETTINGS, Done, Rows, Told, rows, taught, trained, write

pytestmark = [pytest.mark.learning, pytest.mark.timeout(480)]


def weights(folder: Path) -> str:
    return hashlib.sha256((folder / "adapter_model.safetensors").read_bytes()).hexdigest()


def test_a_training_leaves_an_adapter_with_a_card(done: Done) -> None:
    assert [event.stage for event in done.told.events if event.step == event.of] == ["base", "grpo", "done"]
    assert len(done.told.rewards) == 8
    assert done.told.events[-2].seconds_left == 0
    adapter = done.out / "adapter"
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in adapter.iterdir()}
    assert modes["adapter_model.safetensors"] == modes["adapter_config.json"] == 0o644
    card = json.loads((done.out / "card.json").read_text())
    assert len(card["base_sha256"]) == len(card["data_sha256"]) == 64
    assert card["versions"]["trl"] == "1.16.0"
    assert card["seed"] == 3
    assert card["families"] == ["crash-loop", "image-pull", "missing-config", "out-of-memory"]
    rewards = [row["reward"] for row in card["stages"]["grpo"] if "reward" in row]
    assert rewards == [reward for _, reward in done.told.rewards]
    parts = {name for row in card["stages"]["grpo"] for name in row if name.startswith("rewards/")}
    assert "rewards/context_namespace/mean" in parts


async def test_equal_seeds_give_equal_weights(done: Done, tmp_path: Path) -> None:
    again = await trained(done.data, tmp_path / "again")
    assert again.rewards == done.told.rewards
    assert weights(tmp_path / "again" / "adapter") == weights(done.out / "adapter")


async def test_a_training_killed_in_the_middle_goes_on_to_the_same_end(done: Done, tmp_path: Path) -> None:
    """After a checkpoint of GRPO the process is gone with SIGKILL; the same command ends it."""
    out, told = tmp_path / "killed", Told()

    async def tell(event: Event) -> None:
        await told(event)
        if event.stage == "grpo" and event.step == 5:
            for child in psutil.Process().children():
                if "learn.grpo" in child.cmdline():
                    os.kill(child.pid, signal.SIGKILL)

    with pytest.raises(Exception, match=r"status -9"):
        await train(SETTINGS, Order(MINI, done.data, out, seed=3), tell)
    assert not (out / "adapter").exists()
    ended = await trained(done.data, out)
    assert {event.stage for event in ended.events} == {"grpo", "done"}
    assert ended.rewards[0][0] == 4
    assert dict(done.told.rewards) == dict(told.rewards) | dict(ended.rewards)
    assert weights(out / "adapter") == weights(done.out / "adapter")


async def test_another_training_does_not_go_on_in_the_folder_of_one(done: Done) -> None:
    before = weights(done.out / "adapter")
    with pytest.raises(BadInput, match="holds another training"):
        await train(SETTINGS, Order(MINI, done.data, done.out, seed=4), Told())
    assert weights(done.out / "adapter") == before


async def test_a_reward_that_is_the_same_everywhere_is_refused(done: Done, tmp_path: Path) -> None:
    flat = [row | {"choices": '{"wait": {}}'} for row in rows()]
    data = write(tmp_path / "data", prompts=flat)
    with pytest.raises(BadInput, match=r"same for every completion of every group over 5 steps.*\.$"):
        await trained(data, tmp_path / "out", str(done.base))


async def test_too_few_rows_are_refused(tmp_path: Path) -> None:
    prompts = rows()
    data = write(tmp_path / "data", prompts=prompts[:2], steps=taught(prompts))
    with pytest.raises(BadInput, match=r"^There are 2 prompts with a reference"):
        await trained(data, tmp_path / "out")


async def test_thumbs_train_an_adapter_of_a_base_that_is_there(done: Done, tmp_path: Path) -> None:
    thumbs = [
        {**{name: row[name] for name in ("id", "prompt", "family", "split", "completion")}, "label": n % 2 == 0}
        for n, row in enumerate(taught(rows(), 1))
    ]
    told = await trained(write(tmp_path / "data", thumbs=thumbs), tmp_path / "out", str(done.base))
    assert {event.stage for event in told.events} == {"kto", "done"}
    config = json.loads((tmp_path / "out" / "adapter" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == str(done.base)


def recorded(done: Done, shift: int = 0) -> Rows:
    """Groups as the journal keeps them; a shift makes ids of another tokenizer."""
    tokenizer = Tokenizer.from_file(str(done.base / "tokenizer.json"))
    groups: dict[str, dict[str, object]] = {}
    for row in taught(rows(), 4):
        text = row["completion"][0]["content"]
        ids = [number + shift for number in tokenizer.encode(text + "<|im_end|>").ids]
        group = groups.setdefault(row["prompt"][0]["content"], {**row, "completions": []})
        drawn = group["completions"]
        assert isinstance(drawn, list)
        one = {"text": text, "token_ids": ids, "logprobs": [-0.5] * len(ids), "reward": float("s1" in text)}
        drawn.append(one)
    return list(groups.values())


async def test_recorded_groups_are_learnt_from_and_those_of_another_tokenizer_refused(
    done: Done, tmp_path: Path
) -> None:
    told = await trained(write(tmp_path / "data", groups=recorded(done)), tmp_path / "out", str(done.base))
    assert {event.stage for event in told.events} == {"offline", "done"}
    assert weights(tmp_path / "out" / "adapter") != weights(done.out / "adapter")
    other = write(tmp_path / "other", groups=recorded(done, shift=1))
    with pytest.raises(BadInput, match="another tokenizer"):
        await trained(other, tmp_path / "refused", str(done.base))


def test_vllm_serves_the_adapter_after_its_canary(done: Done, tmp_path: Path) -> None:
    from app.model import adapters_of
    from tests.bench.learning.served import ADAPTER, promote, register, serving, settings_for

    register(settings_for(tmp_path, done.base), done.out / "adapter")
    with serving(tmp_path, done.base) as settings:
        asyncio.run(promote(settings))
        active = adapters_of(settings).roster().active
    assert active is not None
    assert active.name == ADAPTER
