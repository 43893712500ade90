"""report: writes the answer down and ends the run."""

from dataclasses import dataclass

from domain.decisions import Conclude
from domain.incident import Status
from domain.journal import Concluded
from graph.memory.service import LongMemory
from graph.parse import decision_of
from graph.record import Record
from graph.state import RunState


@dataclass(frozen=True)
class Report:
    """The last node of a run."""

    record: Record
    memory: LongMemory

    async def run(self, state: RunState) -> RunState:
        """Append the conclusion, from which the cards follow, and remember the incident."""
        decision = decision_of(state)
        assert isinstance(decision, Conclude)
        status = Status.RESOLVED if decision.resolved else Status.HANDED_OVER
        step = Concluded(
            status=status, diagnosis=decision.diagnosis, text=decision.summary, advice=decision.advice
        )
        await self.record.add(state["incident"], f"{state['turn']}:report", step, status=status)
        await self.memory.keep(state["incident"])
        return RunState(turn=state["turn"] + 1)
