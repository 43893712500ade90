"""Training in the environment that has torch: one subprocess, its progress, and its end in words."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.other_python import check_has, end, last_lines
from app.settings import Settings
from domain.errors import AoiError, BadInput
from learn.grpo.profile import PROFILES, Profile, load_profile
from learn.grpo.progress import Event, event_of
from tools.redact.service import Redactor

ROOT: Final = Path(__file__).parents[1]
LOG: Final = "train.log"
_REFUSED = 2
_REMEDY = "TRL to train with; name the Python of a training environment in AOI_TRAIN_PYTHON."
_LAST_LINES = 8
_LINE_BYTES = 1 << 20

Tell = Callable[[Event], Awaitable[None]]


class TrainingFailed(AoiError):
    """The training process ended by itself."""


@dataclass(frozen=True)
class Order:
    """What to train."""

    profile: str
    """Its name, or a YAML file."""
    data: Path
    out: Path
    """The folder of this training; one that was killed goes on in its own."""
    base: str | None = None
    """A folder, or a name on the hub; `None` for the profile's."""
    seed: int = 0


async def train(settings: Settings, order: Order, tell: Tell) -> Path:
    """Train, or go on where the same training was stopped; the folder of the adapter.

    Cancelling ends the process; its checkpoints stay.

    Raises:
        BadInput: the data, the profile or the folder does not allow it.
        Misconfigured: no Python with torch and TRL is named.
        TrainingFailed: the process ended by itself; its log says why.
    """
    profile = load_profile(order.profile)
    python = str(settings.train_python or settings.model_python or sys.executable)
    await check_has(python, "trl", "AOI_TRAIN_PYTHON", _REMEDY)
    order.out.mkdir(parents=True, exist_ok=True)
    log = order.out / LOG
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            *command_of(python, profile, order),
            env=_environment(profile, order),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
            limit=_LINE_BYTES,
        )
    try:
        assert process.stdout is not None
        async for line in process.stdout:
            if (event := event_of(line.decode(errors="replace"))) is not None:
                await tell(event)
        status = await process.wait()
    finally:
        await end(process)
    if status == _REFUSED:
        raise BadInput(_tail(log, 1) or "The training was refused.")
    if status != 0:
        raise TrainingFailed(f"The training ended by itself (status {status}); {log} says why:\n{_tail(log)}")
    return order.out / "adapter"


def command_of(python: str, profile: Profile, order: Order) -> tuple[str, ...]:
    """The process; accelerate starts it where the profile wants several."""
    launch: tuple[str, ...] = ("-m", "learn.grpo")
    if profile.processes > 1:
        known = PROFILES / f"{order.profile}.yaml"
        file = (known if known.is_file() else Path(order.profile)).with_suffix(".accelerate.yaml")
        launch = ("-m", "accelerate.commands.launch", "--config_file", str(file), "-m", "learn.grpo")
    base = ("--base", order.base) if order.base else ()
    return (
        *(python, *launch, "--profile", _absolute(order.profile), "--data", str(order.data.resolve())),
        *("--out", str(order.out.resolve()), "--seed", str(order.seed), *base),
    )


def _absolute(profile: str) -> str:
    path = Path(profile)
    return str(path.resolve()) if path.suffix and path.is_file() else profile


def _environment(profile: Profile, order: Order) -> dict[str, str]:
    """AOI's own secrets stay here. What is trained from scratch or from a folder asks no hub."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AOI_", "KUBE"))}
    base = order.base or profile.base
    if base == "scratch" or Path(base).is_dir():
        own["HF_HUB_OFFLINE"] = "1"
    if profile.threads is not None:
        own["OMP_NUM_THREADS"] = str(profile.threads)
    quiet = {"TOKENIZERS_PARALLELISM": "false", "TRL_EXPERIMENTAL_SILENCE": "1", "DO_NOT_TRACK": "1"}
    return own | quiet | {"PYTHONPATH": str(ROOT)}


def _tail(log: Path, lines: int = _LAST_LINES) -> str:
    return "\n".join(last_lines(log, lines, Redactor(), width=400))
