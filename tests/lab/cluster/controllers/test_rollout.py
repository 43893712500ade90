"""The arithmetic of a rolling update keeps its limits whatever the state."""

from hypothesis import given
from hypothesis import strategies as st

from lab.cluster.controllers.rollout import SetState, limits, new_size, old_sizes, proportional


def test_percentages_round_surge_up_and_unavailability_down() -> None:
    found = limits(5, "25%", "25%")
    assert (found.surge, found.unavailable, found.least_available) == (2, 1, 4)


def test_one_may_be_missing_when_both_limits_come_to_nothing() -> None:
    assert limits(3, 0, "10%").unavailable == 1


@given(
    replicas=st.integers(0, 50),
    surge=st.integers(0, 10),
    missing=st.integers(0, 10),
    new=st.integers(0, 60),
    new_ready=st.integers(0, 60),
    old=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=4),
)
def test_no_step_breaks_the_limits(
    replicas: int, surge: int, missing: int, new: int, new_ready: int, old: list[tuple[int, int]]
) -> None:
    limit = limits(replicas, surge, missing)
    state = SetState("new", new, min(new, new_ready))
    states = [SetState(f"old{n}", size, min(size, ready)) for n, (size, ready) in enumerate(old)]
    grown = new_size(limit, state, states)
    if grown > new:
        assert grown + sum(each.wanted for each in states) <= replicas + limit.surge
    sizes = old_sizes(limit, state, states, state.wanted - state.available)
    ready_before = state.available + sum(each.available for each in states)
    # Unready pods go first, so what stays of a set stays available as far as it was.
    ready_after = state.available + sum(min(each.available, sizes.get(each.name, each.wanted)) for each in states)
    assert ready_after >= min(limit.least_available, ready_before)
    assert all(0 <= size <= 40 for size in sizes.values())


@given(st.lists(st.integers(1, 30), min_size=2, max_size=5), st.integers(1, 60))
def test_a_proportional_scale_gives_away_exactly_the_difference(sizes: list[int], replicas: int) -> None:
    limit = limits(replicas, 1, 0)
    states = [SetState(str(number), size, size) for number, size in enumerate(sizes)]
    found = proportional(limit, states)
    if found:
        assert sum(found.values()) >= replicas
        assert all(size >= 0 for size in found.values())
