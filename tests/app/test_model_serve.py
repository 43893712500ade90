"""`aoi model serve`: flags by the device, and every way not to start, in words; tests/serving really starts it."""

import asyncio
import json
import os
import signal
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from app.model_device import Cpu, Gpus, Weights, device_flags, read_weights
from app.model_serve import ServerFailed, plan, serve
from app.settings import Settings, load_settings
from domain.errors import BadInput, Misconfigured
from store.adapters import FileAdapters
from tests.fakes import START
from tests.store.test_adapters import trained

GIB = 2**30
H100 = Gpus(1, 80 * GIB, 9.0)
QWEN3_14B = Weights(bytes=int(29.5e9), context=40_960, token_bytes=2 * 2 * 40 * 8 * 128)

pytestmark = pytest.mark.usefixtures("clean")


def flag(flags: tuple[str, ...], name: str) -> str:
    return flags[flags.index(name) + 1]


def settings(folder: Path, **more: object) -> Settings:
    """A model whose folder says little, which is all that is read of it before vLLM starts."""
    model = folder / "model"
    model.mkdir(exist_ok=True)
    config = {"num_hidden_layers": 40, "num_attention_heads": 40, "num_key_value_heads": 8, "head_dim": 128}
    (model / "config.json").write_text(json.dumps({**config, "max_position_embeddings": 40_960}))
    return load_settings(None, data_dir=folder / ".aoi", model_path=str(model), model_name="qwen3-14b", **more)


def test_a_14b_model_takes_one_large_gpu_and_shares_small_ones() -> None:
    one = device_flags(H100, QWEN3_14B)
    assert (flag(one, "--tensor-parallel-size"), flag(one, "--max-model-len")) == ("1", "32768")
    small = device_flags(Gpus(4, 24 * GIB, 8.6), QWEN3_14B)
    assert (flag(small, "--tensor-parallel-size"), flag(small, "--dtype")) == ("4", "bfloat16")
    old = device_flags(Gpus(3, 32 * GIB, 7.0), QWEN3_14B)
    assert (flag(old, "--tensor-parallel-size"), flag(old, "--max-model-len")) == ("2", "32768")
    assert flag(old, "--dtype") == "half"
    tight = device_flags(Gpus(2, 22 * GIB, 8.6), QWEN3_14B)
    assert flag(tight, "--max-model-len") == "8192"


def test_a_model_that_does_not_fit_is_said_before_anything_starts() -> None:
    with pytest.raises(Misconfigured, match=r"27 GiB.* do not fit into 1 GPUs of 16 GiB"):
        device_flags(replace(H100, memory=16 * GIB), QWEN3_14B)


def test_a_cpu_gets_flags_of_its_own() -> None:
    flags = device_flags(Cpu(32 * GIB), QWEN3_14B)
    assert "--enforce-eager" in flags
    assert flag(flags, "--max-model-len") == "16384"


def test_what_is_known_of_weights_is_read_from_their_folder(tmp_path: Path) -> None:
    path = settings(tmp_path).model_path
    assert path is not None
    assert read_weights(path) == Weights(bytes=0, context=40_960, token_bytes=163_840)
    assert read_weights("Qwen/Qwen3-14B") is None
    with pytest.raises(Misconfigured, match="no such folder"):
        read_weights("/nowhere/at/all")
    with pytest.raises(Misconfigured, match=r"config\.json"):
        read_weights(str(tmp_path))


def test_there_is_room_for_the_adapter_that_a_retrain_will_make(tmp_path: Path) -> None:
    """VLLM takes no wider one than it was started for."""
    mine = settings(tmp_path)
    assert flag(plan(mine, Cpu(32 * GIB), "127.0.0.1", 1).command, "--max-lora-rank") == "16"
    learning = settings(tmp_path, retrain_profile="tiny", model_url="http://127.0.0.1:1/v1")
    assert flag(plan(learning, Cpu(32 * GIB), "127.0.0.1", 1).command, "--max-lora-rank") == "32"


