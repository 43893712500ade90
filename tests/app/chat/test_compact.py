"""The compact form in a whole incident of the lab, asked over HTTP as a model server is."""

import pytest

from app.lab_pool import Job, run_together
from lab.reader.server import COMPACT, ReaderServer


@pytest.mark.parametrize(("task", "steps"), [("scaled-to-zero", 2), ("healthy", 1)])
def test_an_incident_is_solved_by_picks_alone(monkeypatch: pytest.MonkeyPatch, task: str, steps: int) -> None:
    with ReaderServer() as server:
        monkeypatch.setenv("AOI_MODEL_URL", server.url)
        monkeypatch.setenv("AOI_MODEL_NAME", COMPACT)
        monkeypatch.setenv("AOI_MODEL_FORM", "compact")
        (run,) = run_together((Job("basics", task, "chat", 1, False),))
    assert (run.success, run.harmless, run.steps) == (True, True, steps)
    assert (run.asked_again, run.stand_ins) == (0, 0)
    assert run.longest_prompt < 1_500
