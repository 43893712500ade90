"""`python -m tests.bench.lab`: what the lab costs, as a table and as build/bench/lab.json.

Costs are CPU seconds of a process of its own, which a busy machine changes little; runs a second are by the wall.
"""

import math
import os
import resource
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from app.lab_pool import Job, all_runs
from lab.apart import apart
from lab.applications import APPS, Drillable, load_application
from lab.cluster.scripted import PREFIX
from lab.cluster.server import Cluster
from lab.operations import Patch
from lab.scenario import Scenario, Truth
from lab.stage import Stage
from lab.suite import load_suite
from lab.view import is_available
from tests.bench.crowd import crowd
from tests.bench.report import Measure, publish

SUITE: Final = "aiopslab-86"
EPOCHS: Final = 5
APPLICATIONS: Final = ("hotel-reservation", "social-network", "astronomy-shop")
CRASHING: Final = "Deployment/user-service"
SIZES: Final = (50, 500, 5_000)
PODS_PER_NODE: Final = 50
HOUR, MINUTE = 3600.0, 60.0


def settling() -> Iterator[Measure]:
    """Each application from nothing to settled and healthy, and the memory of the process that did it."""
    for name in APPLICATIONS:
        seconds, mib = apart(partial(_costs, partial(_set, name)))
        yield Measure(f"settle {name}", seconds, "s", target=2.0)
        yield Measure(f"memory with {name}", mib, "MiB", target=400)


def crash_loop() -> Iterator[Measure]:
    """One virtual hour of the social network in which one container crashes over and over."""
    seconds, mib = apart(_hour)
    yield Measure("an hour with a crash loop", seconds, "s", target=3.0, note="social-network")
    yield Measure("memory after that hour", mib, "MiB", target=400)


def growth() -> Iterator[Measure]:
    """Pods from nothing to ready, and two quiet minutes; the exponent is the slope in a log-log plot."""
    costs = []
    for pods in SIZES:
        seconds, mib = apart(partial(_costs, partial(_crowded, pods)))
        costs.append(seconds)
        yield Measure(f"{pods} pods", seconds, "s", note=f"{mib:.0f} MiB")
    yield Measure("growth exponent", _slope(SIZES, costs), "", note="1 is linear")


def suite() -> Iterator[Measure]:
    """The whole benchmark, as `aoi lab run` does it."""
    workers, chosen = os.cpu_count() or 1, load_suite(SUITE)
    jobs = [Job(SUITE, task.id, "playbook", epoch, False) for task in chosen.tasks for epoch in range(EPOCHS)]
    before, started = _children(), time.monotonic()
    runs = len(list(all_runs(chosen, jobs, workers)))
    wall, cpu = time.monotonic() - started, _children() - before
    yield Measure(f"{SUITE}, {EPOCHS} epochs", wall, "s", runs, target=180.0, note=f"{workers} workers")
    yield Measure("runs per second", runs / wall, "/s", runs)
    yield Measure("CPU per run", cpu / runs, "s", runs)


def _set(name: str) -> Stage:
    scenario = Scenario(name=name, title=name, app=name, question="Is all well?", truth=Truth(anomaly=False))
    stage = Stage.set(Drillable(scenario, load_application(APPS / name)), seed=1)
    assert all(is_available(each) for each in stage.cluster.store.list("Deployment")), name
    return stage


def _hour() -> tuple[float, float]:
    stage = _set("social-network")
    notes = {"metadata": {"annotations": {f"{PREFIX}exit-code": "1"}}}
    stage.repair([Patch(at=0, target=CRASHING, body={"spec": {"template": notes}})])
    costs = _costs(lambda: stage.cluster.advance(HOUR))
    restarts = [
        status["restartCount"]
        for pod in stage.cluster.store.list("Pod")
        for status in pod["status"].get("containerStatuses") or ()
    ]
    assert max(restarts) > 10, "it crashes"
    return costs


def _crowded(pods: int) -> None:
    cluster = Cluster(nodes=pods // PODS_PER_NODE)
    cluster.apply(crowd(pods))
    cluster.advance(2 * MINUTE)
    assert sum(is_available(each) for each in cluster.store.list("Deployment")) * 10 == pods


def _costs(work: Callable[[], object]) -> tuple[float, float]:
    """CPU seconds of the work, and the most memory that this process has had, in MiB."""
    started = time.process_time()
    work()
    spent = time.process_time() - started
    return spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _slope(sizes: tuple[int, ...], costs: list[float]) -> float:
    """Least squares through the logarithms."""
    xs, ys = [math.log(size) for size in sizes], [math.log(cost) for cost in costs]
    x0, y0 = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((x - x0) * (y - y0) for x, y in zip(xs, ys, strict=True)) / sum((x - x0) ** 2 for x in xs)


if __name__ == "__main__":
    publish("lab", [*settling(), *crash_loop(), *growth(), *suite()])
