"""observe: the only node that holds the reader."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.cluster import Scope
from domain.errors import AoiError, BadInput, Temporary
from domain.journal import Broke, Step, Trajectory, Triaged, Verified
from domain.ports import Artifacts, Eyes, Triage
from domain.probes import ProbeCall, Snapshot
from graph.parse import calls_of
from graph.phrases import could_not_look, no_such_namespace
from graph.probing import Probing
from graph.record import Record
from graph.sight import entry_with, freshest_hypotheses, treated_by
from graph.state import RunState

ATTEMPTS = 3
BACKOFF_SECONDS = 2.0
"""Between the first two attempts to look; doubles after each."""


@dataclass(frozen=True)
class Observe:
    """Triage at first, then the probes that were asked for, then the look after an action.

    A `snapshot` that is asked for is a triage anew: its hypotheses take the place of the earlier ones.
    """

    eyes: Eyes
    artifacts: Artifacts
    record: Record
    probing: Probing

    async def run(self, state: RunState) -> RunState:
        """Write what was seen to the journal; a cluster that cannot be read ends the run with a clear word."""
        trajectory = await self.record.trajectory(state["incident"])
        key = f"{state['turn']}:observe"
        done = RunState(turn=state["turn"] + 1, next="reason")
        written = self._written(state, trajectory, key)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                scope = await self._scope(state, trajectory)
                steps = [] if written else await self._look(state, scope, trajectory)
                break
            except AoiError as error:
                await self.record.add(
                    state["incident"], f"{key}:trouble:{attempt}", Broke(where="observe", error=str(error))
                )
                if attempt == ATTEMPTS or not isinstance(error, Temporary):
                    return RunState(
                        turn=state["turn"] + 1,
                        next="report",
                        decision=could_not_look(trajectory, str(error)).model_dump(mode="json"),
                    )
                await self.record.clock.sleep(BACKOFF_SECONDS * 2 ** (attempt - 1))
        if not written:
            await self.record.add(state["incident"], key, *steps)
        return RunState(**done, namespaces=list(scope.namespaces))

    @staticmethod
    def _written(state: RunState, trajectory: Trajectory, key: str) -> bool:
        """Whether this visit was recorded in full before a crash."""
        calls = calls_of(state) if state["look"] == "probes" else ()
        names = [f"{key}:{number}" for number in range(len(calls))] if len(calls) > 1 else [key]
        return all(entry_with(trajectory, name) for name in names)

    async def _look(self, state: RunState, scope: Scope, trajectory: Trajectory) -> Sequence[Step]:
        match state["look"]:
            case "triage":
                return [await self._triage(scope)]
            case "probes":
                return await self._probe(scope, trajectory, calls_of(state))
            case "verify":
                return [await self._verify(scope, trajectory, state["proposal"])]

    async def _scope(self, state: RunState, trajectory: Trajectory) -> Scope:
        if "namespaces" in state:
            return Scope(namespaces=tuple(state["namespaces"]))
        visible = await self.eyes.namespaces()
        wanted = trajectory.incident.scope.namespaces
        if gone := [name for name in wanted if name not in visible]:
            raise BadInput(no_such_namespace(gone[0], visible))  # to look at nothing would find nothing wrong
        named = tuple(n for n in visible if _mentions(trajectory.incident.question, n))
        return Scope(namespaces=wanted or named or visible)

    async def _triage(self, scope: Scope) -> Step:
        seen = await self.eyes.triage(scope)
        await self.artifacts.put(seen.artifacts)
        return Triaged(
            looked_at=seen.looked_at,
            findings=seen.findings,
            hypotheses=seen.hypotheses,
            artifacts=_ids(seen),
        )

    async def _probe(self, scope: Scope, trajectory: Trajectory, calls: Sequence[ProbeCall]) -> Sequence[Step]:
        """A step for each call, in their order."""
        others = [call for call in calls if not isinstance(call, Snapshot)]
        anew = (self._look_again(scope, call) for call in calls if isinstance(call, Snapshot))
        probed, looks = await asyncio.gather(self.probing.run(scope, trajectory, others), asyncio.gather(*anew))
        steps: Iterator[Step] = iter(probed)
        fresh: Iterator[Step] = iter(looks)
        return [next(fresh if isinstance(call, Snapshot) else steps) for call in calls]

    async def _look_again(self, scope: Scope, call: Snapshot) -> Step:
        await self.record.clock.sleep(call.after_seconds)
        return await self._triage(scope)

    async def _verify(self, scope: Scope, trajectory: Trajectory, proposal_id: str) -> Step:
        proposal = next(p for p in trajectory.proposals if p.id == proposal_id)
        action = proposal.plan.action
        before = freshest_hypotheses(trajectory)
        verification, seen = await self.eyes.verify(scope, before, treated_by(trajectory, action), action)
        await self.artifacts.put(seen.artifacts)
        return Verified(
            proposal_id=proposal_id,
            verification=verification,
            findings=seen.findings,
            hypotheses=seen.hypotheses,
        )


def _mentions(question: str, namespace: str) -> bool:
    """Whether the question names the namespace as a word of its own."""
    return re.search(rf"(?<![\w-]){re.escape(namespace)}(?![\w-])", question, re.IGNORECASE) is not None


def _ids(seen: Triage) -> tuple[str, ...]:
    return tuple(artifact.id for artifact in seen.artifacts)
