"""Signals by hand: services in good health with noise, and the ways in which they fall ill."""

from collections.abc import Mapping
from dataclasses import replace

from domain.diagnosis import Hypothesis
from tests.tools.analyzers.build import World, healthy
from tools.analyzers.signals import SIGNAL_ANALYZERS
from tools.analyzers.suspicion import Suspicion
from tools.signals import Course, Delay, Failure, Pod, Queue, Requests, Service, Signals
from tools.snapshot import Snapshot
from tools.triage import triage

NOISE = (0.97, 1.04, 1.0, 0.95, 1.06)
"""How a quiet figure swings."""
MEBI = 2**20


def steady(value: float, now: float | None = None, *, latest: float | None = None) -> Course:
    """A figure around a value; lately at `now`, in the newest window at `latest`."""
    lately = value if now is None else now
    end = lately if latest is None else latest
    return Course((lately * 0.99, end * 1.01), tuple(value * each for each in NOISE))


def requests(rate: float, failing: float = 0.0, *, usually: float = 0.001, now: float | None = None) -> Requests:
    """Requests a second, of which that share fails lately."""
    late = rate if now is None else now
    return Requests(steady(rate, now), steady(rate * usually, late * max(failing, usually)))


def service(
    name: str,
    rate: float = 10.0,
    failing: float = 0.0,
    *,
    now: float | None = None,
    seconds: Course | None = None,
    slowest: Course | None = None,
    routes: Mapping[str, Requests] | None = None,
) -> Service:
    """One service; latencies of 20 ms unless told otherwise."""
    asked = requests(rate, failing, now=now)
    return Service(name, asked, seconds or steady(0.02), slowest or steady(0.05), routes or {})


def signals(
    *services: Service,
    pods: tuple[Pod, ...] = (),
    queues: tuple[Queue, ...] = (),
    failures: tuple[Failure, ...] = (),
    delays: tuple[Delay, ...] = (),
    missing: tuple[str, ...] = (),
) -> Signals:
    """The chain `web` calls `api`, `api` calls `store`, with these instead of the healthy ones."""
    known = {each: service(each) for each in ("web", "api", "store")} | {each.name: each for each in services}
    used = {f"{name}-0": Pod(f"{name}-0", steady(0.1), steady(100 * MEBI)) for name in known}
    used |= {each.name: each for each in pods}
    calls = {"web": frozenset({"api"}), "api": frozenset({"store"})}
    return Signals(120.0, known, used, queues, calls, failures, delays, missing)


def seen(world: World, told: Signals) -> Snapshot:
    """The snapshot of a world with signals."""
    return replace(world.snapshot(), signals=told)


def calm() -> World:
    """The healthy world, its containers up for an hour."""
    world = healthy()
    for pod in world.objects["Pod"]:
        for status in pod["status"].get("containerStatuses", ()):
            status["state"]["running"]["startedAt"] = "2026-03-04T11:00:00Z"
    return world


def suspicions(told: Signals, world: World | None = None) -> list[Suspicion]:
    snapshot = seen(world or calm(), told)
    return [suspicion for analyze in SIGNAL_ANALYZERS for suspicion in analyze(snapshot)]


def first(told: Signals, world: World | None = None) -> Hypothesis:
    """What triage makes of it, alone on its list."""
    (hypothesis,) = triage([seen(world or calm(), told)]).hypotheses
    return hypothesis
