"""The state machine: which node may follow which."""

from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from graph.nodes.act import Act
from graph.nodes.approve import approve
from graph.nodes.observe import Observe
from graph.nodes.propose import ProposeAction
from graph.nodes.reason import Reason
from graph.nodes.report import Report
from graph.state import Route, RunState

Machine = CompiledStateGraph[RunState, None, RunState, RunState]

FOLLOWERS: dict[Route, tuple[Route, ...]] = {
    "observe": ("reason", "report"),
    "reason": ("observe", "propose", "report"),
    "propose": ("approve", "reason"),
    "approve": ("act", "propose", "reason"),
    "act": ("observe", "reason", "report"),
}
"""The whole routing table; a node names its follower in the state, and only these are possible."""


def build_machine(
    observe: Observe,
    reason: Reason,
    propose: ProposeAction,
    act: Act,
    report: Report,
    checkpoints: BaseCheckpointSaver[Any],
) -> Machine:
    """Compile the graph. No node has a retry policy: what may be tried again, the node itself knows."""
    graph = StateGraph(RunState)
    graph.add_node("observe", observe.run)
    graph.add_node("reason", reason.run)
    graph.add_node("propose", propose.run)
    graph.add_node("approve", approve)
    graph.add_node("act", act.run)
    graph.add_node("report", report.run)
    graph.add_conditional_edges(START, _named_next, ["observe", "propose"])
    for node, followers in FOLLOWERS.items():
        graph.add_conditional_edges(node, _named_next, list(followers))
    graph.add_edge("report", END)
    return graph.compile(checkpointer=checkpoints)


def _named_next(state: RunState) -> Route:
    return state["next"]
