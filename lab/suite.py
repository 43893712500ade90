"""Suites: which scenarios there are, and which tasks they ask."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from domain.errors import BadInput
from domain.located import BadFile, Mistake
from lab.applications import Drillable, load
from lab.scenario import TaskType
from lab.splits import train_families

SCENARIOS: Final = Path(__file__).parent / "scenarios"
"""The built-in suites, a folder each."""


@dataclass(frozen=True)
class Task:
    """A scenario asked in one way."""

    id: str
    type: TaskType
    drillable: Drillable


@dataclass(frozen=True)
class Suite:
    """A named set of tasks."""

    name: str
    tasks: tuple[Task, ...]

    def matching(self, glob: str) -> "Suite":
        """The tasks whose id matches. Raises BadInput when none does."""
        tasks = tuple(task for task in self.tasks if fnmatchcase(task.id, glob))
        if not tasks:
            raise BadInput(f"No task of the suite {self.name} matches `{glob}`; `aoi lab list` names them.")
        return Suite(self.name, tasks)


TRAIN: Final = {"aiopslab-86": 23}
"""Suites that are split, and how many of their tasks are for training."""
PARTS: Final = ("train", "held-out")


def builtin_suites() -> tuple[str, ...]:
    """Names of the built-in suites, and of the parts of those that are split, as `aiopslab-86:train`."""
    whole = sorted(path.name for path in SCENARIOS.iterdir() if any(path.glob("*.yaml")))
    return tuple(name for suite in whole for name in (suite, *(_parts_of(suite))))


def load_suite(name: str) -> Suite:
    """A built-in suite, a scenario file, or a folder of scenario files. Raises BadInput."""
    if name in builtin_suites():
        whole, _, part = name.partition(":")
        suite = _suite(whole, sorted((SCENARIOS / whole).glob("*.yaml")))
        return suite if not part else _part(suite, part)
    path = Path(name)
    if path.is_file():
        return _suite(path.stem, [path])
    if path.is_dir():
        return _suite(path.name, sorted(path.glob("*.yaml")))
    known = ", ".join(builtin_suites())
    raise BadInput(f"There is no suite, file or folder `{name}`; the built-in suites are {known}.")


def _parts_of(suite: str) -> tuple[str, ...]:
    return tuple(f"{suite}:{part}" for part in PARTS) if suite in TRAIN else ()


def _part(suite: Suite, part: str) -> Suite:
    families = [task.drillable.scenario.fault_family for task in suite.tasks]
    train = train_families(families, TRAIN[suite.name])
    chosen = (task for task in suite.tasks if (task.drillable.scenario.fault_family in train) == (part == "train"))
    return Suite(f"{suite.name}:{part}", tuple(chosen))


def tasks_of(drillable: Drillable) -> tuple[Task, ...]:
    """The tasks that a scenario asks, named as it says; else after it, with the type where there are several."""
    scenario = drillable.scenario
    template = scenario.task_id or (scenario.name if len(scenario.ask) == 1 else f"{scenario.name}-{{ask}}")
    return tuple(Task(template.format(ask=kind.value), kind, drillable) for kind in scenario.ask)


def _suite(name: str, paths: list[Path]) -> Suite:
    if not paths:
        raise BadInput(f"The folder {name} holds no scenario; put `*.yaml` files there.")
    tasks: dict[str, Task] = {}
    mistakes: list[Mistake] = []
    for path in paths:
        try:
            found = [task for drillable in load(path) for task in tasks_of(drillable)]
        except BadFile as error:
            mistakes += error.mistakes
            continue
        for task in found:
            if task.id in tasks:
                mistakes.append(
                    Mistake(str(path), 1, f"the task {task.id} is there twice", "give it another name")
                )
            tasks[task.id] = task
    if mistakes:
        raise BadFile(mistakes)
    return Suite(name, tuple(tasks.values()))
