"""The faults. Each function is one fault at all its points; the points of a kill are those that a trace finds."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tests.faults.awaits import ENGINES
from tests.faults.gate import Moment, Trouble
from tests.faults.lane import Case, Lane

TRACES = 2
"""Runs that are watched; what one of them passes is a point."""
POLLING = 8
"""An await that is passed more often is a poll, whose number is chance."""
LATE_SECONDS = 0.5
TIMES = 4


Told = tuple[Trouble, Moment, bool]
TROUBLES: tuple[Trouble, ...] = (409, 429, 500, "timeout")
MOMENTS: tuple[Moment, ...] = ("before", "after")


@dataclass(frozen=True)
class Point:
    """One moment of one await."""

    key: str
    moment: Literal["in", "out"]
    count: int
    """Which of the passages."""

    def role(self, separate: bool) -> str:
        """The process in which it lies."""
        return "executor" if separate and self.key.startswith("executor:") else "bot"

    @property
    def short(self) -> str:
        way, _, places = self.key.partition(": ")
        told = [place for place in places.split(" > ") if not place.startswith(ENGINES)]
        return f"{way} {' > '.join(told[-2:])} {self.moment}"


async def points(lane: Lane) -> list[Point]:
    """Every await of approve, act and the executor, each when it begins and when it is over."""
    passed: dict[str, int] = {}
    for _ in range(TRACES):
        for role in lane.running.settings:

            async def watched(case: Case, role: str = role) -> bool:
                lane.aim("trace", role)
                lane.click(case)
                await lane.ended(case)
                return True

            await lane.trial("nothing", "-", watched)
            trace = lane.running.folder / "trace"
            found = Counter(trace.read_text().splitlines()) if trace.exists() else Counter()
            passed |= {key: min(count, passed.get(key, count)) for key, count in found.items()}
    return list(_points(passed))


def _points(passed: dict[str, int]) -> Iterator[Point]:
    """A look into the database changes nothing, so that its end is no other moment than its beginning."""
    for key, count in passed.items():
        if key.endswith(": "):
            continue
        yield Point(key, "in", 1)
        if not any(f"{engine}:read" in key for engine in ENGINES):
            yield Point(key, "out", 1 if count > POLLING else count)


async def killed(lane: Lane, found: list[Point]) -> None:
    """kill -9 at every await; a new process finds what was left."""
    for point in found:
        role = point.role(lane.separate)

        async def die(case: Case, point: Point = point, role: str = role) -> bool:
            lane.aim("kill", role, point.key, point.moment, point.count)
            lane.click(case)
            return await lane.struck(lambda: not lane.running.running[role].alive, case)

        await lane.trial("kill -9", point.short, die)


async def stopped(lane: Lane, found: list[Point]) -> None:
    """SIGSTOP; another replica takes over and ends it, and the first one wakes up late."""
    for point in found:
        role = point.role(lane.separate)

        async def sleep(case: Case, point: Point = point, role: str = role) -> bool:
            first = lane.running.running[role]
            lane.aim("stop", role, point.key, point.moment, point.count)
            lane.click(case)
            slept = await lane.struck(lambda: first.stopped, case)
            lane.rest()
            if slept:
                lane.running.running[f"{role}9"] = lane.running.running.pop(role)
                await lane.running.up(role)
                await lane.ended(case)
                first.wake()
                await first.listening()
                await asyncio.sleep(LATE_SECONDS)  # its time to do what it was about to
                await lane.running.down(f"{role}9")
            return slept

        await lane.trial("SIGSTOP, late wake-up", point.short, sleep)


async def replicas(lane: Lane, found: list[Point]) -> None:
    """Two replicas of each process; three clicks of two people at once; one replica is killed at some points."""
    names = [name for role in lane.running.settings for name in (role, f"{role}2")]

    async def both() -> None:
        await lane.running.up(*names)

    for number in range(TIMES):

        async def thrice(case: Case) -> bool:
            await both()
            for who in (lane.ada, lane.ben, lane.ada):
                lane.click(case, who)
            return True

        await lane.trial("two replicas, three clicks", f"run {number + 1}", thrice)
    for point in found:
        role = point.role(lane.separate)

        async def one_dies(case: Case, point: Point = point, role: str = role) -> bool:
            await both()
            lane.aim("kill", role, point.key, point.moment, point.count)
            lane.click(case)
            mine = (lane.running.running[role], lane.running.running[f"{role}2"])
            return await lane.struck(lambda: not all(victim.alive for victim in mine), case)

        await lane.trial("two replicas, one killed", point.short, one_dies)
    await lane.running.down(*(f"{role}2" for role in lane.running.settings))


async def database_restarts(lane: Lane, found: list[Point]) -> None:
    """The database goes away at an await, and comes back."""
    for point in found:

        async def away(case: Case, point: Point = point) -> bool:
            async with waiting(lane, case, point) as there:
                if there:
                    await lane.database.away(lane.url)
            return there

        await lane.trial("database restart", point.short, away)


async def api_trouble(lane: Lane) -> None:
    """The API server refuses, fails or says nothing, before the effect or after it, once or for good."""
    for trouble in TROUBLES:
        for moment in MOMENTS:
            for always in (False, True):

                async def trouble_it(case: Case, told: Told = (trouble, moment, always)) -> bool:
                    lane.gate.trouble_next(*told)
                    lane.click(case)
                    await lane.ended(case, again=False)
                    lane.gate.calm()
                    return True

                how = f"{trouble} {moment} the effect, {'always' if always else 'once'}"
                await lane.trial("API server", how, trouble_it)


async def clock_jumps(lane: Lane, found: list[Point]) -> None:
    """Clocks go wrong: an hour forward or back at an await, with the process going on or being killed by it."""
    for seconds in (3600.0, -3600.0):
        for point in found:

            async def jump(case: Case, point: Point = point, seconds: float = seconds) -> bool:
                async with waiting(lane, case, point) as there:
                    lane.offset.value = seconds
                await lane.ended(case)
                lane.offset.value = 0.0
                return there

            await lane.trial(f"clock {seconds / 3600:+.0f} h", point.short, jump)
    for point in found:
        role = point.role(lane.separate)

        async def wrong_until_it_dies(case: Case, point: Point = point, role: str = role) -> bool:
            lane.offset.value = 3600.0
            lane.aim("kill", role, point.key, point.moment, point.count)
            lane.click(case)
            died = await lane.struck(lambda: not lane.running.running[role].alive, case)
            lane.offset.value = 0.0
            return died

        await lane.trial("clock +1 h, killed, put right", point.short, wrong_until_it_dies)


class waiting:  # noqa: N801 - reads like the function it could be
    """The process stands still at a point while the context lasts; entering tells whether it got there."""

    def __init__(self, lane: Lane, case: Case, point: Point) -> None:
        self.lane, self.case, self.point = lane, case, point

    async def __aenter__(self) -> bool:
        lane, point = self.lane, self.point
        lane.aim("wait", point.role(lane.separate), point.key, point.moment, point.count)
        lane.click(self.case)
        return await lane.struck((lane.running.folder / "struck").exists, self.case)

    async def __aexit__(self, *_: object) -> None:
        self.lane.rest()


def writing(found: list[Point]) -> list[Point]:
    """Where the record or the cluster is written: decision, request, claim, intent, effect, outcome."""
    written = {point.key for point in found if point.moment == "out"}
    places = ("store/approvals.py", "store/ledger.py", "tools/cluster/writer.py")
    return [p for p in found if p.key in written and any(place in p.key for place in places)]
