"""`aoi incident list|show|artifact`: what is on record."""

import sys
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.output import save
from app.settings import load_settings
from app.timeline import line_of
from domain.errors import BadInput
from store.build import open_store


async def show_list(limit: int, unfinished: bool) -> int:
    """Print the newest incidents as a table."""
    store = await open_store(load_settings().store_url)
    try:
        incidents = await store.incidents.latest(limit, unfinished)
    finally:
        await store.close()
    console = Console()
    if not incidents:
        console.print("No incidents on record.")
        return 0
    table = Table("id", "opened (UTC)", "status", "question", box=None, pad_edge=False)
    for incident in incidents:
        opened = f"{incident.created_at:%Y-%m-%d %H:%M}"
        table.add_row(incident.id, opened, incident.status.value, escape(incident.question[:80]))
    console.print(table)
    return 0


async def show(incident_id: str, json: Path | None) -> int:
    """Print the timeline of one incident, or write its trajectory.

    Raises:
        BadInput: there is no such incident.
    """
    store = await open_store(load_settings().store_url)
    try:
        trajectory = await store.journal.trajectory(incident_id)
    finally:
        await store.close()
    if trajectory is None:
        raise BadInput(f"There is no incident {incident_id!r}; `aoi incident list` shows those there are.")
    save(json, trajectory.model_dump_json(indent=2))
    console = Console()
    incident = trajectory.incident
    console.print(f"{incident.id}  {incident.status.value}  {escape(incident.question)}", highlight=False)
    for entry in trajectory.entries:
        console.print(escape(line_of(entry)), highlight=False, soft_wrap=True)
    return 0


async def show_artifact(artifact_id: str) -> int:
    """Print one artifact's text, redacted as it was stored, without control characters.

    Raises:
        BadInput: there is no such artifact.
    """
    store = await open_store(load_settings().store_url)
    try:
        artifact = await store.artifacts.get(artifact_id)
    finally:
        await store.close()
    if artifact is None:
        raise BadInput(f"There is no artifact {artifact_id[:80]!r}; the evidence in Slack names those there are.")
    # Control characters of a log could take the terminal over.
    text = "".join(c for c in artifact.text if c in "\n\t" or c.isprintable())
    sys.stdout.write(text.rstrip("\n") + "\n")
    return 0
