"""A round of probes: independent ones at once, each one once, and what is known already from memory."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from domain.cluster import Scope
from domain.evidence import Finding
from domain.incident import Incident
from domain.journal import Executed, Probed, Trajectory, Triaged, Verified
from domain.ports import Artifacts, Eyes, Shortener
from domain.probes import ProbeCall, ProbeResult

AT_ONCE = 6
"""Probes that run at the same time."""


@dataclass(frozen=True)
class Probing:
    """Runs calls through the reader's eyes and keeps what they read."""

    eyes: Eyes
    artifacts: Artifacts
    shortener: Shortener | None = None
    """Says in fewer sentences what a probe had no room for; `None` leaves it at the word that it was left out."""

    async def run(self, scope: Scope, trajectory: Trajectory, calls: Sequence[ProbeCall]) -> tuple[Probed, ...]:
        """What came of each call, in their order."""
        known = _known(trajectory)
        gate = asyncio.Semaphore(AT_ONCE)

        async def look(call: ProbeCall) -> Probed:
            async with gate:
                result = await self.eyes.probe(scope, call)
            return await self._kept(trajectory.incident, result)

        fresh = [call for call in dict.fromkeys(calls) if call not in known]
        seen = dict(zip(fresh, await asyncio.gather(*map(look, fresh)), strict=True))
        steps: list[Probed] = []
        for number, call in enumerate(calls):
            if call in known:
                steps.append(_again(known[call], "Seen before"))
            elif call in calls[:number]:
                steps.append(_again(seen[call], "Asked twice"))
            else:
                steps.append(seen[call])
        return tuple(steps)

    async def _kept(self, incident: Incident, result: ProbeResult) -> Probed:
        if result.artifact is not None:
            await self.artifacts.put([result.artifact])
        said: tuple[Finding, ...] = ()
        if result.left_out and result.artifact is not None and self.shortener is not None:
            said = await self.shortener.shorten(incident, result.artifact.probe, result.left_out)
        return Probed(
            call=result.call,
            status=result.status,
            note=result.note,
            findings=(*result.findings, *said),
            artifact=result.artifact.id if result.artifact else None,
        )


def _known(trajectory: Trajectory) -> dict[ProbeCall, Probed]:
    """Answers that still hold: those since the newest full look or change. A failure is no answer."""
    known: dict[ProbeCall, Probed] = {}
    for entry in trajectory.entries:
        match entry.step:
            case Triaged() | Executed() | Verified():
                known.clear()
            case Probed(status="ok" | "empty"):
                known.setdefault(entry.step.call, entry.step)
            case _:
                pass
    return known


def _again(step: Probed, how: str) -> Probed:
    return step.model_copy(update={"note": f"{how}: {step.note}"})
