"""What whole runs show a model: nothing raw but quoted, marked excerpts, and no more than a small prompt.

`make test-lab` walks every prompt of the whole benchmark in the same way (`tests/lab/prompts.py`).
"""

import json

import pytest

from lab.reader.server import CAREFUL, noisy_name
from tests.app.chat.leaks import WINDOW, leaks
from tests.app.chat.played import Played, play

BASICS = ("target-port", "liveness-impatient", "bad-release")
RUNS = (
    *((task, CAREFUL, "basics") for task in BASICS),
    ("auth_miss_mongodb-mitigation", noisy_name(40, 1), "aiopslab-86"),
)
MOST_CHARACTERS = 27_000
HEADING = "| Findings, the most"


@pytest.fixture(scope="module", params=RUNS, ids=lambda run: run[0])
def played(request: pytest.FixtureRequest) -> Played:
    task, reader, suite = request.param
    return play(task, reader, suite=suite)


def test_nothing_raw_stands_outside_quotation_marks(played: Played) -> None:
    assert played.artifacts
    assert len(played.prompts) >= 2
    assert [leak for prompt in played.prompts for leak in leaks(prompt, played.artifacts)] == []


def test_the_check_finds_what_is_raw(played: Played) -> None:
    prompt = played.prompts[0]
    lines = (" ".join(line.split()) for text in played.artifacts for line in text.splitlines())
    line = next(line for line in lines if len(line) >= WINDOW and not set('"/') & set(line))
    inside = prompt.replace(HEADING, f"| - Probe events: {line}\n{HEADING}")
    quoted = prompt.replace(HEADING, f"| - Probe events: {json.dumps(line[:200])}\n{HEADING}")
    long = prompt.replace(HEADING, f"| {json.dumps(line * 9)}\n{HEADING}")
    bare = prompt.replace(HEADING, f"- Probe events\n{HEADING}")
    assert [leak.partition(":")[0] for leak in leaks(inside, played.artifacts)] == ["Raw text stands bare"]
    assert leaks(quoted, played.artifacts) == []
    assert "A quotation is longer than an excerpt" in leaks(long, played.artifacts)[0]
    assert "outside the marks" in leaks(f"{prompt}\n{json.dumps(line)}", played.artifacts)[0]
    assert "no mark of its own" in leaks(bare, played.artifacts)[0]
    assert leaks(prompt.replace("<data-", "<date-"), played.artifacts) == ["The data have no mark."]


def test_every_finding_leads_to_an_artifact_in_the_store(played: Played) -> None:
    assert played.run.trajectory.findings
    assert played.unlinked == ()


def test_a_whole_incident_with_a_round_of_probes_is_a_small_read(played: Played) -> None:
    if "wrong-target-port" in played.prompts[0] and "orders" in played.prompts[0]:
        assert played.solved
        assert any("- Probe " in prompt for prompt in played.prompts)
        assert played.characters <= MOST_CHARACTERS
