"""Which thumbs count: the last one of a person on a target, unless it was taken back."""

from domain.feedback import Correction, Feedback, Thumb
from domain.journal import Entry, Rated, Step, Trajectory, Unrated
from tests.contract.store.values import NOW, incident

WRONG = Correction(cause="the quota")


def gave(thumb: Thumb, user: str = "U1", target: str = "outcome", correction: Correction | None = None) -> Rated:
    return Rated(
        feedback=Feedback(
            incident_id="inc-1", target=target, user=user, thumb=thumb, correction=correction, at=NOW
        )
    )


def took(thumb: Thumb, user: str = "U1", target: str = "outcome") -> Unrated:
    return Unrated(user=user, target=target, thumb=thumb)


def standing(*steps: Step) -> list[tuple[str, Thumb]]:
    entries = tuple(
        Entry(incident_id="inc-1", seq=n, key=str(n), at=NOW, step=step) for n, step in enumerate(steps, 1)
    )
    return [(f.user, f.thumb) for f in Trajectory(incident=incident(), entries=entries).feedback]


def test_the_last_thumb_of_each_person_on_each_target_counts() -> None:
    steps = (gave(Thumb.UP), gave(Thumb.UP, "U2"), gave(Thumb.DOWN), gave(Thumb.UP, target="step:3"))
    assert standing(*steps) == [("U1", Thumb.DOWN), ("U2", Thumb.UP), ("U1", Thumb.UP)]


def test_a_thumb_that_was_taken_back_is_none_and_one_before_it_stands_again() -> None:
    assert standing(gave(Thumb.UP), took(Thumb.UP)) == []
    assert standing(gave(Thumb.UP), gave(Thumb.DOWN), took(Thumb.DOWN)) == [("U1", Thumb.UP)]
    assert standing(gave(Thumb.UP), gave(Thumb.DOWN), took(Thumb.UP)) == [("U1", Thumb.DOWN)]
    assert standing(gave(Thumb.UP), took(Thumb.UP), gave(Thumb.UP)) == [("U1", Thumb.UP)]


def test_only_the_own_thumb_on_the_same_target_is_taken_back() -> None:
    assert standing(gave(Thumb.UP), took(Thumb.UP, "U2"), took(Thumb.UP, target="step:3")) == [("U1", Thumb.UP)]


def test_a_correction_says_more_than_the_reaction_that_goes() -> None:
    assert standing(gave(Thumb.DOWN, correction=WRONG), took(Thumb.DOWN)) == [("U1", Thumb.DOWN)]
