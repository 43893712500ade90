"""Labels that disagree are resolved by the written rule, and nobody has more influence than its bounds."""

from datetime import timedelta

from learn.signals.labels import SIGNS, Label, Sign, Source
from learn.signals.verdict import IN_A_DAY, IN_A_RUN, bounded, judged
from tests.fakes import START

HOUR = timedelta(hours=1)


def label(
    sign: Sign, worth: float, by: str = "", hours: float = 0, episode: str = "inc-1", step: int | None = None
) -> Label:
    source, weight = SIGNS[sign]
    at = START + hours * HOUR
    return Label(
        episode=episode, step=step, sign=sign, source=source, by=by, worth=worth, weight=weight, at=at
    )  # fmt: skip


def came_to(*labels: Label) -> tuple[float, Source, bool] | None:
    found = judged(labels)
    return (found.worth, found.source, found.conflict) if found else None


def test_without_labels_nothing_is_decided() -> None:
    assert judged([]) is None


def test_the_lab_outweighs_the_world_and_the_world_outweighs_people() -> None:
    crowd = [label(Sign.CORRECTED, -1, f"U{n}") for n in range(9)]
    assert came_to(label(Sign.VERIFIED, 1), *crowd) == (1, Source.WORLD, True)
    assert came_to(label(Sign.GRADED, -1), label(Sign.VERIFIED, 1), *crowd) == (-1, Source.LAB, True)
    found = judged([label(Sign.VERIFIED, 1), *crowd])
    assert found is not None
    assert len(found.labels) == 10, "what was outvoted is kept"


def test_of_the_world_the_later_look_counts() -> None:
    assert came_to(label(Sign.VERIFIED, 1), label(Sign.CAME_BACK, -1, hours=9)) == (-1, Source.WORLD, True)
    assert came_to(label(Sign.UNDONE, -1, hours=2), label(Sign.VERIFIED, 1, hours=1)) == (-1, Source.WORLD, True)


def test_people_are_added_by_weight_and_where_they_balance_nothing_is_decided() -> None:
    up, down = label(Sign.THUMB, 1, "U1"), label(Sign.THUMB, -1, "U2")
    assert came_to(up) == (1, Source.PERSON, False)
    assert came_to(up, down) is None
    found = came_to(up, down, label(Sign.CORRECTED, -1, "U3"))
    assert found is not None
    assert found[0] < 0
    assert found[2]


def test_the_last_word_of_a_person_replaces_an_earlier_one() -> None:
    """Who approved a change and then gave a thumb down thinks ill of it."""
    assert came_to(label(Sign.APPROVED, 1, "U1"), label(Sign.THUMB, -1, "U1", hours=1)) == (
        -1, Source.PERSON, True,
    )  # fmt: skip
    assert came_to(label(Sign.THUMB, -1, "U1", hours=2), label(Sign.APPROVED, 1, "U1", hours=1)) == (
        -1, Source.PERSON, True,
    )  # fmt: skip


def test_agreement_weighs_more_than_one_voice_and_dissent_less() -> None:
    def weight(*labels: Label) -> float:
        found = judged(labels)
        return found.weight if found else 0.0

    one = weight(label(Sign.THUMB, 1, "U1"))
    two = weight(label(Sign.THUMB, 1, "U1"), label(Sign.THUMB, 1, "U2"))
    split = weight(label(Sign.THUMB, 1, "U1"), label(Sign.THUMB, 1, "U2"), label(Sign.THUMB, -1, "U3"))
    assert 0 < split <= one < two <= 1


def test_five_hundred_thumbs_of_one_person_weigh_no_more_than_ten() -> None:
    flood = [label(Sign.THUMB, -1, "U666", episode=f"inc-{n}") for n in range(500)]
    honest = [label(Sign.THUMB, 1, "U1", episode=f"inc-{n}") for n in range(5)]
    kept = bounded([*flood, *honest])
    assert abs(sum(one.weight for one in kept if one.by == "U666") - IN_A_DAY) < 1e-9
    assert [one for one in kept if one.by == "U1"] == honest
    for n in range(5):
        found = judged([one for one in kept if one.episode == f"inc-{n}"])
        assert found is not None
        assert found.good, "one honest thumb outweighs the flood on its run"


def test_one_person_weighs_no_more_in_a_run_than_its_bound() -> None:
    """A thumb on each of fifty steps of one run."""
    flood = [label(Sign.THUMB, -1, "U666", step=step) for step in range(50)]
    assert abs(sum(one.weight for one in bounded(flood)) - IN_A_RUN) < 1e-9


def test_a_new_day_has_its_own_bound_and_the_world_has_none() -> None:
    days = [label(Sign.THUMB, 1, "U1", 24 * day, f"inc-{day}-{n}") for day in (0, 1) for n in range(10)]
    assert bounded(days) == tuple(days)
    seen = [label(Sign.VERIFIED, 1, episode="inc-1") for _ in range(50)]
    assert bounded(seen) == tuple(seen)
