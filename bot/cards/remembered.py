"""Past incidents on the status card: what came of them, why they came to mind, and the way to their threads."""

import re

from bot.cards.blocks import Block, paragraphs
from bot.cards.text import escape
from domain.incident import Origin
from domain.journal import Trajectory
from domain.memory import Recollection
from graph.memory.words import seen_before, why_recalled

_CHANNEL = re.compile(r"[CDG][A-Z0-9]+")
_TIMESTAMP = re.compile(r"\d+\.\d+")


def remembered(trajectory: Trajectory, workspace: str) -> list[Block]:
    """A line for each past incident that came to mind; nothing where none did."""
    lines = [f"• {_line(one, trajectory, workspace)}" for one in trajectory.memories]
    return paragraphs(["*Seen before*", *lines]) if lines else []


def _line(one: Recollection, trajectory: Trajectory, workspace: str) -> str:
    memory = one.memory
    name = escape(memory.incident_id)
    said = escape(seen_before(one, trajectory.incident.created_at))
    if url := thread_url(memory.origin, workspace):
        said = said.replace(f"({name})", f"(<{url}|{name}>)", 1)
    return f"{said} _{escape(why_recalled(one))}_"


def thread_url(origin: Origin, workspace: str) -> str:
    """Where Slack shows the thread; empty for incidents from elsewhere, or in a workspace without an address."""
    in_slack = origin.surface == "slack" and workspace.startswith(("https://", "http://"))
    if not in_slack or not _CHANNEL.fullmatch(origin.channel) or not _TIMESTAMP.fullmatch(origin.thread):
        return ""
    return f"{workspace.rstrip('/')}/archives/{origin.channel}/p{origin.thread.replace('.', '')}"
