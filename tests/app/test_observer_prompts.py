"""No prompt holds raw output of a probe, but for short excerpts in quotation marks within the data marks.

The prompts are those of real runs: the lab's basics, seen through the reader, at every decision.
"""

import json
import re

import pytest

from lab.drill import Drill
from lab.stage import Stage
from lab.suite import load_suite
from tests.bench.watched import Watched, watch

TASKS = ("image-tag-typo", "network-policy")
LINE = 40
"""Characters from which a line of an artifact is told apart from words that anybody might write."""
EXCERPT = 300
_FENCED = re.compile(r"^<(data-\w+)>$(.*)^</\1>$", re.MULTILINE | re.DOTALL)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_SAID = re.compile(r"^- \S+ at [^\n]*$|^(?:- Probe|- First look|- Watched|  repair)[^\n]*$", re.MULTILINE)
"""AOI's own sentences of suspicions and of what was done, one line each."""


def leaks(prompt: str, raw: tuple[str, ...]) -> list[str]:
    """Lines of artifacts that a prompt holds elsewhere than in a quoted excerpt of its data."""
    found = _FENCED.search(prompt)
    data = _unmarked(found[2]) if found else ""
    outside = prompt.replace(found[2], "") if found else prompt
    bare = _SAID.sub("", _QUOTED.sub("", data))
    lines = {line.strip() for text in raw for line in text.splitlines() if len(line.strip()) >= LINE}
    return [line for line in lines if line in outside or line in bare]


@pytest.fixture(scope="module")
def runs() -> list[Watched]:
    tasks = [task for task in load_suite("basics").tasks if task.id.removesuffix("-mitigation") in TASKS]
    assert len(tasks) >= len(TASKS)
    seen = []
    for task in tasks[: len(TASKS)]:
        with Drill.on(Stage.set(task.drillable, 1), task.type) as drill:
            seen.append(watch(drill))
    return seen


def test_prompts_of_real_runs_hold_no_raw_output(runs: list[Watched]) -> None:
    for run in runs:
        assert run.prompts
        assert any(run.raw)
        assert [leak for prompt in run.prompts for leak in leaks(prompt, run.raw)] == []


def test_excerpts_are_short_and_marked(runs: list[Watched]) -> None:
    for prompt in (prompt for run in runs for prompt in run.prompts):
        found = _FENCED.search(prompt)
        assert found
        assert all(len(json.loads(excerpt)) <= EXCERPT for excerpt in _excerpts(found[2]))


def test_the_check_sees_a_leak(runs: list[Watched]) -> None:
    """Raw text is found where it is not quoted, inside the marks and outside."""
    run = runs[0]
    line = next(line for text in run.raw for line in text.splitlines() if len(line.strip()) >= LINE)
    prompt = run.prompts[0]
    assert leaks(f"{prompt}\n{line}", run.raw)
    assert leaks(prompt.replace("| Findings, the most", f"| {line}\n| Findings, the most"), run.raw)


def _unmarked(data: str) -> str:
    """The lines of the data, without the mark that each has to have."""
    lines = data.strip("\n").split("\n")
    assert all(line.startswith("| ") for line in lines)
    return "\n".join(line.removeprefix("| ") for line in lines)


def _excerpts(data: str) -> list[str]:
    findings = (line for line in _unmarked(data).splitlines() if re.match(r"f-\w+ ", line))
    return [line[line.index(': "') + 2 :] for line in findings]
