"""Memory that grows: towards its limit, over hours, and until the container is killed."""

import pytest

from domain.diagnosis import Cause
from tests.tools.analyzers.build import World, ago, ref
from tests.tools.analyzers.signs import MEBI, calm, first, signals, steady, suspicions
from tools.signals import Course, Pod

API = ref("Deployment", "api")


def test_memory_that_grows_towards_its_limit_is_a_leak() -> None:
    world = calm()
    limited(world, "500Mi")
    leak = Pod("api-0", steady(0.1), Course((150 * MEBI, 240 * MEBI), (60 * MEBI,) * 5))
    hypothesis = first(signals(pods=(leak,)), world)
    assert (hypothesis.cause, hypothesis.subject) == (Cause.MEMORY_LEAK, API)
    assert "grew from 60 to 240 MiB" in hypothesis.statement
    assert "in about 6 min" in hypothesis.statement
    crawling = Pod("api-0", steady(0.1), Course((239 * MEBI, 240 * MEBI), (60 * MEBI,) * 5))
    assert suspicions(signals(pods=(crawling,)), world) == []


def test_memory_that_grew_until_the_container_was_killed_is_a_leak_until_long_after() -> None:
    world = calm()
    world.status("api-0").update(restartCount=1, state={"running": {"startedAt": ago(90)}})
    world.status("api-0")["lastState"] = {"terminated": {"reason": "OOMKilled", "finishedAt": ago(95)}}
    sawtooth = Pod("api-0", steady(0.1), Course((420 * MEBI, 90 * MEBI), (60 * MEBI,) * 4 + (330 * MEBI,)))
    hypothesis = first(signals(pods=(sawtooth,)), world)
    assert (hypothesis.cause, hypothesis.subject) == (Cause.MEMORY_LEAK, API)
    assert "grew from 60 to 420 MiB, until it was killed" in hypothesis.statement
    world.status("api-0")["lastState"]["terminated"]["finishedAt"] = ago(7200)
    assert suspicions(signals(pods=(sawtooth,)), world) == []


def limited(world: World, memory: str) -> None:
    for kind in ("Deployment", "Pod"):
        for obj in world.objects[kind]:
            if obj["metadata"]["name"].startswith("api"):
                spec = obj["spec"]["template"]["spec"] if kind == "Deployment" else obj["spec"]
                spec["containers"][0]["resources"] = {"limits": {"memory": memory}}


def test_a_leak_of_hours_is_told_by_the_growth_before_and_after_its_kill_and_taken_back() -> None:
    world = calm()
    world.status("api-0").update(restartCount=1, state={"running": {"startedAt": ago(1900)}})
    world.status("api-0")["lastState"] = {"terminated": {"reason": "OOMKilled", "finishedAt": ago(1905)}}
    values = [each * MEBI for each in (211, 238, 256, 88, 115, 111, 120)]
    told = Pod("api-0", steady(0.1), Course(tuple(values[5:]), tuple(values[:5])))
    hypothesis = first(signals(pods=(told,)), world)
    assert (hypothesis.cause, hypothesis.subject) == (Cause.MEMORY_LEAK, API)
    assert "from 211 to 256 MiB and from 88 to 120 MiB" in hypothesis.statement
    rested = Pod("api-0", steady(0.1), Course((90 * MEBI, 91 * MEBI), (*values[:4], 90 * MEBI)))
    assert suspicions(signals(pods=(rested,)), world) == []


@pytest.mark.parametrize(
    ("grows", "leaks"),
    [
        ((150, 165, 181, 193, 211, 217, 220), True),
        ((150, 190, 205, 211, 212, 213, 214), False),
        ((150, 165, 140, 193, 160, 217, 190), False),
        ((180, 184, 187, 191, 196, 199, 203), False),
    ],
    ids=["steady", "a cache that fills and rests", "up and down", "little"],
)
def test_a_steady_growth_over_the_hour_is_a_leak_before_anything_is_killed(
    grows: tuple[int, ...], leaks: bool
) -> None:
    world = calm()
    limited(world, "300Mi")
    values = tuple(each * MEBI for each in grows)
    told = suspicions(signals(pods=(Pod("api-0", steady(0.1), Course(values[5:], values[:5])),)), world)
    assert [each.hypothesis.cause for each in told] == ([Cause.MEMORY_LEAK] if leaks else [])
