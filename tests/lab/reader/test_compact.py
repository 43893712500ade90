"""The readers of the compact form."""

import json
import random
from collections import Counter

from lab.reader.compact import careful, mediocre

CASE = """<data-1>
| Question: "q"
| Suspicions:
| s1 0.95: image-pull at Deployment web: "x"
| s1.r1{fate}: roll Deployment web back to revision 3
| s2 0.40: crash-loop at Deployment api: "y"
| s2.r1: restart Deployment api
</data-1>
Possible: {possible}
Decision:
"""
OPEN = "look s1, look again, repair s1.r1, repair s2.r1, conclude s1, conclude s2, conclude nothing"


def decided(possible: str, fate: str = "") -> str:
    return str(json.loads(careful(CASE.format(possible=possible, fate=fate)))["decide"])


def test_the_careful_reader_repairs_first_and_then_concludes() -> None:
    assert decided(OPEN) == "repair s1.r1"
    assert decided("look s1, conclude s1, conclude s2, conclude nothing") == "conclude s1"
    assert decided("look again, undo") == "undo"
    assert decided("repair s2.r1, conclude s1, conclude s2, conclude nothing", " (resolved)") == "conclude s1"


def test_an_operator_is_right_by_habit_or_by_chance() -> None:
    chance = random.Random(1)
    drawn = Counter(
        json.loads(mediocre(CASE.format(possible=OPEN, fate=""), chance))["decide"] for _ in range(2_000)
    )
    assert set(drawn) == set(OPEN.split(", "))
    assert 0.38 < drawn["conclude nothing"] / 2_000 < 0.50
    assert 0.28 < drawn["repair s1.r1"] / 2_000 < 0.40
