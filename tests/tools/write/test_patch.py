"""The patch between two states is exact both ways and refuses what it was not made for."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.write.patch import Stale, applied, difference

NAMES = st.sampled_from(["a", "b", "c/d", "e~f", "name"])
SCALARS = st.one_of(st.integers(0, 3), st.text("xy", max_size=2), st.booleans())
NAMED = st.lists(st.builds(lambda n, v: {"name": n, "value": v}, st.sampled_from("pqrs"), SCALARS), max_size=4)
VALUES = st.recursive(
    SCALARS | NAMED,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=5)


@given(OBJECTS, OBJECTS)
def test_there_and_back(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert applied(difference(before, after), before) == after
    assert applied(difference(after, before), after) == before


def test_metadata_and_status_are_not_ours() -> None:
    assert difference({"metadata": {"a": 1}, "status": 1, "spec": 1}, {"metadata": {}, "spec": 1}) == []


def test_an_entry_of_a_named_list_is_touched_alone() -> None:
    before = {"env": [{"name": "SECRET", "value": "s"}, {"name": "X", "value": "1"}]}
    after = {"env": [*before["env"], {"name": "Y", "value": "2"}]}
    assert difference(before, after) == [{"op": "add", "path": "/env/2", "value": {"name": "Y", "value": "2"}}]


@pytest.mark.parametrize(
    ("before", "after", "now"),
    [
        ({"a": 1}, {"a": 2}, {"a": 3}),
        ({"a": 1}, {}, {"a": 3}),
        ({}, {"a": 2}, {"a": 3}),
        ({"l": [{"name": "x", "v": 1}]}, {"l": [{"name": "x", "v": 2}]}, {"l": [{"name": "y", "v": 1}]}),
        ({"l": [{"name": "x", "v": 1}]}, {"l": [{"name": "x", "v": 2}]}, {"l": []}),
    ],
    ids=["replaced", "removed", "added", "another entry there", "entry gone"],
)
def test_a_state_that_it_was_not_made_for_is_refused(
    before: dict[str, Any], after: dict[str, Any], now: dict[str, Any]
) -> None:
    with pytest.raises(Stale):
        applied(difference(before, after), now)
