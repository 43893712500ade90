"""Programs that are not what their workload is for, addresses that come with an image, and volumes left behind."""

import pytest

from domain.actions import ReleaseVolume, RollBack, SetCommand
from domain.cluster import Ref
from domain.diagnosis import Cause
from tests.tools.analyzers.build import World, healthy, ref, texts
from tools.analyzers import claims, released_volume, wrong_address, wrong_program

IMAGE = "registry.example.com/travel:7"


def family(**wrong: list[str]) -> World:
    """Five workloads of one image, each of which runs the program of its own name."""
    world = healthy()
    for number, name in enumerate(("rooms", "rates", "guests", "search", "places")):
        command = wrong.get(name, [f"/go/bin/{name}", "--verbose"])
        world.deploy(name, image=IMAGE, command=command, ports=[{"containerPort": 8081 + number}])
    return world


def test_a_siblings_program_is_put_right() -> None:
    world = family(guests=["/go/bin/rooms", "--verbose"])
    [found] = world.run(wrong_program.analyze)
    guests = ref("Deployment", "guests")
    assert (found.hypothesis.cause, found.hypothesis.subject) == (Cause.BAD_COMMAND, guests)
    command = ("/go/bin/guests", "--verbose")
    assert found.hypothesis.actions == (SetCommand(target=guests, container="guests", command=command),)
    assert "meant to listen on 8083; that program uses 8081" in texts([found])


def test_the_rule_may_be_that_of_a_label() -> None:
    world = healthy()
    for name in ("rooms", "rates", "guests", "search"):
        program = "rooms" if name == "guests" else name
        world.deploy(f"demo-{name}", image=IMAGE, command=[program], labels={"app": f"demo-{name}", "part": name})
    [found] = world.run(wrong_program.analyze)
    guests = ref("Deployment", "demo-guests")
    assert found.hypothesis.actions == (SetCommand(target=guests, container="demo-guests", command=("guests",)),)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"guests": ["/go/bin/worker"]},
        {"guests": ["/go/bin/rooms"], "rates": ["/go/bin/rooms"]},
    ],
    ids=["each its own", "a program of nobody's name", "no rule that all others follow"],
)
def test_no_rule_no_suspicion(wrong: dict[str, list[str]]) -> None:
    assert family(**wrong).run(wrong_program.analyze) == []


def released(port: int) -> World:
    """`api` was released with an address of its own, and crashes."""
    world = healthy()
    world.service("ledger", 27017, 27017)
    world.deploy("ledger", image="mongo:4.4.6", ports=[{"containerPort": 27017}])
    world.deploy("books", image="r/books:2", before={"container": {"image": "r/books:1"}})
    lines = (
        f"2026-03-04T11:59:40Z INF main.go:33 > Read database URL: ledger:{port}",
        "2026-03-04T11:59:50Z PNC db.go:26 > no reachable servers",
        "panic: no reachable servers",
        "goroutine 1 [running]:",
        "main.connect(ledger:1)",
    )
    world.crashing("books-0", 2, "Error", *lines)
    return world


def test_an_address_that_came_with_the_image_is_rolled_back() -> None:
    [found] = released(27777).run(wrong_address.analyze)
    books = ref("Deployment", "books")
    assert (found.hypothesis.cause, found.hypothesis.subject) == (Cause.BAD_ENVIRONMENT, books)
    assert found.hypothesis.actions == (RollBack(target=books, revision=1),)
    assert "ledger:27777" in found.hypothesis.statement


def test_the_right_address_of_a_server_that_is_down_is_no_fault_of_the_client() -> None:
    assert released(27017).run(wrong_address.analyze) == []


VOLUME = Ref(kind="PersistentVolume", name="orders-volume")
CLAIM = ref("PersistentVolumeClaim", "orders")


def left_behind(policy: str = "Retain", phase: str = "Released") -> World:
    """The claim of `ledger` was deleted and made anew; its volume still refers to the first one."""
    world = healthy()
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "orders"}}]
    world.deploy("ledger", spec={"volumes": volumes})
    world.unscheduled("ledger-0", "pod has unbound immediate PersistentVolumeClaims")
    claim = world.add("PersistentVolumeClaim", "orders", {"status": {"phase": "Pending"}}, made=60)
    claim["metadata"]["uid"] = "second"
    reference = {"namespace": "prod", "name": "orders", "uid": "first"}
    spec = {"persistentVolumeReclaimPolicy": policy, "claimRef": reference, "storageClassName": "manual"}
    world.add("PersistentVolume", "orders-volume", {"spec": spec, "status": {"phase": phase}})
    return world


def test_a_volume_left_behind_is_released_for_the_claim_that_waits() -> None:
    world = left_behind()
    [found] = world.run(released_volume.analyze)
    assert (found.hypothesis.cause, found.hypothesis.subject) == (
        Cause.VOLUME_CLAIM_PENDING,
        ref("Deployment", "ledger"),
    )
    assert found.hypothesis.actions == (ReleaseVolume(target=VOLUME, claim=CLAIM),)
    said = "The scheduler finds no node: pod has unbound immediate PersistentVolumeClaims."
    assert said in [finding.text for finding in found.findings]
    assert world.run(claims.analyze_pending) == []


def test_a_volume_that_is_to_be_deleted_is_not_let_go() -> None:
    [found] = left_behind(policy="Delete").run(released_volume.analyze)
    assert found.hypothesis.actions == ()


def test_a_volume_that_is_bound_belongs_to_somebody() -> None:
    assert left_behind(phase="Bound").run(released_volume.analyze) == []
