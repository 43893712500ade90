"""AOI as an agent of AIOpsLab: the product's own graph behind `get_action`."""

import asyncio
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from app.ambient import SystemClock
from app.hands import working
from app.house import House, SilentBoard, build_house
from app.parts import open_parts
from app.settings import Settings
from domain.approval import Verdict
from domain.execution import Effect
from domain.incident import Origin, Request
from domain.journal import Trajectory
from domain.ports import Clock
from examples.aiopslab.answers import Kind, kind_of, submission
from examples.aiopslab.grammar import exec_shell
from examples.aiopslab.proxy import serving
from examples.aiopslab.settle import settle
from examples.aiopslab.turns import Turns

QUICK_SECONDS = 80.0
"""For every question but a repair: injected chaos heals itself after 100 seconds."""
REPAIR_SECONDS = 900.0
LOOK_SECONDS = 15.0
"""Least time between two looks after a repair; each costs two steps."""
DRIVES = 20
QUESTION: dict[Kind, str] = {
    "detection": "Is anything wrong in namespace {}?",
    "localization": "Something is wrong in namespace {}. Which service is at fault?",
    "analysis": "Something is wrong in namespace {}. What kind of fault is it, and on which level?",
    "mitigation": "Something is wrong in namespace {}. Please repair it.",
}


@dataclass(frozen=True)
class Unhurried:
    """A clock that sleeps in few long stretches, because looks cost steps and time costs none."""

    clock: Clock

    def now(self) -> datetime:
        """The clock's time."""
        return self.clock.now()

    def monotonic(self) -> float:
        """The clock's seconds."""
        return self.clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        """At least `LOOK_SECONDS`."""
        await self.clock.sleep(max(seconds, LOOK_SECONDS))


class AoiAgent:
    """One problem, from the description to the submission. Leave it by `close`."""

    def __init__(self, problem: str, description: str, max_steps: int, clock: Clock | None = None) -> None:
        """`description` is what `init_problem` returned first; it names the namespace. Raises ValueError."""
        found = re.search(r"^\s*Namespace:\s*([a-z0-9-]+)\s*$", description, re.MULTILINE)
        if found is None:
            raise ValueError(f"The description of {problem} has no line `Namespace: NAME`; AOI needs one.")
        self._kind, self._namespace = kind_of(problem), found[1]
        self._clock = clock or SystemClock()
        self._turns = Turns(left=max_steps)
        self._work: asyncio.Task[str] | None = None

    async def get_action(self, state: str) -> str:
        """The next action after an observation. Raises AoiError for a cluster AOI cannot work with."""
        if self._work is None:
            self._work = asyncio.create_task(self._solve())
        self._turns.answer(state)
        if self._turns.left <= 1:
            self._turns.end()
        command = asyncio.create_task(self._turns.script())
        await asyncio.wait({command, self._work}, return_when=asyncio.FIRST_COMPLETED)
        if command.done():
            return exec_shell(command.result())
        command.cancel()
        return await self._work

    async def close(self) -> None:
        """Stop whatever still runs."""
        if self._work is not None and not self._work.done():
            self._work.cancel()
            with suppress(asyncio.CancelledError):
                await self._work

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def _solve(self) -> str:
        with tempfile.TemporaryDirectory(prefix="aoi-aiopslab-") as folder:
            async with serving(self._turns.run, Path(folder)) as kubeconfig:
                trajectory = await self._investigate(self._settings(Path(folder), kubeconfig))
                if self._kind == "mitigation":
                    done = any(each.effect is Effect.DONE for each in trajectory.executions.values())
                    await settle(self._turns.run, self._clock, self._namespace, repaired=done)
        return submission(self._kind, trajectory)

    def _settings(self, folder: Path, kubeconfig: Path) -> Settings:
        repairs = self._kind == "mitigation"
        return Settings(
            _env_file=None,
            data_dir=folder,
            reader_kubeconfig=kubeconfig,
            writer_kubeconfig=kubeconfig,
            cluster_timeout_seconds=120,
            namespaces=(self._namespace,),
            budget_seconds=REPAIR_SECONDS if repairs else QUICK_SECONDS,
            verify_settle_seconds=LOOK_SECONDS,
            verify_timeout_seconds=90,
        )

    async def _investigate(self, settings: Settings) -> Trajectory:
        """Until there is an answer, or no step or no time is left: then what is known."""
        async with open_parts(settings, Unhurried(self._clock)) as parts:
            house = build_house(parts, SilentBoard())
            async with working(parts.bell, *house.jobs):
                request = Request(
                    key="problem",
                    origin=Origin(surface="aiopslab", user="aiopslab"),
                    question=QUESTION[self._kind].format(self._namespace),
                    namespaces=(self._namespace,),
                    read_only=self._kind != "mitigation",
                )
                incident = await house.service.open(request)
                drive = asyncio.create_task(_drive(house, incident.id))
                spent = asyncio.create_task(self._turns.spent.wait())
                await asyncio.wait(
                    {drive, spent}, timeout=settings.budget_seconds, return_when=asyncio.FIRST_COMPLETED
                )
                for task in (drive, spent):
                    task.cancel()
                await asyncio.gather(drive, spent, return_exceptions=True)
                return await house.record.trajectory(incident.id)


async def _drive(house: House, incident_id: str) -> None:
    for _ in range(DRIVES):
        await house.driver.drive(incident_id)
        trajectory = await house.record.trajectory(incident_id)
        if trajectory.pending is None:
            return
        await house.service.decide(trajectory.pending.id, Verdict.APPROVED, "terminal:aiopslab")
