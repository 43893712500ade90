"""The watch after an action: never too early, never too harsh, and in time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from domain.actions import Action, PatchServicePort, RollBack, SwitchFlag
from domain.cluster import Scope
from domain.diagnosis import Cause, Hypothesis
from domain.errors import ClusterUnreachable
from domain.evidence import Artifact
from domain.execution import Improvement, Verification
from tests.tools.analyzers.build import SPACE, World, ago, changed, healthy, ref
from tools.snapshot import Snapshot
from tools.triage import triage
from tools.verify import Case, Watch

API, WEB, STORE = (ref("Deployment", name) for name in ("api", "web", "store"))
BACK = RollBack(target=API, revision=1)
FLAG_FILE = '{"flags":{"slow":{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off"}}}'
Phase = tuple[float, Callable[[], World]]
"""Seconds after the action, and the world from then on."""


class Film:
    """A clock and a cluster that changes with it."""

    def __init__(self, *phases: Phase) -> None:
        self.phases = phases
        self.seconds = 0.0
        self.outages: set[int] = set()
        self.looks = 0

    def now(self) -> datetime:
        return datetime(2026, 3, 4, 12, 0, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    async def take(self, namespace: str) -> tuple[Snapshot, Artifact]:
        self.looks += 1
        if self.looks in self.outages or 0 in self.outages:
            raise ClusterUnreachable("The API server does not answer.")
        world = next(make for since, make in reversed(self.phases) if self.seconds >= since)()
        return world.snapshot(), Artifact.of("snapshot", str(self.looks), self.now())


def sick() -> World:
    world = healthy()
    world.waiting("api-0", "ImagePullBackOff", "not found")
    return world


def rolling() -> World:
    """The new pod is starting, the status still counts the old one."""
    world = healthy()
    world.waiting("api-0", "ContainerCreating")
    world.objects["Deployment"][1]["metadata"]["generation"] = 2
    world.pod("api-0")["metadata"]["creationTimestamp"] = ago(10)
    return world


def before(world: World) -> tuple[Hypothesis, ...]:
    return triage([world.snapshot()]).hypotheses


async def watch(
    film: Film, held: tuple[Hypothesis, ...], action: Action = BACK, timeout: float = 180
) -> Verification:
    case = Case(held, held[0] if held else None, action)
    verification, _ = await Watch(film.take, film, timeout=timeout).run(Scope(namespaces=(SPACE,)), case)
    return verification


async def test_resolved_once_the_symptom_stayed_away_for_the_settle_window() -> None:
    film = Film((0, sick), (6, rolling), (20, healthy))
    verification = await watch(film, before(sick()))
    assert verification.improvement is Improvement.RESOLVED
    assert 30 <= verification.seconds <= 36
    assert verification.remaining == verification.new == ()


async def test_a_workload_that_is_rolling_out_is_neither_resolved_nor_worse() -> None:
    verification = await watch(Film((0, rolling)), before(sick()))
    assert verification.improvement is Improvement.IMPROVED
    assert "has not been taken up yet" in verification.detail
    assert verification.seconds == 180


async def test_a_short_calm_does_not_count() -> None:
    film = Film((0, healthy), (8, sick))
    verification = await watch(film, before(sick()))
    assert verification.improvement is Improvement.UNCHANGED


async def test_unchanged_says_what_is_still_wrong() -> None:
    verification = await watch(Film((0, sick)), before(sick()), timeout=30)
    assert verification.improvement is Improvement.UNCHANGED
    assert verification.remaining == (f"image-pull:{API}",)
    assert "cannot be pulled" in verification.detail
    assert verification.seconds == 30


def with_store_gone() -> World:
    world = sick()
    world.waiting("store-0", "ImagePullBackOff", "not found")
    return world


async def test_worse_when_the_symptom_stays_and_something_healthy_broke() -> None:
    verification = await watch(Film((0, with_store_gone)), before(sick()))
    assert verification.improvement is Improvement.WORSE
    assert verification.new == (f"image-pull:{STORE}",)
    assert "this is new" in verification.detail


def crashing() -> World:
    world = healthy()
    world.crashing("api-0", 2, "Error", "panic: x")
    return world


async def test_the_same_workload_failing_in_another_way_is_not_resolved() -> None:
    verification = await watch(Film((0, crashing)), before(sick()))
    assert verification.improvement is Improvement.UNCHANGED
    assert verification.remaining == (f"crash-loop:{API}",)


async def test_trouble_elsewhere_of_before_does_not_spoil_the_verdict() -> None:
    def other() -> World:
        world = healthy()
        world.waiting("store-0", "ImagePullBackOff", "not found")
        return world

    held = before(with_store_gone())
    treated = next(h for h in held if h.subject == API)
    film = Film((0, other))
    verification, _ = await Watch(film.take, film).run(Scope(namespaces=(SPACE,)), Case(held, treated, BACK))
    assert verification.improvement is Improvement.RESOLVED
    assert verification.remaining == (f"image-pull:{STORE}",)


PORT = PatchServicePort(target=ref("Service", "store"), port=6379, target_port=6379)


def misdirected(lines: int = 3) -> World:
    world = healthy()
    service = next(s for s in world.objects["Service"] if s["metadata"]["name"] == "store")
    service["spec"]["ports"] = [{"port": 6379, "targetPort": 6380}]
    world.says("api-0", *complaints(lines))
    return world


def complaints(count: int) -> list[str]:
    return [f"ERROR attempt {n}: store:6379: connection refused" for n in range(count)]


def redirected(lines: int = 3) -> World:
    world = healthy()
    world.says("api-0", *complaints(lines), "INFO store:6379 is back")
    return world


async def test_complaints_of_before_the_action_do_not_count_against_it() -> None:
    verification = await watch(Film((0, redirected)), before(misdirected()), PORT)
    assert verification.improvement is Improvement.RESOLVED
    assert verification.seconds < 20


async def test_complaints_after_the_action_do_count() -> None:
    film = Film(*((float(at), lambda at=at: redirected(3 + at)) for at in range(0, 200, 10)))
    verification = await watch(film, before(misdirected()), PORT)
    assert verification.improvement is not Improvement.RESOLVED


async def test_a_look_that_fails_is_tried_again() -> None:
    film = Film((0, healthy))
    film.outages = {1, 2}
    verification = await watch(film, before(sick()))
    assert verification.improvement is Improvement.RESOLVED


async def test_a_cluster_that_never_answers_is_an_error_and_no_verdict() -> None:
    film = Film((0, healthy))
    film.outages = {0}
    with pytest.raises(ClusterUnreachable):
        await watch(film, before(sick()), timeout=20)


async def test_a_person_s_own_action_is_watched_against_everything_of_before() -> None:
    film = Film((0, healthy))
    case = Case(before(sick()), None, BACK)
    verification, seen = await Watch(film.take, film).run(Scope(namespaces=(SPACE,)), case)
    assert verification.improvement is Improvement.RESOLVED
    assert seen.artifacts


def unread(seconds: float) -> World:
    """Flags were switched that long ago, and the program that serves them copies them at its start."""
    world = healthy()
    config = world.add("ConfigMap", "flags", {"data": {"flags.json": FLAG_FILE}})
    changed(config, seconds)
    init = [{"name": "copy", "volumeMounts": [{"name": "file", "mountPath": "/in"}]}]
    volumes = [{"name": "file", "configMap": {"name": "flags"}}]
    world.deploy("flagd", spec={"volumes": volumes, "initContainers": init})
    world.status("flagd-0")["state"] = {"running": {"startedAt": ago(3600)}}
    return world


async def test_a_new_value_that_waits_for_a_restart_is_not_watched_to_the_end() -> None:
    held = Hypothesis(
        cause=Cause.FEATURE_FLAG, subject=ref("Deployment", "store"), statement="On.", confidence=0.9
    )
    action = SwitchFlag(target=ref("ConfigMap", "flags"), key="flags.json", flag="slow", variant="off")
    verification = await watch(Film((0, lambda: unread(5))), (held,), action)
    assert verification.improvement is Improvement.IMPROVED
    assert verification.seconds < 30
