"""Which runs failed, and at which step: each verdict of the taxonomy once, with its evidence."""

from datetime import timedelta

import pytest

from domain.actions import Restart
from domain.diagnosis import Cause
from domain.episodes import Episode, Truth
from domain.execution import Improvement
from domain.feedback import Feedback, Thumb
from domain.incident import Status
from domain.journal import Rated
from learn.evolver.mine import Flaw, failed, mine, went_well
from tests.fakes import START
from tests.graph.policies.story import BACK, IMAGE, WEB
from tests.learn.evolver import runs
from tests.learn.evolver.runs import API, COMPLAINT, ERRORS, LOGGED, PULL, run, said

HOLDER = API.model_copy(update={"name": "holder"})
WELL = Truth(anomaly=False)
AT_HOLDER = Truth(anomaly=True, causes=(Cause.DEPENDENCY_DOWN,), components=(HOLDER,))
AT_WEB = Truth(anomaly=True, causes=(Cause.IMAGE_PULL,), components=(WEB,), repairs=(BACK,))
UNSEEN = Truth(anomaly=True, causes=(Cause.DISK_FULL,), components=(API.model_copy(update={"name": "store"}),))

CASES: tuple[tuple[Flaw, Episode, str], ...] = (
    (Flaw.FALSE_ALARM, runs.failed(run(ERRORS), truth=WELL), "nothing was wrong"),
    (
        Flaw.HARMFUL,
        runs.failed(run(PULL, wrote=((IMAGE, Improvement.WORSE),)), truth=AT_WEB),
        "it was worse, and it stayed so",
    ),
    (Flaw.HARMFUL, runs.failed(run(ERRORS), truth=AT_WEB, harmless=False), "The lab found harm"),
    (
        Flaw.WRONG_TARGET,
        runs.failed(
            run(ERRORS, wrote=((Restart(target=WEB), Improvement.UNCHANGED),)),
            truth=AT_HOLDER.model_copy(update={"repairs": (Restart(target=HOLDER),)}),
        ),
        "Deployment prod/holder was the one",
    ),
    (
        Flaw.WRONG_ACTION,
        runs.failed(run(PULL, wrote=((IMAGE, Improvement.UNCHANGED),), cause=Cause.IMAGE_PULL), truth=AT_WEB),
        "roll_back helps",
    ),
    (Flaw.STOPPED_EARLY, runs.failed(run(PULL, cause=Cause.IMAGE_PULL), truth=AT_WEB), "did nothing"),
    (Flaw.MISREAD, runs.failed(run(ERRORS), truth=AT_HOLDER), "names Deployment prod/holder"),
    (Flaw.LOOKED_ELSEWHERE, runs.failed(run(ERRORS, logged=(LOGGED,)), truth=UNSEEN), "No probe was about"),
    (Flaw.NEVER_LOOKED, runs.failed(run(ERRORS), truth=UNSEEN), "Nothing was looked at"),
    (Flaw.UNKNOWN, runs.failed(run(ERRORS)), "Nobody knows"),
)  # fmt: skip


@pytest.mark.parametrize(("flaw", "episode", "evidence"), CASES, ids=[f"{c[0]}-{n}" for n, c in enumerate(CASES)])
def test_the_step_that_broke_a_run(flaw: Flaw, episode: Episode, evidence: str) -> None:
    found = mine(episode)
    assert (found.flaw, evidence in found.evidence) == (flaw, True), found


def test_a_run_without_an_answer_stopped_early() -> None:
    whole = run(ERRORS)
    cut = whole.model_copy(update={"entries": whole.entries[:1]})
    assert mine(runs.failed(cut, truth=AT_WEB)).flaw is Flaw.STOPPED_EARLY


def test_the_verdict_names_the_step() -> None:
    wrote = run(PULL, wrote=((IMAGE, Improvement.UNCHANGED),), cause=Cause.IMAGE_PULL)
    found = mine(runs.failed(wrote, truth=AT_WEB))
    assert wrote.entries[found.seq - 1].step.kind == "proposed"


def test_people_s_words_tell_what_was_right_where_no_lab_does() -> None:
    corrected = run(ERRORS, steps=(said("holder hung", "restarted holder"),))
    assert mine(runs.lived(corrected)).flaw is Flaw.MISREAD
    harmless = run(ERRORS, steps=(said("Nothing was wrong, that is a drill"),))
    assert mine(runs.lived(harmless)).flaw is Flaw.FALSE_ALARM
    assert COMPLAINT.text in mine(runs.lived(corrected)).evidence


def thumb(thumb: Thumb, seconds: float = 60) -> Rated:
    at = START + timedelta(seconds=seconds)
    return Rated(feedback=Feedback(incident_id="inc-1", target="outcome", user="U1", thumb=thumb, at=at))


def test_what_counts_as_failed_and_as_gone_well() -> None:
    """In production: a 👎 that stands, a correction, or a run that broke; well is what was mended or liked."""
    down, up = run(steps=(thumb(Thumb.DOWN),)), run(steps=(thumb(Thumb.DOWN), thumb(Thumb.UP, 90)))
    assert [failed(runs.lived(each)) for each in (run(), down, up)] == [False, True, False]
    broke = run().model_copy(update={"incident": run().incident.model_copy(update={"status": Status.FAILED})})
    assert failed(runs.lived(broke))
    assert not went_well(runs.lived(run()))
    mended = run(PULL, wrote=((BACK, Improvement.RESOLVED),))
    ended = mended.model_copy(update={"incident": mended.incident.model_copy(update={"status": Status.RESOLVED})})
    assert went_well(runs.lived(ended))
    assert went_well(runs.solved(run(), "any"))
    assert not failed(runs.solved(down, "any"))  # the lab knows better