def test_adapters_that_serve_are_loaded_at_the_start_with_room_for_the_widest(tmp_path: Path) -> None:
    mine = settings(tmp_path, model_api_key="hunter2-key")
    registry = FileAdapters(mine.data_dir / "adapters")
    first = registry.register("aoi-observer-v1", trained(tmp_path / "a"), "qwen3-14b", START)
    wide = trained(tmp_path / "b")
    (wide / "adapter_config.json").write_text('{"r": 40}')
    registry.register("aoi-observer-v2", wide, "qwen3-14b", START)
    registry.change(lambda roster: roster.with_active("aoi-observer-v1"))
    start = plan(mine, H100, "127.0.0.1", 8000)
    assert start.command[-2:] == ("--lora-modules", f"aoi-observer-v1={first.path}")
    assert flag(start.command, "--max-lora-rank") == "64"
    assert "hunter2" not in " ".join(start.command)
    assert start.environment["VLLM_API_KEY"] == "hunter2-key"
    (Path(first.path) / "adapter_model.safetensors").write_bytes(b"changed")
    with pytest.raises(BadInput, match="have changed"):
        plan(mine, H100, "127.0.0.1", 8000)


def test_a_model_has_to_be_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="AOI_MODEL_PATH"):
        plan(load_settings(None, data_dir=tmp_path), H100, "127.0.0.1", 8000)


def stand_in(folder: Path, does: str) -> Path:
    """A Python that says it has vLLM and then does this."""
    file = folder / "python"
    file.write_text(f'#!/bin/sh\n[ "$1" = "-c" ] && exit 0\n{does}\n')
    file.chmod(0o755)
    return file


def environment(monkeypatch: pytest.MonkeyPatch, of: Settings) -> None:
    for name in ("data_dir", "model_path", "model_name", "model_python"):
        if (value := getattr(of, name)) is not None:
            monkeypatch.setenv(f"AOI_{name.upper()}", str(value))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_a_python_without_vllm_and_one_that_is_none_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(monkeypatch, settings(tmp_path))
    with pytest.raises(Misconfigured, match="has no vLLM; install AOI's extra `vllm`"):
        await serve("127.0.0.1", free_port())
    environment(monkeypatch, settings(tmp_path, model_python=tmp_path / "nobody"))
    with pytest.raises(Misconfigured, match="AOI_MODEL_PYTHON"):
        await serve("127.0.0.1", free_port())


async def test_a_port_that_is_taken_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment(monkeypatch, settings(tmp_path, model_python=stand_in(tmp_path, "exit 0")))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(BadInput, match=f"127.0.0.1:{port} cannot be listened at"):
            await serve("127.0.0.1", port)


async def test_a_start_that_fails_shows_the_end_of_the_log_without_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying = stand_in(tmp_path, "echo 'password=hunter2hunter2'; echo 'RuntimeError: out of memory' >&2; exit 3")
    environment(monkeypatch, settings(tmp_path, model_python=dying))
    with pytest.raises(ServerFailed, match=r"status 3[\s\S]*out of memory") as failed:
        await serve("127.0.0.1", free_port())
    assert "hunter2" not in str(failed.value)


async def test_sigterm_ends_vllm_and_its_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pids = tmp_path / "pids"
    slow = stand_in(tmp_path, f"sleep 600 & echo $! $$ > {pids}.new; mv {pids}.new {pids}; wait")
    environment(monkeypatch, settings(tmp_path, model_python=slow))
    run = asyncio.create_task(serve("127.0.0.1", free_port()))
    async with asyncio.timeout(20):
        while not pids.exists():
            await asyncio.to_thread(os.sched_yield)
    os.kill(os.getpid(), signal.SIGTERM)
    assert await run == 0
    async with asyncio.timeout(20):  # a SIGKILL is carried out when its process is next scheduled
        while any(_lives(int(pid)) for pid in pids.read_text().split()):
            await asyncio.to_thread(os.sched_yield)


def _lives(pid: int) -> bool:
    """A zombie that init has yet to collect is dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
