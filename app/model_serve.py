"""`aoi model serve`: vLLM for the model that the settings name, with the registry's adapters."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.status import Status

from app.model import adapters_of
from app.model_device import Cpu, Gpus, cache_gib, device_flags, find_device, read_weights
from app.other_python import check_has, end, last_lines
from app.settings import Settings, load_settings
from app.signals import stopped
from domain.adapters import Adapter
from domain.errors import AoiError, BadInput, Misconfigured
from learn.grpo.profile import load_profile
from store.adapters import check_unchanged
from tools.redact.service import Redactor

READY_SECONDS = 1800.0
"""Longest start: the weights may have to be downloaded."""
_POLL_SECONDS = 0.5
_REMEDY = "vLLM; install AOI's extra `vllm` there, or name another Python in AOI_MODEL_PYTHON."
_LAST_LINES = 12
_RANKS = (16, 32, 64, 128, 256, 320, 512)
"""Those that vLLM takes, from the smallest that leaves room for the usual adapter."""


class ServerFailed(AoiError):
    """VLLM did not come up, or ended by itself."""


@dataclass(frozen=True)
class Start:
    """One start of vLLM."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    host: str
    port: int
    log: Path


async def serve(host: str, port: int) -> int:
    """Start vLLM, wait until it is ready, say what to set, and run until SIGTERM or Ctrl-C."""
    settings, console = load_settings(), Console()
    start = plan(settings, find_device(), host, port)
    await check_has(start.command[0], "vllm", "AOI_MODEL_PYTHON", _REMEDY)
    _check_free(host, port)
    stop = asyncio.create_task(stopped(), name="signals")
    async with _process(start) as process:
        died = asyncio.create_task(process.wait(), name="vllm")
        with console.status("vLLM starts") as status:
            ready = asyncio.create_task(_ready(start, status), name="health")
            await asyncio.wait({stop, died, ready}, return_when=asyncio.FIRST_COMPLETED)
            ready.cancel()
        if died.done():
            raise ServerFailed(_last_words(start.log, process.returncode))
        if stop.done():
            return 0
        await ready
        console.print(_what_to_set(settings, host, port), soft_wrap=True, highlight=False, markup=False)
        await asyncio.wait({stop, died}, return_when=asyncio.FIRST_COMPLETED)
        if died.done() and not stop.done():
            raise ServerFailed(_last_words(start.log, process.returncode))
    return 0


def plan(settings: Settings, device: Gpus | Cpu, host: str, port: int) -> Start:
    """The command and its environment.

    Raises:
        Misconfigured: no model is named, or it does not fit on the device.
        BadInput: the files of an adapter have changed, or there is no such profile to train by.
        StoreUnavailable: the registry cannot be read.
    """
    if settings.model_path is None or settings.model_name is None:
        raise Misconfigured("No model is named to serve; set AOI_MODEL_PATH and AOI_MODEL_NAME.")
    weights = read_weights(settings.model_path)
    roster = adapters_of(settings).roster()
    adapters = [adapter for adapter in roster.serving if adapter.base == settings.model_name]
    for adapter in adapters:
        check_unchanged(adapter)
    known = [adapter.rank for adapter in roster.adapters]
    if settings.retrain_profile:  # room for the first one that a retrain makes
        known.append(load_profile(settings.retrain_profile).lora.rank)
    command = (
        str(settings.model_python or sys.executable),
        *("-m", "vllm.entrypoints.openai.api_server", "--model", settings.model_path),
        *("--served-model-name", settings.model_name, "--host", host, "--port", str(port)),
        *device_flags(device, weights),
        # Free white space between JSON tokens costs tokens, and a weak model never ends it.
        *("--structured-outputs-config", '{"backend":"xgrammar","disable_any_whitespace":true}'),
        *_lora_flags(adapters, max(known, default=0)),
    )
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    environment = _environment(settings, device, offline=weights is not None)
    return Start(command, environment, host, port, settings.data_dir / "vllm.log")


def _lora_flags(adapters: list[Adapter], rank: int) -> tuple[str, ...]:
    """Room for two adapters in one batch, so that a switch stops nobody."""
    wide = next((known for known in _RANKS if known >= rank), _RANKS[-1])
    flags = ("--enable-lora", "--max-loras", "2", "--max-cpu-loras", "4", "--max-lora-rank", str(wide))
    if not adapters:
        return flags
    return (*flags, "--lora-modules", *(f"{adapter.name}={adapter.path}" for adapter in adapters))


def _environment(settings: Settings, device: Gpus | Cpu, offline: bool) -> dict[str, str]:
    """AOI's own secrets stay here; vLLM's key is in the environment, because everybody sees a command line."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AOI_", "KUBE"))}
    own |= {"VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
    if offline:
        own["HF_HUB_OFFLINE"] = "1"
    if isinstance(device, Cpu):
        own.setdefault("VLLM_CPU_KVCACHE_SPACE", str(cache_gib(device)))
    if settings.model_api_key is not None:
        own["VLLM_API_KEY"] = settings.model_api_key.get_secret_value()
    return own


def _check_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as e:
            raise BadInput(f"{host}:{port} cannot be listened at ({e.strerror}); name another with --port.") from e


@asynccontextmanager
async def _process(start: Start) -> AsyncIterator[asyncio.subprocess.Process]:
    """VLLM in a process group of its own, since it starts workers; at the end all of it is gone."""
    with start.log.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *start.command,
            env=dict(start.environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        await end(process)


async def _ready(start: Start, status: Status) -> None:
    """Wait for health, with the newest line of the log beside the seconds."""
    loop, redactor = asyncio.get_running_loop(), Redactor()
    began = loop.time()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        while (waited := loop.time() - began) < READY_SECONDS:
            with suppress(aiohttp.ClientError, TimeoutError):
                async with session.get(f"http://{start.host}:{start.port}/health") as answer:
                    if answer.status == 200:
                        return
            status.update(f"vLLM starts, {waited:.0f} s: {' '.join(last_lines(start.log, 1, redactor))[:80]}")
            await asyncio.sleep(_POLL_SECONDS)
    raise ServerFailed(f"vLLM was not ready within {READY_SECONDS:.0f} s; see {start.log}.")


def _last_words(log: Path, status: int | None) -> str:
    said = "\n".join(f"  {line}" for line in last_lines(log, _LAST_LINES, Redactor()))
    return f"vLLM ended by itself (status {status}); the end of its log, {log}, says why:\n{said}"


def _what_to_set(settings: Settings, host: str, port: int) -> str:
    at = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - only compared
    lines = ["vLLM is ready. For `aoi serve`, set:", "  AOI_POLICY=chat"]
    lines += [f"  AOI_MODEL_URL=http://{at}:{port}/v1", f"  AOI_MODEL_NAME={settings.model_name}"]
    lines += ["  AOI_MODEL_API_KEY as here"] if settings.model_api_key else []
    return "\n".join([*lines, "`aoi doctor` checks it end to end. Ctrl-C ends it."])
