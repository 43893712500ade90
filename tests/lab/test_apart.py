"""What runs apart leaves nothing behind but its answer."""

import pytest

from domain.errors import BadInput
from lab.apart import apart


def test_changes_stay_in_the_copy_and_the_answer_comes_back() -> None:
    world = {"replicas": 2}

    def damage() -> dict[str, int]:
        world["replicas"] = 0
        return world

    assert apart(damage) == {"replicas": 0}
    assert world == {"replicas": 2}


def test_an_error_comes_back_as_itself() -> None:
    def fail() -> None:
        raise BadInput("the scenario is wrong")

    with pytest.raises(BadInput, match="the scenario is wrong"):
        apart(fail)
