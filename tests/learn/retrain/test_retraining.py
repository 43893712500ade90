"""A retrain from its wish to its end: also when its worker dies, the disk is full, or somebody cancels it."""

import asyncio
import errno
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain.errors import BadInput
from domain.retrain import Outcome, Retrain, Stage
from learn.evaluation.gate import GateRule
from learn.retrain.pen import STALE_SECONDS, thinned
from learn.retrain.service import Retraining
from store.build import Store, open_store
from tests.learn.retrain.shop import Died, RungClock, ScriptedWorkshop, wish

STAGES = ["evolve", "export", "train", "register", "evaluate base", "evaluate aoi-observer-v1"]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path}/aoi.db")
    yield opened
    await opened.close()


@pytest.fixture
def worker(store: Store, tmp_path: Path) -> Retraining:
    folder = tmp_path / "retrain"
    return Retraining(store.retrains, ScriptedWorkshop(), RungClock(), GateRule(), folder, "worker-1")


def doing(worker: Retraining, workshop: ScriptedWorkshop, name: str = "worker-1") -> Retraining:
    return replace(worker, workshop=workshop, worker=name)


async def run(worker: Retraining, number: int = 1) -> Retrain:
    await worker.retrains.ask(wish(number))
    ended = await worker.run()
    assert ended is not None
    assert ended == await worker.retrains.get(ended.id)
    return ended


def suffixes(folder: str) -> list[str]:
    return sorted(file.suffix for file in Path(folder).iterdir())


async def test_a_better_candidate_waits_for_a_person(worker: Retraining) -> None:
    ended = await run(worker)
    assert (ended.outcome, ended.candidate) == (Outcome.READY, "aoi-observer-v1")
    assert ended.harvest.rows == 40
    assert len(ended.rewards) == 40
    assert next(line for line in ended.table if line.name == "best@5").after == "100.0%"
    assert suffixes(ended.report) == [".html", ".md", *[".png"] * 3, *[".svg"] * 3]


async def test_one_that_is_no_better_is_kept_with_its_report(worker: Retraining) -> None:
    ended = await run(doing(worker, ScriptedWorkshop(better=False)))
    assert ended.outcome is Outcome.WORSE
    assert "interval above zero" in ended.why
    assert ".html" in suffixes(ended.report)


async def test_a_quiet_week_trains_nothing(worker: Retraining) -> None:
    workshop = ScriptedWorkshop(rows=0)
    ended = await run(doing(worker, workshop))
    assert ended.outcome is Outcome.NOTHING
    assert ended.harvest.incidents == 9
    assert workshop.asked == ["evolve", "export"]


async def test_nothing_waits_nothing_is_done(worker: Retraining) -> None:
    assert await worker.run() is None


@pytest.mark.parametrize(
    ("died_in", "again_from"),
    [("evolve", 0), ("export", 0), ("train", 2), ("register", 3), ("evaluate base", 3)],
)
async def test_another_worker_goes_on_where_one_died(worker: Retraining, died_in: str, again_from: int) -> None:
    """Data, training and each evaluation are not made twice; to register again is to find the same name."""

    def die(now: str) -> None:
        if now == died_in:
            raise Died

    await worker.retrains.ask(wish())
    with pytest.raises(Died):
        await doing(worker, ScriptedWorkshop(at=die)).run()
    assert isinstance(worker.clock, RungClock)
    worker.clock.at += timedelta(seconds=STALE_SECONDS)
    second = ScriptedWorkshop()
    ended = await doing(worker, second, "worker-2").run()
    assert ended is not None
    assert ended.outcome is Outcome.READY
    assert second.asked == STAGES[again_from:]


async def test_the_first_half_of_an_evaluation_is_kept(worker: Retraining) -> None:
    def die(now: str) -> None:
        if now == STAGES[-1]:
            raise Died

    await worker.retrains.ask(wish())
    with pytest.raises(Died):
        await doing(worker, ScriptedWorkshop(at=die)).run()
    second = ScriptedWorkshop()
    await doing(worker, second).run()
    assert second.asked == ["register", STAGES[-1]]


async def test_a_living_worker_is_left_alone(worker: Retraining) -> None:
    workshop = ScriptedWorkshop(hold=asyncio.Event())
    await worker.retrains.ask(wish())
    working = asyncio.create_task(doing(worker, workshop).run())
    while "train" not in workshop.asked:  # noqa: ASYNC110 - a thread of the store has to end
        await asyncio.sleep(0)
    assert await replace(worker, worker="worker-2").run() is None
    assert workshop.hold is not None
    workshop.hold.set()
    ended = await working
    assert ended is not None
    assert ended.outcome is Outcome.READY


async def test_who_cancels_ends_the_work_at_the_next_heartbeat(worker: Retraining) -> None:
    workshop = ScriptedWorkshop(hold=asyncio.Event())
    await worker.retrains.ask(wish())
    working = asyncio.create_task(doing(worker, workshop).run())
    while "train" not in workshop.asked:  # noqa: ASYNC110
        await asyncio.sleep(0)
    await worker.retrains.decide("ret-1", None, Outcome.CANCELLED, "U2", "Not today.", worker.clock.now())
    assert isinstance(worker.clock, RungClock)
    worker.clock.rung.set()
    ended = await working
    assert ended is not None
    assert (ended.outcome, ended.why, ended.stage) == (Outcome.CANCELLED, "Not today.", Stage.TRAINING)
    assert workshop.asked[-1] == "train"


@pytest.mark.parametrize("stage", ["export", "train"])
async def test_a_full_disk_is_one_sentence_and_the_next_retrain_runs(worker: Retraining, stage: str) -> None:
    def fill(now: str) -> None:
        if now == stage:
            raise OSError(errno.ENOSPC, "No space left on device")

    ended = await run(doing(worker, ScriptedWorkshop(at=fill)))
    assert ended.outcome is Outcome.FAILED
    assert ended.why.endswith(
        "cannot be used (No space left on device); make room or give the right, and start anew."
    )
    assert (await run(worker, 2)).outcome is Outcome.READY


async def test_a_refusal_of_the_training_is_told_as_it_is(worker: Retraining) -> None:
    def refuse(now: str) -> None:
        if now == "train":
            raise BadInput("The reward is the same in every group; there is nothing to prefer.")

    ended = await run(doing(worker, ScriptedWorkshop(at=refuse)))
    assert (ended.outcome, ended.stage) == (Outcome.FAILED, Stage.TRAINING)
    assert ended.why == "The reward is the same in every group; there is nothing to prefer."


def test_a_long_curve_keeps_its_mean_and_its_ends() -> None:
    rewards = [n / 1000 for n in range(1000)]
    thin = thinned(rewards)
    assert len(thin) == 40
    assert sum(thin) / 40 == pytest.approx(sum(rewards) / 1000)
    assert thin == tuple(sorted(thin))
