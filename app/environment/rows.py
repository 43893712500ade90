"""A training set of incidents: rows as TRL's GRPOTrainer takes them, whose columns go to `reset`."""

from collections.abc import Iterable
from typing import Any, Final

from domain.diagnosis import Cause
from lab.suite import load_suite

SYSTEM: Final = (
    "You are on call for a Kubernetes cluster. Find out with the tools what is wrong, repair it where asked to, "
    "and end with `conclude`. One write at a time; each is approved, carried out and verified at once. "
    f"Causes are: {', '.join(Cause)}."
)


def rows(suite: str, seeds: Iterable[int], tasks: str = "*", rename: bool = False) -> list[dict[str, Any]]:
    """A row a task and seed; the question itself is what `reset` answers. Raises BadInput."""
    chosen = load_suite(suite).matching(tasks)
    prompt = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": "The incident:\n"}]
    return [
        {"prompt": prompt, "suite": suite, "task": task.id, "seed": seed, "rename": rename}
        for seed in seeds
        for task in chosen.tasks
    ]
