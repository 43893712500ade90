"""The truth of a captured incident: people first, then AOI's own diagnosis."""

import pytest

from app.lab_truth import truth_of
from domain.cluster import Ref
from domain.diagnosis import Cause, SystemLevel
from domain.errors import BadInput
from domain.journal import Trajectory
from tests.graph.policies.story import WEB
from tests.learn.evolver.runs import run, said

HOLDER = Ref(kind="Deployment", name="holder", namespace="prod")


def test_what_a_person_said_counts_more_than_the_diagnosis() -> None:
    told = truth_of(run(steps=(said("holder hung while it held the lease", "restarted holder"),)))
    assert told is not None
    assert (told.cause, told.components) == (Cause.DEPENDENCY_DOWN, (HOLDER,))
    assert told.source == "what U0ADA said of incident inc-1"


def test_the_newest_of_them_that_can_be_read_counts() -> None:
    old = said("web had an old table", "restarted web", seconds=60)
    new = said("holder hung while it held the lease", "restarted holder", user="U0BEN", seconds=90)
    words = said("no idea", user="U0CY", seconds=120)
    told = truth_of(run(steps=(old, new, words)))
    assert told is not None
    assert told.components == (HOLDER,)


def test_a_false_alarm_is_no_fault() -> None:
    assert truth_of(run(steps=(said("Nothing was wrong, it fails on purpose"),))) is None


def test_without_a_person_the_diagnosis_counts_with_the_level_of_its_cause() -> None:
    told = truth_of(run())
    assert told is not None
    assert (told.cause, told.components) == (Cause.APPLICATION_ERROR, (WEB,))
    assert told.system_level is SystemLevel.APPLICATION
    assert told.source == "the diagnosis of incident inc-1"


def test_a_diagnosis_that_nothing_is_wrong_is_one() -> None:
    assert truth_of(run(blames=None)) is None


def test_a_run_that_has_said_nothing_yet_is_told_in_one_sentence() -> None:
    ended = run()
    begun = Trajectory(incident=ended.incident, entries=ended.entries[:1])
    with pytest.raises(BadInput, match="inc-1 has no diagnosis yet; capture it when it has ended"):
        truth_of(begun)
