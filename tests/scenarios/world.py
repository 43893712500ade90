"""One live cluster with the shop in it, which falls ill and gets well again as a test needs it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from app.rbac import manifests
from lab.cluster.clock import VirtualClock
from lab.cluster.users import ADMIN
from lab.demo import Demo, bring_up
from lab.operations import Operation, Scale, SetImage

GOOD = "registry.example.com/shop/checkout:3.1.0"
BAD = "registry.example.com/shop/checkout:3.2.0"
REPLICAS = 2
ILL_SECONDS = 45.0
"""After so long the new version has crashed a few times."""
WELL_SECONDS = 60.0
QUIET_SECONDS = 400.0
"""Complaints in logs count for five minutes; a shop that is well has been so for longer."""
_TICK = 0.05


@dataclass(frozen=True)
class ClusterClock:
    """The cluster's clock for the whole bot, so that both hurry together."""

    clock: VirtualClock

    def now(self) -> datetime:
        return self.clock.now_utc()

    def monotonic(self) -> float:
        return self.clock.now()

    async def sleep(self, seconds: float) -> None:
        until = self.clock.now() + seconds
        while (left := until - self.clock.now()) > 0:  # noqa: ASYNC110 - the speed may change meanwhile
            await asyncio.sleep(min(_TICK, left / (self.clock.speed or 1.0)))


@dataclass
class World:
    """The cluster of all scenarios of a session; a test counts effects from where it began."""

    demo: Demo
    counted: int = 0
    """Audit events of earlier tests."""

    @classmethod
    def up(cls) -> "World":
        demo = bring_up()
        demo.cluster.apply(manifests())
        return cls(demo)

    @property
    def clock(self) -> ClusterClock:
        return ClusterClock(self.demo.cluster.clock)

    def begin(self, ill: bool) -> None:
        """A shop that is well, or whose checkout crashes; effects are counted from now on."""
        self.run(
            SetImage(target="Deployment/checkout", container="checkout", image=GOOD),
            Scale(target="Deployment/checkout", replicas=REPLICAS),
        )
        self._until(WELL_SECONDS, lambda: not self.demo.symptoms())
        if ill:
            self.run(
                SetImage(target="Deployment/checkout", container="checkout", image=BAD, by="argocd-controller")
            )
            self.demo.cluster.advance(ILL_SECONDS)
            assert self.demo.symptoms()
        else:
            self.demo.cluster.advance(QUIET_SECONDS)
        self.counted = len(self.demo.cluster.audit)

    def run(self, *operations: Operation) -> None:
        """What somebody other than AOI does to the cluster."""
        for operation in operations:
            self.demo.stage.hands.perform(operation)

    def effects(self, since: int | None = None) -> list[str]:
        """What AOI's writer has changed since the test began, or that event, by the cluster's own audit list."""
        since = self.counted if since is None else since
        return [
            f"{event.verb} {event.resource} {event.namespace}/{event.name}"
            for event in self.demo.cluster.audit[since:]
            if event.user != ADMIN and not event.dry_run and 200 <= event.code < 300
            and event.resource != "selfsubjectaccessreviews.authorization.k8s.io"
        ]  # fmt: skip

    @contextmanager
    def hurried(self, speed: float = 20.0) -> Iterator[None]:
        """Let time run: rollouts and the watch after an action take minutes."""
        clock = self.demo.cluster.clock
        clock.run(speed)
        try:
            yield
        finally:
            clock.run(1.0)

    def image(self) -> str:
        """What checkout runs."""
        deployment = self.demo.cluster.store.require("Deployment", "shop", "checkout")
        return str(deployment["spec"]["template"]["spec"]["containers"][0]["image"])

    def _until(self, seconds: float, holds: Callable[[], bool]) -> None:
        for _ in range(int(seconds / 5)):
            if holds():
                return
            self.demo.cluster.advance(5)
        assert holds(), f"the shop is not well: {self.demo.symptoms()}"
