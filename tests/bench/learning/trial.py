"""Models on the held-out tasks: full runs through the graph, in the pool, with the servers of the settings."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.ambient import SystemClock
from app.lab_pool import Job, all_runs
from app.learn_evaluate import tried
from app.settings import Settings
from domain.base import Value
from domain.evaluation import Evaluation, Scored, Tried
from lab.suite import Suite, load_suite

HELD_OUT = "aiopslab-86:held-out"
_ASKED = (
    "model_url", "model_name", "model_form", "model_temperature", "model_reply_tokens", "model_call_seconds",
    "model_incident_seconds",
)  # fmt: skip


@dataclass(frozen=True)
class Trial:
    """Who is tried, and how often."""

    models: Sequence[str]
    epochs: int
    seed: int


class Epoch(Value):
    """One run of every task with each model."""

    seconds: float
    """Wall time."""
    runs: dict[str, dict[str, Tried]]
    """By model and task."""


def tried_on_held_out(settings: Settings, trial: Trial, kept: Path) -> dict[str, Evaluation]:
    """Each model on every task, epoch by epoch; those that are in the folder `kept` are not run again.

    All models meet the same incidents, which are prepared once.
    """
    ask(settings)
    suite, epochs = load_suite(HELD_OUT), []
    for number in range(trial.epochs):
        file = kept / f"held-out-{number}.json"
        if not file.exists():
            file.write_text(_epoch(suite, trial, trial.seed + number).model_dump_json(indent=1), encoding="utf-8")
        epochs.append(Epoch.model_validate_json(file.read_bytes()))
    return {model: _evaluation(suite, trial, model, epochs) for model in trial.models}


def ask(settings: Settings) -> None:
    """Let the processes of the pool ask the servers of these settings: they read them as any AOI does."""
    told = {f"AOI_{name.upper()}": getattr(settings, name) for name in _ASKED}
    os.environ |= {
        name: ",".join(value) if isinstance(value, tuple) else str(value) for name, value in told.items()
    }


def _epoch(suite: Suite, trial: Trial, seed: int) -> Epoch:
    clock = SystemClock()
    started = clock.monotonic()
    jobs = [
        Job(HELD_OUT, task.id, "chat", seed, False, model=model) for task in suite.tasks for model in trial.models
    ]
    # A run waits for the model half of its time.
    found = dict(all_runs(suite, jobs, 2 * (os.cpu_count() or 1)))
    runs = {model: {job.task: tried(found[job]) for job in jobs if job.model == model} for model in trial.models}
    return Epoch(seconds=clock.monotonic() - started, runs=runs)


def _evaluation(suite: Suite, trial: Trial, model: str, epochs: Sequence[Epoch]) -> Evaluation:
    return Evaluation(
        model=model,
        suite=suite.name,
        seed=trial.seed,
        at=SystemClock().now(),
        seconds=sum(epoch.seconds for epoch in epochs),
        tasks=tuple(
            Scored(
                id=task.id,
                type=task.type.value,
                family=task.drillable.scenario.fault_family,
                runs=tuple(epoch.runs[model][task.id] for epoch in epochs),
            )
            for task in suite.tasks
        ),
    )
