"""A process that dies at any journal entry leaves a run that the next one finishes, with nothing written twice.

The run is driven in processes that die before or after the n-th append, for every n, until one gets through.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from domain.approval import Verdict
from domain.decisions import Conclude, Probe, Propose
from domain.incident import Status
from domain.journal import Entry, Step, Trajectory
from domain.ports import Journal
from domain.probes import Events
from graph.policies.scripted import ScriptedPolicy
from tests.fakes import SCALE_UP, diagnosis
from tests.graph.house import House, house

SCRIPT = ScriptedPolicy(
    [
        Probe(summary="Looking.", calls=(Events(namespace="shop"), Events(namespace="payments")), confidence=0.3),
        Propose(summary="Scaled to zero.", action=SCALE_UP, why="It has no pods.", confidence=0.9),
        Conclude(summary="It is back.", diagnosis=diagnosis(), resolved=True, confidence=0.9),
    ]
)
KINDS = [
    "opened", "triaged", "decided", "probed", "probed", "decided", "proposed", "ruled",
    "executed", "verified", "decided", "concluded",
]  # fmt: skip
NODES = 10
"""Visits of nodes in this story."""


class DiedError(BaseException):
    """What a killed process looks like from inside: nothing handles it."""


@dataclass
class MortalJournal:
    """Dies before or after the append of the n-th new entry."""

    inner: Journal
    fatal: int
    after: bool
    count: int = 0

    async def append(self, incident_id: str, key: str, at: object, step: Step) -> Entry:
        self.count += 1
        if self.count == self.fatal and not self.after:
            raise DiedError
        entry = await self.inner.append(incident_id, key, at, step)  # type: ignore[arg-type]
        if self.count == self.fatal:
            raise DiedError
        return entry

    async def trajectory(self, incident_id: str) -> Trajectory | None:
        return await self.inner.trajectory(incident_id)


def mortal(home: House, fatal: int, after: bool) -> None:
    """Give the house a journal that kills it."""
    record = replace(home.driver.record, journal=MortalJournal(home.store.journal, fatal, after))
    home.driver = replace(home.driver, record=record)
    home.service = replace(home.service, record=record)
    for node in home.driver.machine.nodes.values():
        owner = getattr(getattr(node.bound, "afunc", None), "__self__", None)
        if owner is not None and hasattr(owner, "record"):
            object.__setattr__(owner, "record", record)


async def live(home: House) -> None:
    """What the world does around one process: somebody asks, somebody approves, an executor works."""
    incident = await home.open()
    async with home.executor():
        run = await home.drive(incident)
        if run.pending is not None:
            await home.service.decide(run.pending.id, Verdict.APPROVED, "U2")
        await home.drive(incident)


def mortal_checkpoints(home: House, fatal: int) -> None:
    """Give the house a saver that dies before the n-th thing it stores: after the one before it, that is."""
    saver = home.driver.machine.checkpointer
    count = 0

    def dying(store: Callable[..., Awaitable[Any]]) -> Any:
        async def stored(*args: Any, **named: Any) -> Any:
            nonlocal count
            count += 1
            if count == fatal:
                raise DiedError
            return await store(*args, **named)

        return stored

    assert isinstance(saver, AsyncSqliteSaver)
    saver.aput = dying(saver.aput)  # type: ignore[method-assign]
    saver.aput_writes = dying(saver.aput_writes)  # type: ignore[method-assign]


async def test_the_next_process_goes_on_from_any_checkpoint(tmp_path: Path) -> None:
    """Also when a node had ended and the next step had not begun."""
    died, fatal = True, 0
    while died:
        fatal += 1
        folder = tmp_path / str(fatal)
        async with house(folder, SCRIPT) as home:
            mortal_checkpoints(home, fatal)
            try:
                await live(home)
            except DiedError:
                pass
            else:
                died = False
        async with house(folder, SCRIPT) as home:
            await home.clock.sleep(60)
            await live(home)
            incident = (await home.service.latest(1))[0]
            assert (fatal, await home.kinds(incident)) == (fatal, KINDS)
            assert incident.status is Status.RESOLVED
    assert fatal > 2 * NODES


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("fatal", range(1, len(KINDS) + 1))
async def test_the_next_process_goes_on(tmp_path: Path, fatal: int, after: bool) -> None:
    async with house(tmp_path, SCRIPT) as home:
        mortal(home, fatal, after)
        with pytest.raises(DiedError):
            await live(home)
    async with house(tmp_path, SCRIPT) as home:
        await home.clock.sleep(60)
        await live(home)
        incident = (await home.service.latest(1))[0]
        assert await home.kinds(incident) == KINDS
        assert incident.status is Status.RESOLVED
        assert len(await home.service.latest(10)) == 1


async def test_the_namespaces_that_were_looked_at_outlive_a_crash_before_the_first_proposal(
    tmp_path: Path,
) -> None:
    """The proposal follows the first look at once, so that no second look finds the namespaces anew."""
    script = ScriptedPolicy(SCRIPT.lines[1:])
    async with house(tmp_path, script) as home:
        mortal(home, KINDS.index("triaged") + 1, after=True)
        with pytest.raises(DiedError):
            await live(home)
    async with house(tmp_path, script) as home:
        await home.clock.sleep(60)
        await live(home)
        incident = (await home.service.latest(1))[0]
        assert await home.kinds(incident) == [kind for kind in KINDS if kind != "probed"][:3] + KINDS[6:]
