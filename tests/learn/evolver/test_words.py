"""What people's words are taken for."""

import pytest

from domain.diagnosis import Cause
from learn.evolver.words import actions_in, causes_in, says_harmless


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Restarting the pods of api", ["restart"]),
        ("I restarted it twice", ["restart"]),
        ("rolled checkout back", ["roll_back"]),
        ("Rolling back helped", ["roll_back"]),
        ("scaled it to 4 replicas", ["scale", "scale"]),
        ("we bounced it", ["restart"]),
        ("raised the readiness timeout", ["patch_probe"]),
        ("no restart was needed", []),
        ("scaled it rather than restart it", ["scale"]),
        ("uncordoned the node", ["uncordon"]),
        ("waited", []),
    ],
)
def test_verbs_count_in_all_their_forms_unless_denied(text: str, kinds: list[str]) -> None:
    assert [mention.what for mention in actions_in(text)] == kinds


@pytest.mark.parametrize(
    ("text", "causes"),
    [
        ("It leaks memory, not a bug", [Cause.MEMORY_LEAK]),
        ("the memory limit was too low", [Cause.OUT_OF_MEMORY]),
        ("a bad release with a memory leak", [Cause.CRASH_LOOP, Cause.MEMORY_LEAK]),
        ("OOM because of a wrong value", [Cause.OUT_OF_MEMORY, Cause.BAD_ENVIRONMENT]),
        ("somebody cordoned it", [Cause.NODE_CORDONED]),
        ("I have no idea", []),
    ],
)
def test_causes_in_their_order(text: str, causes: list[Cause]) -> None:
    assert list(causes_in(text)) == causes


def test_harmless() -> None:
    assert says_harmless("Nothing was wrong, it is a test.")
    assert says_harmless("It fails ON PURPOSE.")
    assert not says_harmless("That was not expected.")
    assert not says_harmless("The disk was full.")
