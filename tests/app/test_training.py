"""Training as a command: the process, its progress and its end, with a stand-in for the Python that has torch."""

import asyncio
import os
import stat
from pathlib import Path

import pytest

from app.settings import Settings
from app.training import Order, TrainingFailed, command_of, train
from domain.errors import BadInput, Misconfigured
from learn.grpo.profile import load_profile
from learn.grpo.progress import Event

SAYS = '{"stage":"grpo","step":1,"of":2,"reward":0.5,"loss":0.1,"seconds_left":null}'


def python(folder: Path, does: str) -> Path:
    """A program in the place of Python: it has TRL, and trains by `does`."""
    path = folder / "python"
    path.write_text(f'#!/bin/sh\nif [ "$1" = -c ]; then exit 0; fi\n{does}\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def settings(folder: Path, does: str) -> Settings:
    return Settings(_env_file=None, train_python=python(folder, does))


async def told(folder: Path, does: str) -> list[Event]:
    events: list[Event] = []

    async def tell(event: Event) -> None:
        events.append(event)

    order = Order("tiny", folder / "data", folder / "out")
    assert await train(settings(folder, does), order, tell) == folder / "out" / "adapter"
    return events


async def test_progress_is_told_as_it_comes_and_other_lines_are_not(tmp_path: Path) -> None:
    events = await told(tmp_path, f"echo 'Loading weights'; echo '{SAYS}'; echo noise >&2")
    assert events == [Event("grpo", 1, 2, reward=0.5, loss=0.1)]
    assert "noise" in (tmp_path / "out" / "train.log").read_text()


async def test_a_refusal_comes_as_its_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"^There are 3 prompts\.$"):
        await told(tmp_path, "echo warning >&2; echo 'There are 3 prompts.' >&2; exit 2")


async def test_a_training_that_dies_says_where_to_look_and_tells_no_secret(tmp_path: Path) -> None:
    key = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
    with pytest.raises(TrainingFailed, match=r"status 1.*train\.log") as died:
        await told(tmp_path, f"echo 'no memory, token {key}' >&2; exit 1")
    assert "no memory" in str(died.value)
    assert key not in str(died.value)


async def test_a_cancelled_training_leaves_no_process(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    started = asyncio.Event()

    async def tell(event: Event) -> None:
        started.set()

    does = f"echo $$ > {note}; echo '{SAYS}'; exec sleep 600"
    order = Order("tiny", tmp_path / "data", tmp_path / "out")
    running = asyncio.create_task(train(settings(tmp_path, does), order, tell))
    await started.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


async def test_the_process_is_given_none_of_aois_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AOI_SLACK_BOT_TOKEN", "xoxb-1")
    seen = tmp_path / "seen"
    await told(tmp_path, f"env > {seen}")
    assert "AOI_" not in seen.read_text()
    assert "HF_HUB_OFFLINE=1" in seen.read_text()


async def test_a_python_without_trl_or_none_is_named_with_its_setting(tmp_path: Path) -> None:
    order = Order("tiny", tmp_path, tmp_path / "out")

    async def tell(event: Event) -> None:
        raise AssertionError(event)

    for path in (python(tmp_path, ""), tmp_path / "nowhere"):
        path.write_text("#!/bin/sh\nexit 1\n") if path.exists() else None
        with pytest.raises(Misconfigured, match="AOI_TRAIN_PYTHON"):
            await train(Settings(_env_file=None, train_python=path), order, tell)


def test_several_processes_are_started_by_accelerate(tmp_path: Path) -> None:
    order = Order("qwen3-14b-node", tmp_path / "d", tmp_path / "o", base="/models/q")
    command = command_of("python", load_profile(order.profile), order)
    assert command[1:4] == ("-m", "accelerate.commands.launch", "--config_file")
    assert command[4].endswith("qwen3-14b-node.accelerate.yaml")
    assert command[-2:] == ("--base", "/models/q")
    assert "accelerate" not in " ".join(
        command_of("python", load_profile("tiny"), Order("tiny", tmp_path, tmp_path))
    )
