"""`aoi policy` and `aoi audit`: who may let AOI write, and what came of it."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

policy = typer.Typer(help="Who may let AOI write what, where and when.", no_args_is_help=True)
audit = typer.Typer(help="The record of what was decided and done.", no_args_is_help=True)


@policy.command("check")
def policy_check(file: Annotated[Path, typer.Argument(help="A policy file, as in AOI_POLICY_FILE.")]) -> int:
    """Report every mistake of a policy file with its line and remedy, or tell it in sentences."""
    from app.policy_show import check

    return check(file)


@policy.command("why")
def policy_why(incident_id: Annotated[str, typer.Argument(metavar="INCIDENT")]) -> int:
    """Say which rule decided each write of an incident."""
    from app.policy_show import why

    return asyncio.run(why(incident_id))


@audit.command("verify")
def audit_verify(
    known: Annotated[str | None, typer.Option(metavar="ROW:HASH", help="A head that was noted earlier.")] = None,
) -> int:
    """Find rows that were altered, removed or reordered; 1 when there are any."""
    from app.audit_show import verify

    return asyncio.run(verify(known))


@audit.command("export")
def audit_export(
    json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write here; else to stdout.")
    ] = None,
) -> int:
    """Write every row as JSON Lines."""
    from app.audit_show import export

    return asyncio.run(export(json))
