"""Lessons: their texts match what differs from run to run, and they hold together."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from domain.lessons import Argument, Do, Judgement, Look, Place, Role, Taken, Text, Use, turned
from tests.fakes import START
from tests.taught import AT_FAULT, NAMED, WELL, lesson, replayed, when


@pytest.mark.parametrize(
    ("pattern", "said", "names"),
    [
        ("lease is held by <name>", "ERROR  the Lease is held by web-2.", ("web-2",)),
        ("zones v<number> wait for v<number>", "zones v7 wait for v12", ()),
        ("<name> serves schema <number>", "FATAL: ledger serves schema 4.1, and 42 is needed", ("ledger",)),
        ("begins <words> ends", "it begins with (something: odd*) and ends", ()),
        ("<name>.Api - refused by <name>", "ERROR rates.Api - refused by bank", ("rates", "bank")),
        ("a.c means a dot", "abc means a dot", None),
        ("lease is held by <name>", "the lease is held by ???", None),
    ],
)
def test_a_text_is_found_with_its_holes(pattern: str, said: str, names: tuple[str, ...] | None) -> None:
    assert Text(pattern=pattern).find(said) == names


@pytest.mark.parametrize("pattern", ["<name>", "<number> <words>", "a <name> b", "12:34"])
def test_a_text_that_would_match_anything_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError, match="would match nearly anything"):
        Text(pattern=pattern)


def test_a_lesson_points_only_at_holes_that_its_texts_have() -> None:
    both: dict[str, Any] = {"conclude": lesson().conclude, "signature": when(texts=("held by <name>",))}
    assert lesson(do=Do(action="restart", target=NAMED), **both).places[-1] == NAMED
    for odd in (
        Do(action="restart", target=Place(role=Role.NAMED, kind="Deployment", hole=1)),
        Do(action="restart", target=Place(role=Role.NAMED, kind="Deployment", of=1)),
        Do(action="set_image", target=AT_FAULT, arguments=(Argument(name="image", value=Taken(of=1, hole=0)),)),
    ):
        with pytest.raises(ValidationError, match="no such `<name>`"):
            lesson(do=odd, **both)
    with pytest.raises(ValidationError, match="what a text is about"):
        lesson(look=(Look(probe="events", at=Place(role=Role.ABOUT, kind="Pod", of=2)),))


def test_a_conclusion_blames_something_or_says_that_nothing_is_wrong() -> None:
    with pytest.raises(ValidationError, match="names a cause and whom to blame"):
        lesson(conclude={"anomaly": True})
    with pytest.raises(ValidationError, match="names a cause and whom to blame"):
        lesson(conclude={"anomaly": False, "cause": "image-pull", "blame": AT_FAULT})


def test_strength_grows_with_proof_and_falls_with_failures() -> None:
    words = lesson(judgement=Judgement(how="rubric", parts=WELL))
    assert words.strength == 0.5
    assert lesson(judgement=replayed(3, 3)).strength == 0.875
    assert lesson(judgement=replayed(3, 3), uses=4, successes=1).strength == pytest.approx(8 / 12)


def test_three_of_the_last_five_uses_turn_it() -> None:
    def uses(*good: bool) -> tuple[Use, ...]:
        days = (START + timedelta(days=n) for n in range(len(good)))
        return tuple(
            Use(lesson_id="les-1", incident_id=f"inc-{n}", good=g, at=at)
            for n, (g, at) in enumerate(zip(good, days, strict=True))
        )

    assert turned(uses(False, False)) is None
    assert turned(uses(False, False, True, True, True, False, True)) is None
    told = turned(uses(True, False, True, False, False))
    assert told == "3 of its last 5 incidents speak against it: inc-1, inc-3, inc-4."
