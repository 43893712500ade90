"""The world repeats itself exactly, comes to rest, and is quick."""

import time

import pytest

from tests.lab.cluster.small import Small, deployment, service, thing


def busy(seed: int) -> Small:
    small = Small(seed=seed)
    small.put(service("db", 6379), deployment("db", "redis:7", port=6379))
    env = [{"name": "DB_ADDR", "value": "db:6379"}]
    small.after(60, deployment("web", "lab/api:1", replicas=3, env=env), deployment("bad", "lab/broken:1"))
    small.after(60, service("db", 6379, 1), deployment("gone", "lab/api:9"))
    return small.after(300, service("db", 6379, 6379), deployment("web", replicas=2))


def everything(small: Small) -> list[object]:
    kinds = ("Pod", "ReplicaSet", "Deployment", "Service", "Endpoints", "EndpointSlice", "Event", "Node", "Secret")
    return [small.store.list(kind) for kind in kinds]


def test_equal_seeds_give_equal_worlds_and_logs() -> None:
    one, two = busy(3), busy(3)
    assert everything(one) == everything(two)
    assert one.log("bad") == two.log("bad")
    assert one.world.usage(one.pods("web")[0]) == two.world.usage(two.pods("web")[0])


def test_another_seed_gives_another_world() -> None:
    assert everything(busy(3)) != everything(busy(4))


def test_one_leap_and_many_steps_arrive_at_the_same_world() -> None:
    leap, steps = Small(), Small()
    for small in (leap, steps):
        small.put(deployment("web", replicas=2), deployment("bad", "lab/broken:1"))
    leap.world.advance(300)
    for _ in range(300):
        steps.world.advance(1)
    assert everything(leap) == everything(steps)


def test_reading_a_log_does_not_disturb_the_world() -> None:
    quiet, watched = Small(), Small()
    for small in (quiet, watched):
        small.after(20, deployment("web"))
    for _ in range(50):
        watched.log("web")
    for small in (quiet, watched):
        small.after(100, deployment("bad", "lab/broken:1"))
    assert everything(quiet) == everything(watched)


def test_the_next_timer_is_known() -> None:
    small = Small().after(10, deployment("bad", "lab/broken:1"))
    due = small.world.next_due()
    assert due is not None
    assert small.clock.now() < due <= small.clock.now() + 15


@pytest.mark.parametrize("version", ["1.30", "1.33", "1.35"])
def test_each_version_speaks_its_own_words(version: str) -> None:
    small = Small(version=version).after(10, deployment("web"))
    created = {"1.30": "Created container main", "1.33": "Created container: main", "1.35": "Container created"}
    assert f"Created: {created[version]}" in small.events("web-")


def test_an_hour_of_sixteen_crash_loops_is_quick() -> None:
    small = Small()
    small.put(*(deployment(f"bad{number}", "lab/broken:1") for number in range(16)))
    before = time.process_time()
    small.world.advance(3600)
    assert time.process_time() - before < 2


def test_four_hundred_replicas_settle_quickly() -> None:
    small = Small(nodes=5)
    before = time.process_time()
    small.after(30, deployment("web", replicas=400), thing("ConfigMap", "other"))
    assert time.process_time() - before < 1.5
    assert small.get("Deployment", "web")["status"]["availableReplicas"] == 400
