"""The demo's incident breaks the shop at once and heals within seconds of the roll back, on a live clock."""

from collections.abc import Iterator

import pytest

from lab.cluster.clock import wall_start
from lab.demo import DEFAULT_SCENARIO, Demo, bring_up
from lab.suite import load_suite


@pytest.fixture
def demo() -> Iterator[Demo]:
    brought = bring_up()
    yield brought
    brought.stop()


def test_the_shop_is_healthy_and_old_and_the_incident_ends_at_the_walls_time(demo: Demo) -> None:
    assert not demo.symptoms()
    now = demo.cluster.clock.now()
    created = demo.cluster.store.require("Deployment", "shop", "checkout")["metadata"]["creationTimestamp"]
    assert now - demo.cluster.clock.parse(created) > 3600
    demo.strike()
    assert demo.cluster.clock.speed == 1.0
    assert abs(wall_start().timestamp() - demo.cluster.clock.now()) < 10


def test_the_fault_is_felt_when_it_is_asked_about_and_healed_in_fifteen_seconds(demo: Demo) -> None:
    demo.strike()
    assert demo.symptoms()
    demo.stage.repair(demo.scenario.fix)
    demo.cluster.advance(15)
    assert not demo.symptoms()


def test_the_default_incident_is_one_that_a_click_can_mend() -> None:
    scenario = load_suite("basics").matching(DEFAULT_SCENARIO).tasks[0].drillable.scenario
    assert [operation.op for operation in scenario.fix] == ["roll_back"]
