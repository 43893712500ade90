"""`aoi lab list|check`: what the lab holds, and what is wrong with a scenario file."""

import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from domain.located import BadFile
from lab.rehearsal import check as rehearsed
from lab.suite import builtin_suites, load_suite


def show(suite: str) -> int:
    """Print the suites, and the tasks of one."""
    console = Console(emoji=False)  # a suite may be called aiopslab-86:train
    console.print(f"Suites: {', '.join(builtin_suites())}. Tasks of {suite}:")
    table = Table("task", "type", "application", "title", box=None, pad_edge=False)
    for task in load_suite(suite).tasks:
        drillable = task.drillable
        table.add_row(task.id, task.type.value, drillable.application.app.name, drillable.scenario.title)
    console.print(table)
    return 0


def check(file: Path) -> int:
    """Report every mistake of a scenario file; 1 when there is one."""
    try:
        drillables = rehearsed(file)
    except BadFile as error:
        for mistake in error.mistakes:
            sys.stderr.write(f"{mistake}\n")
        return 1
    for drillable in drillables:
        Console().print(f"{file}: the scenario {drillable.scenario.name} is in order.", soft_wrap=True)
    return 0
