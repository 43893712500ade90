"""Reading a decision back from the checkpoint."""

from pydantic import TypeAdapter

from domain.decisions import Decision, Probe
from domain.probes import ProbeCall
from graph.state import RunState

_DECISION: TypeAdapter[Decision] = TypeAdapter(Decision)


def decision_of(state: RunState) -> Decision:
    """The last decision of the run."""
    return _DECISION.validate_python(state["decision"])


def calls_of(state: RunState) -> tuple[ProbeCall, ...]:
    """The probes that the last decision asked for; none when it asked for something else."""
    decision = decision_of(state)
    return decision.calls if isinstance(decision, Probe) else ()
