"""The lab as Inspect tasks: `inspect eval app/inspect/tasks.py@lab -T suite=basics --model none/none`.

No model of Inspect's is used: the policy that decides is AOI's own. The samples are the tasks of a suite, the
solver is AOI on a fresh cluster, the scorers are the lab's graders.
"""

import os
from collections.abc import Awaitable, Callable

from inspect_ai import Epochs, Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import transcript
from inspect_ai.model import ModelOutput
from inspect_ai.scorer import CORRECT, INCORRECT, Score, Scorer, Target, grouped, mean, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, solver

from app.inspect.drills import Pool
from app.inspect.rendering import rendered
from app.lab_policies import check_policy
from app.lab_pool import Job
from app.results import EpochResult
from lab.suite import Suite, load_suite
from lab.suite import Task as LabTask

Run = Callable[[Job], Awaitable[EpochResult]]
"""How a run is had: worked out in a pool, or looked up where it is done already."""

REASONS = "reasons"


@task
def lab(
    suite: str = "basics",
    policy: str = "playbook",
    tasks: str = "*",
    epochs: int = 1,
    seed: int = 0,
    rename: bool = False,
    workers: int = 0,
) -> Task:
    """A suite, a scenario file or a folder of them; `tasks` is a glob, `workers` 0 takes one per core."""
    check_policy(policy)
    pool = Pool(workers or os.cpu_count() or 1)
    return evaluation(load_suite(suite).matching(tasks), suite, policy, epochs, seed, rename, pool)


@task
def aiopslab(policy: str = "playbook", epochs: int = 5, seed: int = 0, workers: int = 0) -> Task:
    """The 86 tasks modelled on AIOpsLab."""
    return lab("aiopslab-86", policy, "*", epochs, seed, False, workers)


def evaluation(suite: Suite, source: str, policy: str, epochs: int, seed: int, rename: bool, run: Run) -> Task:
    """The Inspect task of a suite that was loaded from `source`.

    `mean` over the epochs is avg@k; `at_least_1` is best@k; `pass_k` is the chance that k runs all succeed.
    """
    return Task(
        name=suite.name,
        dataset=MemoryDataset([_sample(each) for each in suite.tasks], name=suite.name),
        solver=aoi(source, policy, seed, rename, run),
        scorer=[strict(), by_published_rules()],
        epochs=Epochs(epochs, ["mean", "at_least_1", f"pass_k_{epochs}"]),
        metadata={"policy": policy, "seed": seed, "rename": rename},
    )


@solver
def aoi(suite: str, policy: str, seed: int, rename: bool, run: Run) -> Solver:
    """AOI on a fresh cluster; epoch n has the world of seed + n - 1."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        job = Job(suite, str(state.sample_id), policy, seed + state.epoch - 1, rename, keep=True)
        done = await run(job)
        assert done.trajectory is not None
        messages, events = rendered(done.trajectory)
        state.messages = messages
        diagnosis = done.trajectory.diagnosis
        state.output = ModelOutput.from_content(policy, diagnosis.root_cause if diagnosis else "")
        for event in events:
            # Inspect has no public call for a tool event of somebody else's tools; the version is pinned.
            transcript()._event(event)
        state.store.set(REASONS, {"strict": list(done.reasons), "published": list(done.published or ())})
        state.store.set("trajectory", done.trajectory.model_dump(mode="json"))
        return state

    return solve


@scorer(metrics=[grouped(mean(), "type"), stderr()])
def strict() -> Scorer:
    """The lab's own grader, which looks at the end world and at the answer."""
    return _scored("strict")


@scorer(metrics=[grouped(mean(), "type"), stderr()])
def by_published_rules() -> Scorer:
    """AIOpsLab's rules with their quirks, for comparison with papers."""
    return _scored("published")


def _scored(which: str) -> Scorer:
    async def score(state: TaskState, target: Target) -> Score:
        reasons = state.store.get(REASONS)[which]
        return Score(
            value=INCORRECT if reasons else CORRECT,
            answer=state.output.completion,
            explanation=" ".join(reasons) or "Everything holds.",
        )

    return score


def _sample(lab_task: LabTask) -> Sample:
    scenario = lab_task.drillable.scenario
    truth = scenario.truth
    return Sample(
        id=lab_task.id,
        input=scenario.title,
        target=", ".join(map(str, truth.components)) or "nothing is wrong",
        metadata={
            "type": lab_task.type.value,
            "fault": scenario.fault_family,
            "app": lab_task.drillable.application.app.name,
        },
    )
