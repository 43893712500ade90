"""The stages of a retrain, as AOI does them: with its store, its lab, its training environment and its servers."""

import json
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from app.adapters import on_trial
from app.learn_evaluate import evaluate
from app.learn_evolve import learned
from app.learn_export import gathered
from app.learning import base_of, serving_of
from app.model import adapters_of
from app.settings import Settings
from app.training import Order, train
from domain.adapters import Training
from domain.evaluation import Evaluation
from domain.incident import Status
from domain.ports import Clock
from domain.retrain import Harvest
from learn.export.service import Choice, write
from learn.grpo.plan import STAGES
from learn.grpo.progress import Event
from learn.retrain.ports import Tell, Trained
from learn.retrain.week import failure_of
from store.build import Store
from tools.redact.service import Redactor

STEM: Final = "aoi-observer"
_SEED = 0
_LATEST = 50
"""Retrains among which the last candidate is looked for."""


@dataclass(frozen=True)
class AoiWorkshop:
    """`learn.retrain.ports.Workshop`."""

    settings: Settings
    store: Store
    clock: Clock

    async def evolve(self, tell: Tell) -> Harvest:
        """Lessons of failed runs, and what else the runs since the last candidate brought."""
        since = await self._since()
        episodes = await self.store.episodes.since(since)
        found = await learned(self.settings, self.store, tell)
        runs = [episode.trajectory for episode in episodes if episode.kept_at is None]
        return Harvest(
            incidents=len(runs),
            resolved=sum(run.incident.status is Status.RESOLVED for run in runs),
            failed=sum(bool(failure_of(run)) for run in runs),
            thumbs=sum(len(run.feedback) for run in runs),
            lessons=found,
        )

    async def export(self, folder: Path) -> int:
        """All that there is to train on, where runs since the last candidate add to it."""
        since = await self._since()
        if since and not (await gathered(self.settings, Choice(since=since))).card.trainable:
            return 0
        data = await gathered(self.settings, Choice())
        if data.card.trainable:
            write(data, Redactor().text, folder)
        return data.card.trainable

    async def train(self, profile: str, data: Path, folder: Path, tell: Tell) -> Trained:
        """An adapter for the model that is served."""
        rewards: list[float] = []

        async def told(event: Event) -> None:
            if event.reward is not None:
                rewards.append(event.reward)
            await tell(
                _share(event), f"{event.stage}, step {event.step} of {event.of}", rewards, event.seconds_left
            )

        order = Order(profile, data, folder, base_of(self.settings), _SEED)
        adapter = await train(self.settings, order, told)
        card = _card(adapter)
        return Trained(adapter=adapter.resolve(), rewards=tuple(_rewards(card)), notes=tuple(_notes(card)))

    async def register(self, retrain_id: str, profile: str, trained: Trained) -> str:
        """A candidate under the next version of the name; the one that the same retrain has made already."""
        registry = adapters_of(self.settings)
        roster = registry.roster()
        known = (each.name for each in roster.adapters if each.training and each.training.retrain == retrain_id)
        if (name := next(known, None)) is not None:
            return name
        data = _card(trained.adapter)["data_sha256"]
        training = Training(retrain=retrain_id, profile=profile, data=data, notes=trained.notes)
        name, base = roster.next_name(STEM), self.settings.model_name or ""
        registry.register(name, trained.adapter, base, self.clock.now(), training)
        return name

    async def evaluate(self, model: str | None, tell: Tell) -> Evaluation:
        """The held-out tasks with an adapter, which is on the servers for that time, or with what serves now."""
        settings = self.settings
        asked = model or serving_of(settings) or settings.model_name or ""
        async with on_trial(settings, model) if model else nullcontext():
            return await evaluate(asked, settings.gate_suite, settings.gate_epochs, _SEED, self.clock, tell)

    async def _since(self) -> datetime | None:
        """When the last retrain that made a candidate began; `None` when there was none."""
        latest = await self.store.retrains.latest(_LATEST)
        return next((each.at for each in latest if each.candidate and not each.running), None)


def _share(event: Event) -> float:
    """Of the whole training; a stage that is left out counts as done."""
    if event.stage not in STAGES:
        return 1.0
    return (STAGES.index(event.stage) + event.step / max(event.of, 1)) / len(STAGES)


def _card(adapter: Path) -> dict[str, Any]:
    """What the training wrote beside its adapter."""
    card: dict[str, Any] = json.loads((adapter.parent / "card.json").read_bytes())
    return card


def _rewards(card: dict[str, Any]) -> Iterator[float]:
    """Of every step that drew or replayed completions, in order."""
    stages = card["stages"]
    return (row["reward"] for stage in STAGES for row in stages.get(stage, ()) if "reward" in row)


def _notes(card: dict[str, Any]) -> Iterator[str]:
    """What it was made of, for the report."""
    rows = ", ".join(f"{count} {name}" for name, count in card["rows"].items() if count)
    yield f"Trained on {rows}; seed {card['seed']}, data {card['data_sha256'][:12]}."
    steps = ", ".join(f"{name} {_steps(rows)}" for name, rows in card["stages"].items())
    yield f"Steps by stage: {steps}; {', '.join(f'{name} {said}' for name, said in card['versions'].items())}."


def _steps(rows: list[dict[str, float]]) -> int:
    return int(max((row.get("step", 0) for row in rows), default=0))
