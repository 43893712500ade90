"""Driving one incident: who may, with which input, and what happens when something breaks."""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

from domain.approval import Verdict
from domain.errors import AoiError, StoreUnavailable
from domain.incident import Incident, Status
from domain.journal import Broke, Ruled
from domain.ports import Approvals, Incidents
from graph.build import Machine
from graph.checkpoints import checkpoint_errors
from graph.record import Record
from graph.sight import asked_action
from graph.state import RunState

LEASE_SECONDS = 15.0
RENEW_SECONDS = 5.0
PAUSE_SECONDS = 1.0
"""Before others may try a run that a temporary error interrupted."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Idle:
    """Nothing to do now: the run waits for a person, or has ended."""


@dataclass(frozen=True)
class Driver:
    """Drives an incident from wherever it stands until it waits or ends.

    Every decision is taken from durable rows, never from a click or a message in memory, so that any process can
    go on where another one died.
    """

    machine: Machine
    incidents: Incidents
    approvals: Approvals
    record: Record
    owner: str
    """Name of this process in leases."""

    async def drive(self, incident_id: str) -> None:
        """Run under the lease. An unexpected error ends the incident as FAILED, on record."""
        try:
            if not await self._lease(incident_id):
                return
        except StoreUnavailable as error:
            log.warning("Incident %s has to wait: %s", incident_id, error)
            return
        renewal = asyncio.create_task(self._renew(incident_id))
        try:
            with checkpoint_errors():
                await self._drive(incident_id)
        except AoiError as error:
            log.warning("Incident %s has to wait: %s", incident_id, error)
            await asyncio.sleep(PAUSE_SECONDS)
        except Exception as error:  # the one place that records what no node expected
            log.exception("Incident %s failed.", incident_id)
            broke = Broke(where="graph", error=f"AOI itself failed ({type(error).__name__}); see its log.")
            await self.record.add(incident_id, f"broke:{self.owner}", broke, status=Status.FAILED)
        finally:
            renewal.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await renewal
            with contextlib.suppress(StoreUnavailable):  # then the lease ends by itself
                await self.incidents.release(incident_id, self.owner)

    async def _drive(self, incident_id: str) -> None:
        config: RunnableConfig = {"configurable": {"thread_id": incident_id}}
        while True:
            given = await self._input(incident_id, config)
            if isinstance(given, Idle):
                return
            await self.machine.ainvoke(given, config, durability="sync")

    async def _input(self, incident_id: str, config: RunnableConfig) -> RunState | Command[Any] | Idle | None:
        """What to invoke the machine with; `None` goes on after a crash."""
        trajectory = await self.record.trajectory(incident_id)
        state = await self.machine.aget_state(config)
        if state.created_at is None:
            await self._mark_working(trajectory.incident)
            return RunState(incident=incident_id, turn=0, look="triage", next="observe")
        if state.interrupts:
            return await self._resume(incident_id, state.interrupts[0].id, state.interrupts[0].value)
        if state.tasks:  # not `next`, which leaves out a node that had ended when its process died
            await self._mark_working(trajectory.incident)
            return None
        if asked_action(trajectory) is not None:
            return RunState(turn=state.values["turn"] + 1, look="triage", next="propose")
        if not trajectory.incident.status.final:
            return await self._outdated(trajectory.incident)
        return Idle()

    async def _resume(self, incident_id: str, interrupt_id: str, value: Mapping[str, str]) -> Command[Any] | Idle:
        """Resume exactly this interrupt with what the approval row says; never a plain resume."""
        approval = await self.approvals.approval(value["proposal"])
        assert approval is not None
        if approval.verdict is Verdict.PENDING:
            await self.incidents.set_status(incident_id, Status.WAITING, self.record.clock.now())
            return Idle()
        await self.record.add(
            incident_id, f"ruled:{approval.proposal_id}", Ruled(approval=approval), status=Status.INVESTIGATING
        )
        return Command(resume={interrupt_id: {"verdict": approval.verdict.value}})

    async def _mark_working(self, incident: Incident) -> None:
        if incident.status is Status.RECEIVED:
            now = self.record.clock.now()
            await self.incidents.set_status(incident.id, Status.INVESTIGATING, now)

    async def _outdated(self, incident: Incident) -> Idle:
        """The run stands nowhere without an answer: its node is gone. Say so instead of waiting for ever."""
        if not incident.status.final:
            broke = Broke(where="graph", error="This run was started by another version of AOI; please ask again.")
            await self.record.add(incident.id, "outdated", broke, status=Status.FAILED)
        return Idle()

    async def _lease(self, incident_id: str) -> bool:
        now = self.record.clock.now()
        until = now + timedelta(seconds=LEASE_SECONDS)
        return await self.incidents.lease(incident_id, self.owner, until, now)

    async def _renew(self, incident_id: str) -> None:
        """Keep the lease; writes are fenced at the cluster, so a late wake-up does no harm."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            with contextlib.suppress(StoreUnavailable):
                await self._lease(incident_id)
