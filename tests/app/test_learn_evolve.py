"""`aoi learn evolve|lessons` from the command line; what they do is tested in `tests/learn/evolver`."""

import asyncio
import json
from pathlib import Path

import pytest

from app.cli import main
from app.lab_lessons import in_force
from app.learn_calls import CountedCalls
from app.learn_replays import PoolReplays
from domain.lessons import Lesson, State
from domain.model import Ceilings, Counted, ModelCall
from domain.ports import Trial
from store.build import open_store
from tests.fakes import START
from tests.graph.model.clients import CallBook
from tests.learn.evolver.runs import replay
from tests.taught import lesson


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AOI_DATA_DIR", str(tmp_path))
    return tmp_path


def keep(data: Path, *lessons: Lesson) -> None:
    async def work() -> None:
        store = await open_store(f"sqlite:///{data / 'aoi.db'}")
        for one in lessons:
            await store.lessons.keep(one)
        await store.close()

    asyncio.run(work())


def test_without_failures_nothing_is_learned(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", "evolve", "--json", str(data / "out.json")]) == 0
    assert "0 failed runs, 0 lessons learned" in capsys.readouterr().out
    told = json.loads((data / "out.json").read_text())
    assert (told["replays"], told["round"]["lessons"]) == (0, [])


def test_lessons_are_shown_and_all_of_them_written(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", "lessons"]) == 0
    assert "No lessons yet" in capsys.readouterr().out
    keep(data, lesson("les-1"), lesson("les-2", state=State.REJECTED))
    assert main(["learn", "lessons", "--json", str(data / "out.json")]) == 0
    out = capsys.readouterr().out
    assert ("les-1" in out, "les-2" in out) == (True, False)
    told = json.loads((data / "out.json").read_text())
    assert {one["id"] for one in told["lessons"]} == {"les-1", "les-2"}


def test_only_lessons_in_force_guide_runs_of_the_lab(data: Path) -> None:
    over = lesson("les-over", expires=START.replace(year=2001))
    late = START.replace(year=2999)
    keep(data, lesson("les-1", expires=late), over, lesson("les-2", state=State.RETIRED, expires=late))
    assert [one.id for one in in_force()] == ["les-1"]


async def test_replays_end_with_their_number_their_time_or_their_task() -> None:
    """None of these is played, so no pool is needed."""
    trial = Trial(replay=replay("lease-held"))
    late = PoolReplays(None, most=9, until=0, told=print)  # type: ignore[arg-type]
    spent = PoolReplays(None, most=0, until=float("inf"), told=print)  # type: ignore[arg-type]
    assert [await each.play(trial) for each in (late, spent)] == [None, None]
    open_ = PoolReplays(None, most=9, until=float("inf"), told=print)  # type: ignore[arg-type]
    gone = replay("no-such-task").model_copy(update={"suite": "gone.yaml"})
    assert [await open_.play(Trial(replay=each)) for each in (replay("no-such-task"), gone)] == [None, None]


async def test_calls_for_runs_of_the_lab_are_counted_and_those_of_incidents_on_record() -> None:
    class Incidents:
        async def get(self, incident_id: str) -> object:
            return object() if incident_id == "inc-1" else None

    book = CallBook()
    calls = CountedCalls(book, Incidents())  # type: ignore[arg-type]
    limits = Ceilings(incident_tokens=150, incident_seconds=60, day_tokens=250)

    def call(name: str, incident: str) -> ModelCall:
        return ModelCall(
            id=name,
            incident_id=incident,
            at=START,
            model="m",
            messages=(),
            prompt_hash="",
            tokens_in=100,
            tokens_out=0,
            counted=Counted.SERVER,
            cost=0,
        )

    assert (await calls.reserve(call("a", "inc-1"), limits)).refused is None
    assert [each.id for each in await book.of("inc-1")] == ["a"]
    assert (await calls.reserve(call("b", "run-1"), limits)).refused is None
    assert "one incident" in ((await calls.reserve(call("c", "run-1"), limits)).refused or "")
    assert (await calls.reserve(call("d", "run-2"), limits)).refused is None
    assert "one day" in ((await calls.reserve(call("e", "run-3"), limits)).refused or "")
    await calls.settle(call("b", "run-1").model_copy(update={"seconds": 9}))
    assert [each.seconds for each in await calls.of("run-1")] == [9]
