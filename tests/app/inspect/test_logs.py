"""Finished runs, read back from the log that Inspect shows."""

import gc
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from inspect_ai.event import InfoEvent, ToolEvent
from inspect_ai.log import EvalLog, EvalSample, read_eval_log
from inspect_ai.model import ChatMessageTool, ChatMessageUser

from app import lab_run
from app.inspect.logs import write_log
from app.lab_pool import Job, run_alone
from app.results import EpochResult
from domain.journal import Executed, Proposed, Triaged, Verified
from lab.suite import load_suite

SUITE = load_suite("basics").matching("target-port")
FIRST, SECOND = (Job("basics", "target-port", "playbook", seed, False, keep=True) for seed in (3, 4))


@contextmanager
def inspect_at_work() -> Iterator[None]:
    """Inspect leaves two in-memory streams to the garbage collector."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield
        gc.collect()


@pytest.fixture(scope="module")
def solved() -> EpochResult:
    return run_alone(FIRST)


@pytest.fixture(scope="module")
def log(solved: EpochResult, tmp_path_factory: pytest.TempPathFactory) -> EvalLog:
    """Two epochs: one as it went, one that broke off before its answer."""
    folder = tmp_path_factory.mktemp("logs")
    whole = solved.trajectory
    assert whole is not None
    silent = whole.model_copy(update={"entries": whole.entries[:2]})
    failed = {"success": False, "trajectory": silent, "reasons": ("There is no answer.",)}
    runs = {FIRST: solved, SECOND: solved.model_copy(update=failed)}
    level = logging.getLogger().level
    with inspect_at_work():
        written = write_log(SUITE, "basics", "playbook", 2, 3, False, runs, folder)
    assert logging.getLogger().level == level  # what AOI logs is not Inspect's to say
    assert [path.suffix for path in folder.iterdir() if path.is_file()] == [".eval"]
    return read_eval_log(written.location)


def sample(log: EvalLog, epoch: int) -> EvalSample:
    assert log.samples is not None
    return next(each for each in log.samples if each.epoch == epoch)


def test_the_reducers_are_avg_best_and_all_of_k(log: EvalLog) -> None:
    assert log.results is not None
    rates = {score.reducer: score.metrics["all"].value for score in log.results.scores if score.name == "strict"}
    assert rates == {"mean": 0.5, "at_least_1": 1.0, "pass_k_2": 0.0}


def test_a_score_says_why_not(log: EvalLog) -> None:
    scores = sample(log, 2).scores
    assert scores is not None
    assert (scores["strict"].value, scores["strict"].explanation) == ("I", "There is no answer.")


def test_both_graders_speak(log: EvalLog) -> None:
    scores = sample(log, 1).scores
    assert scores is not None
    assert {name: score.value for name, score in scores.items()} == {"strict": "C", "by_published_rules": "C"}


def test_a_person_can_read_the_run_as_a_conversation(log: EvalLog, solved: EpochResult) -> None:
    assert solved.trajectory is not None
    messages = sample(log, 1).messages
    assert isinstance(messages[0], ChatMessageUser)
    assert messages[0].text == solved.trajectory.incident.question
    results = [message for message in messages if isinstance(message, ChatMessageTool)]
    assert [result.function for result in results] == ["triage", "propose", "execute", "verify"]
    assert "kubectl -n shop patch service/orders" in results[1].text
    assert solved.trajectory.diagnosis is not None
    assert solved.trajectory.diagnosis.root_cause in messages[-1].text


def test_the_transcript_has_the_times_of_the_world(log: EvalLog, solved: EpochResult) -> None:
    assert solved.trajectory is not None
    shown = [event for event in sample(log, 1).events if isinstance(event, ToolEvent)]
    calls = [e for e in solved.trajectory.entries if isinstance(e.step, Triaged | Proposed | Executed | Verified)]
    assert [event.timestamp for event in shown] == [entry.at for entry in calls]
    said = {event.source for event in sample(log, 1).events if isinstance(event, InfoEvent)}
    assert {"opened", "decided", "ruled", "concluded"} <= said


def test_the_trajectory_itself_is_in_the_log(log: EvalLog, solved: EpochResult) -> None:
    assert solved.trajectory is not None
    assert sample(log, 1).store["trajectory"] == solved.trajectory.model_dump(mode="json")


def test_the_short_way_writes_the_same_log(
    solved: EpochResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`aoi lab run --log-dir DIR`; the run itself is taken as done."""

    def all_runs(suite: object, jobs: list[Job], workers: int) -> Iterator[tuple[Job, EpochResult]]:
        assert all(job.keep for job in jobs)
        return ((job, solved) for job in jobs)

    monkeypatch.setattr(lab_run, "all_runs", all_runs)
    with inspect_at_work():
        assert lab_run.run("basics", "playbook", "target-port", 1, 1, 3, False, None, tmp_path) == 0
    (file,) = tmp_path.glob("*.eval")
    scores = sample(read_eval_log(str(file)), 1).scores
    assert scores is not None
    assert scores["strict"].value == "C"
