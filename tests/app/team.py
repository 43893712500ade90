"""A team whose first adapter serves: a scripted model server, kept runs, and a trainer by script."""

import json
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.adapters import switch_to
from app.ambient import LocalBell
from app.learning import TeamLearning
from app.model import active_adapter, adapters_of
from app.settings import Settings, load_settings
from app.workshop import AoiWorkshop
from domain.episodes import Episode
from domain.evaluation import Evaluation
from domain.retrain import Retrain
from learn.evaluation.gate import GateRule
from learn.retrain.ports import Tell
from learn.retrain.service import Retraining
from store.build import Store, open_store
from tests.app.test_adapters import MODEL, Vllm, running
from tests.fakes import START, CountingIds, HandClock
from tests.learn.evaluation.runs import by_chance
from tests.learn.export.data import answered, lab_run, repaired
from tests.learn.retrain.shop import RungClock
from tests.store.test_adapters import trained

OLD, NEW = "aoi-observer-v1", "aoi-observer-v2"
CARD = {
    "data_sha256": "0" * 64,
    "rows": {"prompts": 3, "groups": 0, "thumbs": 0, "steps": 3},
    "seed": 0,
    "stages": {
        "sft": [{"step": 1, "loss": 2.0}],
        "grpo": [{"step": 1, "reward": 0.25}, {"step": 2, "reward": 0.5}],
    },
    "versions": {"trl": "1.16.0"},
}


@dataclass
class Team:
    """What a test looks at."""

    folder: Path
    settings: Settings
    store: Store
    vllm: Vllm
    better: bool = True
    """Whether the candidate is measured as better."""

    @property
    def learning(self) -> TeamLearning:
        return TeamLearning(self.settings, self.store, HandClock(), CountingIds(), LocalBell())

    @property
    def workshop(self) -> AoiWorkshop:
        return AoiWorkshop(self.settings, self.store, HandClock())

    @property
    def serving(self) -> tuple[str | None, list[str]]:
        """Who is asked, and what the server has at hand."""
        return active_adapter(self.settings), self.vllm.adapters

    async def keep(self, *episodes: Episode) -> None:
        for episode in episodes:
            await self.store.episodes.keep(episode)

    async def retrains(self, key: str = "k1") -> Retrain:
        """Somebody asks for a retrain; a worker brings it to its end."""
        number = int(key[1:])
        clock = HandClock(START + timedelta(days=7 * number))
        learning = replace(self.learning, ids=CountingIds(number - 1), clock=clock)
        await learning.start(key, "", "U0ADA", "C1", "")
        rule, folder = GateRule(), self.settings.data_dir / "retrain"
        work = Retraining(self.store.retrains, self.workshop, RungClock(), rule, folder, "worker-1")
        ended = await work.run()
        assert ended is not None
        return ended


@asynccontextmanager
async def team(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Team]:
    """The old adapter is promoted; two runs of the lab are there to learn from."""
    vllm = Vllm()
    async with running(vllm) as url:
        settings = load_settings(
            None,
            data_dir=folder / ".aoi",
            policy="chat",
            model_url=url,
            model_name=MODEL,
            model_path=str(folder / "weights"),
            train_python=trainer(folder),
            retrain_profile="tiny",
        )
        adapters_of(settings).register(OLD, trained(folder / "old", b"old"), MODEL, START)
        await switch_to(settings, OLD)
        store = await open_store(settings.store_url)
        there = Team(folder, settings, store, vllm)
        monkeypatch.setattr("app.workshop.evaluate", measuring(there))
        try:
            await there.keep(lab_run(await repaired(), "inc-a"), lab_run(await answered(), "inc-b"))
            yield there
        finally:
            await store.close()


def trainer(folder: Path) -> Path:
    """A Python that has TRL and leaves what lies in `made`: an adapter and its card."""
    (folder / "made").mkdir()
    trained(folder / "made" / "adapter", b"new")
    (folder / "made" / "card.json").write_text(json.dumps(CARD))
    path = folder / "python"
    path.write_text(
        '#!/bin/sh\nif [ "$1" = -c ]; then exit 0; fi\n'
        'while [ $# -gt 0 ]; do if [ "$1" = --out ]; then out=$2; fi; shift; done\n'
        'echo \'{"stage":"grpo","step":1,"of":2,"reward":0.25,"loss":0.1,"seconds_left":null}\'\n'
        f'cp -r {folder}/made/. "$out"\n'
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def measuring(there: Team) -> object:
    """In place of hours in the lab: the old one solves two of five runs, the new one four or as many."""

    async def evaluate(model: str, suite: str, epochs: int, seed: int, clock: object, tell: Tell) -> Evaluation:
        assert model in there.vllm.adapters, "what is measured is on the server"
        await tell(0.5, f"{model}: half")
        return by_chance(model, 0.8 if there.better and model != OLD else 0.4, 1)

    return evaluate
