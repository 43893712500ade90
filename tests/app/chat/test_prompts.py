"""What whole runs show a model: nothing raw but quoted, marked excerpts, and no more than a small prompt."""

import json
import re

import pytest

from lab.reader.server import CAREFUL
from tests.app.chat.played import Played, play

TASKS = ("target-port", "liveness-impatient", "bad-release")
MOST_CHARACTERS = 27_000
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_WINDOW = 60
"""Characters in a row that no sentence of AOI's shares with an artifact by chance; names in it are shorter."""


@pytest.fixture(scope="module", params=TASKS)
def played(request: pytest.FixtureRequest) -> Played:
    return play(request.param, CAREFUL)


def raw_parts(prompt: str, artifacts: tuple[str, ...]) -> list[str]:
    """Stretches of artifacts that stand in a prompt outside quotation marks."""
    texts = [" ".join(artifact.split()) for artifact in artifacts]
    found = []
    for line in _QUOTED.sub('""', prompt).splitlines():
        bare = " ".join(line.split())
        windows = (bare[at : at + _WINDOW] for at in range(max(0, len(bare) - _WINDOW) + 1))
        found += [part for part in windows if len(part) == _WINDOW and any(part in text for text in texts)]
    return found


def test_nothing_raw_stands_outside_quotation_marks(played: Played) -> None:
    assert played.artifacts
    assert len(played.prompts) >= 2
    for prompt in played.prompts:
        assert raw_parts(prompt, played.artifacts) == []


def test_the_check_finds_what_is_raw(played: Played) -> None:
    lines = (" ".join(line.split()) for text in played.artifacts for line in text.splitlines())
    line = next(line for line in lines if len(line) >= _WINDOW and '"' not in line)
    assert raw_parts(f"- Probe events: {line}", played.artifacts)
    assert raw_parts(f"- Probe events: {json.dumps(line)}", played.artifacts) == []


def test_an_excerpt_is_short_and_stands_between_the_data_marks(played: Played) -> None:
    for prompt in played.prompts:
        mark = re.search(r"^<(data-\w+)>$", prompt, re.MULTILINE)
        assert mark is not None
        _, _, rest = prompt.partition(f"<{mark[1]}>\n")
        inside, closing, after = rest.partition(f"\n</{mark[1]}>")
        assert closing
        assert raw_parts(_unquoted(after), played.artifacts) == []
        assert all(len(quotation) <= 2 * 240 for quotation in _QUOTED.findall(inside))


def test_a_whole_incident_with_a_round_of_probes_is_a_small_read(played: Played) -> None:
    assert played.solved
    assert any("- Probe " in prompt for prompt in played.prompts)
    if "wrong-target-port" in played.prompts[0]:
        assert played.characters <= MOST_CHARACTERS


def _unquoted(text: str) -> str:
    return text.replace('"', "")
