"""`aoi learn retrain`, `work`, `evaluate`, `promote` and `rollback`: what they say and refuse."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from app import learn_evaluate
from app.cli import main
from app.lab_pool import Job
from app.results import EpochResult
from domain.retrain import Outcome
from learn.retrain.pen import Stopped
from store.build import Store, open_store
from tests.app.test_lab_pool import THREE_WAYS
from tests.fakes import HandClock
from tests.learn.retrain.shop import wish

Said = Callable[..., tuple[int, str]]
Set = pytest.MonkeyPatch


@pytest.fixture
def ours(clean: None, tmp_path: Path, monkeypatch: Set) -> Path:
    """The settings of an AOI that could train, and has nothing to learn from."""
    told = {"RETRAIN_PROFILE": "tiny", "MODEL_URL": "http://127.0.0.1:9/v1", "MODEL_NAME": "tiny-base"}
    for name, value in {**told, "MODEL_PATH": str(tmp_path)}.items():
        monkeypatch.setenv(f"AOI_{name}", value)
    return tmp_path


@pytest.fixture
def aoi(ours: Path, capsys: pytest.CaptureFixture[str]) -> Said:
    def run(*arguments: str) -> tuple[int, str]:
        status = main(["learn", *arguments])
        said = capsys.readouterr()
        return status, " ".join((said.out + said.err).split())

    return run


def in_the_database(work: Callable[[Store], Awaitable[object]]) -> None:
    async def open_and_work() -> None:
        store = await open_store("sqlite:///.aoi/aoi.db")
        await work(store)
        await store.close()

    asyncio.run(open_and_work())


def test_a_quiet_week_ends_as_nothing_and_is_asked_for_once(aoi: Said, ours: Path) -> None:
    status, said = aoi("retrain", "--weekly", "--json", "first.json")
    assert status == 0
    assert "tiny: nothing. There is nothing new to learn from." in said
    first = json.loads((ours / "first.json").read_text())
    assert (first["outcome"], first["by"]) == (Outcome.NOTHING.value, "schedule")
    status, said = aoi("retrain", "--weekly", "--json", "again.json")
    assert status == 0
    assert json.loads((ours / "again.json").read_text()) == first
    assert aoi("retrain", "--json", "other.json")[0] == 0
    other = json.loads((ours / "other.json").read_text())
    assert other["id"] != first["id"]
    assert other["by"].startswith("terminal:")


def test_one_at_a_time(aoi: Said) -> None:
    in_the_database(lambda store: store.retrains.ask(wish()))
    assert aoi("retrain") == (1, "The retrain ret-1 runs already; one at a time.")


def test_the_weekly_one_ends_what_waits_first(aoi: Said, ours: Path) -> None:
    in_the_database(lambda store: store.retrains.ask(wish()))
    assert aoi("retrain", "--weekly", "--json", "week.json")[0] == 0
    assert json.loads((ours / "week.json").read_text())["key"].startswith("weekly:")
    assert aoi("work") == (0, "No retrain waits for a worker.")


def test_a_retrain_that_was_left_is_taken_up_by_whoever_works(aoi: Said) -> None:
    in_the_database(lambda store: store.retrains.ask(wish()))
    assert aoi("work") == (0, "ret-1, tiny: nothing. There is nothing new to learn from.")
    assert aoi("work") == (0, "No retrain waits for a worker.")


def test_what_is_wrong_is_one_sentence_with_the_way_out(aoi: Said, monkeypatch: Set) -> None:
    status, said = aoi("retrain", "enormous")
    assert status == 2
    assert said == "There is no profile 'enormous'; there are: tiny, qwen3-14b, qwen3-14b-node."
    assert aoi("retrain", "/etc/passwd")[1].startswith("There is no profile '/etc/passwd'; there are:")
    monkeypatch.setenv("AOI_MODEL_PATH", "")
    status, said = aoi("retrain")
    assert (status, said) == (
        2, "An adapter is trained on the weights of the model that serves; set AOI_MODEL_PATH to them.",
    )  # fmt: skip
    monkeypatch.setenv("AOI_MODEL_URL", "")
    assert aoi("retrain") == (
        2, "AOI_RETRAIN_PROFILE is set; it wants AOI_MODEL_URL and AOI_MODEL_NAME as well.",
    )  # fmt: skip
    monkeypatch.setenv("AOI_RETRAIN_PROFILE", "")
    status, said = aoi("retrain", "tiny")
    assert status == 2
    assert "set AOI_RETRAIN_PROFILE" in said


@pytest.mark.parametrize("command", ["promote", "evaluate"])
def test_an_adapter_that_nobody_knows(aoi: Said, command: str) -> None:
    assert aoi(command, "aoi-observer-v9") == (2, "There is no adapter 'aoi-observer-v9'; on record: none.")


def test_nothing_to_take_back(aoi: Said) -> None:
    status, said = aoi("rollback")
    assert status == 2
    assert "no adapter served before it" in said


def test_an_adapter_by_hand_is_a_candidate_that_passed_no_gate(aoi: Said, ours: Path) -> None:
    made = ours / "made"
    assert aoi("register", str(made))[0] == 2
    made.mkdir()
    (made / "adapter_config.json").write_text('{"r": 8}')
    (made / "adapter_model.safetensors").write_bytes(b"weights")
    status, said = aoi("register", str(made))
    assert (status, said.split(";")[0]) == (0, "aoi-observer-v1 is a candidate")
    status, said = aoi("promote", "aoi-observer-v1")
    assert status == 2
    assert "has not passed the gate" in said
    status, said = aoi("promote", "aoi-observer-v1", "--ungated")
    assert status == 1
    assert "The model server 127.0.0.1:9 does not answer" in said
    assert aoi("rollback")[0] == 2, "it never served"


def test_without_servers_nothing_is_measured(aoi: Said, monkeypatch: Set) -> None:
    for name in ("AOI_MODEL_URL", "AOI_RETRAIN_PROFILE"):
        monkeypatch.setenv(name, "")
    status, said = aoi("evaluate", "tiny-base")
    assert (status, said) == (2, "The policy chat asks a model; set AOI_MODEL_URL and AOI_MODEL_NAME.")


def test_a_suite_that_nobody_knows(aoi: Said) -> None:
    status, said = aoi("evaluate", "tiny-base", "--suite", "none-such")
    assert status == 2
    assert "none-such" in said


async def test_who_leaves_a_measurement_lets_no_other_run_begin(ours: Path, monkeypatch: Set) -> None:
    """A cancelled retrain keeps no processor busy."""
    (ours / "gate.yaml").write_text(THREE_WAYS)
    begun: list[str] = []
    closed: list[bool] = []

    def all_runs(suite: object, jobs: list[Job], workers: int) -> Iterator[tuple[Job, EpochResult]]:
        try:
            for job in jobs:
                begun.append(job.task)
                yield job, EpochResult(success=True, steps=1, seconds=1.0)
        finally:
            closed.append(True)

    async def leave(share: float, words: str) -> None:
        assert share == pytest.approx(1 / 6)
        raise Stopped

    monkeypatch.setattr(learn_evaluate, "all_runs", all_runs)
    with pytest.raises(Stopped):
        await learn_evaluate.evaluate("tiny-base", "gate.yaml", 2, 0, HandClock(), leave)
    assert (len(begun), closed) == (1, [True])
