"""The state that LangGraph checkpoints: plain JSON, and only what steers the run.

Everything that was seen, decided or done is in the journal; a node reads it there. The state says where the run
stands, so that a run killed anywhere goes on with the same keys and writes nothing twice.
"""

from typing import Any, Literal, TypedDict

GRAPH_VERSION = 1
"""Raise it when a node is renamed or removed; runs that wait on an older version are handed over, not lost."""

Look = Literal["triage", "probes", "verify"]
Route = Literal["observe", "reason", "propose", "approve", "act", "report"]


class RunState(TypedDict, total=False):
    """One incident's place in the graph; the incident id is also the checkpoint's thread id."""

    incident: str
    turn: int
    """Counts finished nodes; the prefix of the journal keys of the node that runs."""
    look: Look
    """What the next visit of `observe` is for."""
    namespaces: list[str]
    """The scope, resolved at the first look."""
    decision: dict[str, Any]
    """The last decision as JSON."""
    proposal: str
    """The proposal at hand."""
    verdict: str
    """What the people, or time, decided on it."""
    next: Route
    """Where the node that just ran wants the run to go."""
