"""`aoi lab list|validate|check`: what the lab holds, and whether it can be trusted."""

import sys
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from lab.applications import load
from lab.mistakes import BadFile
from lab.suite import builtin_suites, load_suite
from lab.validate import validate as findings_of


def show(suite: str) -> int:
    """Print the suites, and the tasks of one."""
    console = Console()
    console.print(f"Suites: {', '.join(builtin_suites())}. Tasks of {suite}:")
    table = Table("task", "type", "application", "title", box=None, pad_edge=False)
    for task in load_suite(suite).tasks:
        drillable = task.drillable
        table.add_row(task.id, task.type.value, drillable.application.app.name, drillable.scenario.title)
    console.print(table)
    return 0


def validate(suite: str, seeds: int) -> int:
    """Try each grader in every way that must pass or fail; 1 when one judges wrongly."""
    console = Console()
    tasks, tried, wrong = load_suite(suite).tasks, 0, 0
    for task in track(tasks, "Validating", console=console, disable=not console.is_terminal):
        for seed in range(seeds):
            for finding in findings_of(task, seed):
                tried += 1
                if not finding.right:
                    wrong += 1
                    console.print(f"seed {seed}: {finding}", markup=False)
    console.print(f"{tried} trials over {len(tasks)} tasks and {seeds} seeds; {wrong} judged wrongly.")
    return 1 if wrong else 0


def check(file: Path) -> int:
    """Report every mistake of a scenario file; 1 when there is one."""
    try:
        drillables = load(file)
    except BadFile as error:
        for mistake in error.mistakes:
            sys.stderr.write(f"{mistake}\n")
        return 1
    for drillable in drillables:
        Console().print(f"{file}: the scenario {drillable.scenario.name} is in order.")
    return 0
