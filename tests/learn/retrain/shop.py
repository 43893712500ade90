"""A workshop by script, and a clock whose heartbeats a test rings."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from domain.evaluation import Evaluation
from domain.retrain import Harvest, Retrain
from learn.retrain.ports import Tell, Trained
from tests.fakes import START
from tests.learn.evaluation.runs import by_chance


class Died(BaseException):
    """The worker's process is gone."""


@dataclass
class RungClock:
    """Time stands still; a sleep ends when the test says so."""

    at: datetime = START
    rung: asyncio.Event = field(default_factory=asyncio.Event)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - START).total_seconds()

    async def sleep(self, seconds: float) -> None:
        await self.rung.wait()
        self.rung.clear()
        self.at += timedelta(seconds=seconds)


@dataclass
class ScriptedWorkshop:
    """Counts what it was asked for; `at` is called at the beginning of each stage and may raise."""

    rows: int = 40
    better: bool = True
    at: Callable[[str], None] = lambda stage: None
    asked: list[str] = field(default_factory=list)
    hold: asyncio.Event | None = None
    """Training waits for it."""

    def _begin(self, stage: str) -> None:
        self.asked.append(stage)
        self.at(stage)

    async def evolve(self, tell: Tell) -> Harvest:
        self._begin("evolve")
        await tell(0.5, "2 of 4 failed runs")
        return Harvest(incidents=9, resolved=5, failed=4, thumbs=3, lessons=2)

    async def export(self, folder: Path) -> int:
        self._begin("export")
        _fill(folder)
        return self.rows

    async def train(self, profile: str, data: Path, folder: Path, tell: Tell) -> Trained:
        self._begin("train")
        assert data.name == "data"
        if self.hold is not None:
            await self.hold.wait()
        rewards = tuple(n / 100 for n in range(100))
        await tell(1.0, "step 100 of 100", rewards)
        return Trained(adapter=folder / "adapter", rewards=rewards, notes=(f"Trained by {profile}.",))

    async def register(self, retrain_id: str, profile: str, trained: Trained) -> str:
        self._begin("register")
        return "aoi-observer-v1"

    async def evaluate(self, model: str | None, tell: Tell) -> Evaluation:
        self._begin(f"evaluate {model or 'base'}")
        await tell(0.5, "half of the tasks")
        return by_chance(model or "base", 0.4 if model is None or not self.better else 0.8, 1)


def wish(number: int = 1) -> Retrain:
    return Retrain(id=f"ret-{number}", key=f"k{number}", profile="tiny", by="U1", channel="C1", at=START)


def _fill(folder: Path) -> None:
    folder.mkdir()
    (folder / "card.json").write_text("{}")
