"""The stages of a retrain, as AOI does them: with its store, its lab, its training environment and its servers."""

import json
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.adapters import on_trial
from app.learn_evaluate import evaluate
from app.learn_evolve import learned
from app.learn_export import gathered
from app.learning import serving_of
from app.model import adapters_of
from app.settings import Settings
from app.training import Order, train
from domain.adapters import Training
from domain.errors import Misconfigured
from domain.evaluation import Evaluation
from domain.ports import Clock
from domain.retrain import Harvest, Outcome
from learn.evaluation.compare import figures
from learn.export.service import Choice, write
from learn.grpo.plan import STAGES
from learn.grpo.progress import Event
from learn.retrain.ports import Tell, Trained
from learn.retrain.week import failure_of, resolved
from store.build import Store
from tools.redact.service import Redactor

STEM = "aoi-observer"
_SEED = 0


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
        runs = [episode.trajectory for episode in episodes]
        return Harvest(
            incidents=len(runs),
            resolved=sum(map(resolved, runs)),
            failed=sum(bool(failure_of(run)) for run in runs),
            thumbs=sum(len(run.feedback) for run in runs),
            lessons=found,
        )

    async def export(self, folder: Path) -> int:
        """All that is there to train on, where something of it is new."""
        if not await self.store.episodes.since(await self._since()):
            return 0
        data = await gathered(self.settings, Choice())
        if data.card.trainable:
            write(data, Redactor().text, folder)
        return data.card.trainable

    async def train(self, profile: str, data: Path, folder: Path, tell: Tell) -> Trained:
        """An adapter for the model that is served."""
        if self.settings.model_path is None:
            raise Misconfigured("An adapter is trained on the model that serves; set AOI_MODEL_PATH to its weights.")
        rewards: list[float] = []

        async def told(event: Event) -> None:
            if event.reward is not None:
                rewards.append(event.reward)
            await tell(_share(event), f"{event.stage}, step {event.step} of {event.of}", rewards, event.seconds_left)

        order = Order(profile, data, folder, self.settings.model_path, _SEED)
        adapter = await train(self.settings, order, told)
        card = json.loads((folder / "card.json").read_bytes())
        return Trained(adapter=adapter, rewards=tuple(_rewards(card)), notes=tuple(_notes(card)))

    async def register(self, retrain_id: str, profile: str, trained: Trained) -> str:
        """A candidate under the next version of the name; the one of the same retrain where it is there already."""
        registry = adapters_of(self.settings)
        roster = registry.roster()
        known = (a.name for a in roster.adapters if a.training and a.training.retrain == retrain_id)
        if (name := next(known, None)) is not None:
            return name
        card = json.loads((trained.adapter.parent / "card.json").read_bytes())
        training = Training(retrain=retrain_id, profile=profile, data=card["data_sha256"], notes=trained.notes)
        base = self.settings.model_name or ""
        return registry.register(
            roster.next_name(STEM), trained.adapter, base, self.clock.now(), training
        ).name

    async def evaluate(self, model: str | None, tell: Tell) -> Evaluation:
        """The held-out tasks with an adapter, which is on the servers for that time, or with what serves now."""
        settings = self.settings
        asked = model or serving_of(settings) or settings.model_name or ""
        async with on_trial(settings, model) if model else nullcontext():
            return await evaluate(asked, settings.gate_suite, settings.gate_epochs, _SEED, self.clock, tell)

    async def _since(self) -> Any:
        """When the last retrain that made a candidate began; `None` when there was none."""
        made = (each for each in await self.store.retrains.latest(50) if each.candidate and not each.running)
        return next((each.at for each in made), None)
