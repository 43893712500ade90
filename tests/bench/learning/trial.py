"""Models on the held-out tasks: full runs through the graph, in the pool, with the servers of the settings."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass

from app.ambient import SystemClock
from app.lab_pool import Job, all_runs
from app.learn_evaluate import tried
from app.settings import Settings
from domain.evaluation import Evaluation, Scored
from lab.suite import load_suite

HELD_OUT = "aiopslab-86:held-out"


@dataclass(frozen=True)
class Trial:
    """Who is tried, and how often."""

    models: Sequence[str]
    epochs: int
    seed: int


def tried_on_held_out(settings: Settings, trial: Trial) -> dict[str, Evaluation]:
    """Each model on every task; all of them meet the same incidents, which are prepared once."""
    asked = (
        "model_url",
        "model_name",
        "model_form",
        "model_temperature",
        "model_reply_tokens",
        "model_call_seconds",
    )
    values = {name: getattr(settings, name) for name in (*asked, "model_incident_seconds")}
    told = {f"AOI_{name.upper()}": value for name, value in values.items()}
    os.environ |= {
        name: ",".join(value) if isinstance(value, tuple) else str(value) for name, value in told.items()
    }
    suite, started = load_suite(HELD_OUT), time.monotonic()
    jobs = [
        Job(HELD_OUT, task.id, "chat", trial.seed + epoch, False, model=model)
        for task in suite.tasks
        for epoch in range(trial.epochs)
        for model in trial.models
    ]
    found = dict(all_runs(suite, jobs, 2 * (os.cpu_count() or 1)))  # a run waits for the model half of its time
    return {
        model: Evaluation(
            model=model,
            suite=suite.name,
            seed=trial.seed,
            at=SystemClock().now(),
            seconds=time.monotonic() - started,
            tasks=tuple(
                Scored(
                    id=task.id,
                    type=task.type.value,
                    family=task.drillable.scenario.fault_family,
                    runs=tuple(tried(found[job]) for job in jobs if (job.task, job.model) == (task.id, model)),
                )
                for task in suite.tasks
            ),
        )
        for model in trial.models
    }
