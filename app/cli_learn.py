"""`aoi learn`: what there is to learn from, and as files."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

learn = typer.Typer(help="Learning from runs: what there is, and data sets of it.", no_args_is_help=True)

JsonFile = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the result as JSON.")]
Since = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Only runs that went on since this day (UTC)."),
]


@learn.command("status")
def learn_status(since: Since = None, json: JsonFile = None) -> int:
    """Count runs, labels and groups, and say what can be trained."""
    from app.learn_export import status

    return asyncio.run(status(_utc(since), json))


@learn.command("export")
def learn_export(
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="The folder to make.")] = None,
    since: Since = None,
    leave_out: Annotated[
        list[str] | None, typer.Option("--leave-out", metavar="ID", help="A run that is not wanted.")
    ] = None,
) -> int:
    """Write data sets for GRPO, KTO, DPO and SFT as JSON Lines and Parquet, with a card."""
    from app.learn_export import export

    return asyncio.run(export(out, _utc(since), tuple(leave_out or ())))


def _utc(day: datetime | None) -> datetime | None:
    return day.replace(tzinfo=UTC) if day else None
