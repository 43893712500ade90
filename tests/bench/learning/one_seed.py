"""One seed of the loop: data, training, serving, promotion, and the held-out tasks before and after."""

import asyncio
import json
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.training import Order, train
from domain.episodes import Episode
from domain.evaluation import Evaluation
from learn.grpo.progress import Event
from tests.bench.learning.rollouts import export
from tests.bench.learning.served import ADAPTER, BASE, promote, register, serving, settings_for
from tests.bench.learning.trial import Trial, tried_on_held_out

BEFORE, AFTER = "warm-start", "after-grpo"


@dataclass(frozen=True)
class Seed:
    """What one seed gave."""

    seed: int
    before: Evaluation
    """The warm start, which is the base that vLLM serves."""
    after: Evaluation
    """The same with the adapter of GRPO."""
    rewards: tuple[float, ...]
    """Mean of each GRPO step, on the completions that it drew."""
    prompts: int
    training_seconds: float
    """Of the processes that ended the stages: of one that was interrupted, the last."""
    trial_seconds: float
    """Of the held-out runs of both models."""


def one_seed(seed: int, episodes: Sequence[Episode], folder: Path, epochs: int, profile: str) -> Seed:
    """Train and try; what an interrupted bench left in the folder is gone on with."""
    measured = folder / f"{BEFORE}-{epochs}.json", folder / f"{AFTER}-{epochs}.json"
    if not all(file.exists() for file in measured):
        export(episodes, folder / "data", seed)
        adapter = asyncio.run(_trained(Order(profile, folder / "data", folder / "trained", seed=seed)))
        for file, found in zip(measured, _tried(seed, adapter, folder, epochs), strict=True):
            file.write_text(found.model_dump_json(indent=1), encoding="utf-8")
    before, after = (Evaluation.model_validate_json(file.read_bytes()) for file in measured)
    return _seed(seed, before, after, json.loads((folder / "trained" / "card.json").read_bytes()))


def _tried(seed: int, adapter: Path, folder: Path, epochs: int) -> tuple[Evaluation, Evaluation]:
    """The base and its adapter, which is promoted on the running server."""
    model = folder / "trained" / "model"
    shutil.rmtree(folder / ".aoi", ignore_errors=True)
    register(settings_for(folder, model), adapter)
    with serving(folder, model) as settings:
        asyncio.run(promote(settings))
        found = tried_on_held_out(settings, Trial((BASE, ADAPTER), epochs, 1_000 * seed), folder)
    return found[BASE], found[ADAPTER]


def _seed(seed: int, before: Evaluation, after: Evaluation, card: dict[str, Any]) -> Seed:
    rows = [row for stage in card["stages"].values() for row in stage]
    return Seed(
        seed=seed,
        before=before,
        after=after,
        rewards=tuple(row["reward"] for row in card["stages"]["grpo"] if "reward" in row),
        prompts=card["rows"]["prompts"],
        training_seconds=sum(row.get("train_runtime", 0.0) for row in rows),
        trial_seconds=after.seconds,
    )


def warm_started(seed: int, episodes: Sequence[Episode], folder: Path) -> Path:
    """The model of the warm start alone; who wants its adapter goes on with the same training."""
    model = folder / "trained" / "model"
    if not model.exists():
        export(episodes, folder / "data", seed)
        with suppress(_Enough):
            asyncio.run(_trained(Order("tiny", folder / "data", folder / "trained", seed=seed), stop_at="grpo"))
    return model


class _Enough(Exception):
    """The stage begins that is not wanted any more."""


async def _trained(order: Order, stop_at: str = "") -> Path:
    # The bench is no bot: the model's settings of its environment are those of the readers by now.
    settings = settings_for(order.out.parent, Path("unused"))

    async def tell(event: Event) -> None:
        if event.stage == stop_at:
            raise _Enough
        if event.step % 10 == 0 or event.stage == "done":
            left = f", {event.seconds_left:.0f} s left" if event.seconds_left is not None else ""
            worth = f", reward {event.reward:.2f}" if event.reward is not None else ""
            print(f"seed {order.seed}: {event.stage} {event.step}/{event.of}{worth}{left}", flush=True)

    return await train(settings, order, tell)


def cores() -> int:
    """Of this machine."""
    return os.cpu_count() or 1
