"""`aoi investigate`: the same graph, asked from a terminal, where Enter is the Approve button."""

import asyncio
import getpass
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from app.boards import TerminalBoard
from app.hands import working
from app.house import House, build_house
from app.output import save
from app.parts import open_parts
from app.settings import load_settings
from domain.approval import Approval, Verdict
from domain.incident import Origin, Request, Status
from domain.journal import Trajectory
from domain.proposal import Proposal
from domain.terms import TERMINAL, settled


async def investigate(question: str, namespaces: tuple[str, ...], read_only: bool, json: Path | None) -> int:
    """Ask, print what happens, and let the person at the terminal decide; 1 when AOI itself failed.

    Without a terminal to decide at, nothing is proposed.
    """
    settings = load_settings()
    console = Console()
    async with open_parts(settings) as parts:
        house = build_house(parts, TerminalBoard(parts.store.journal, console))
        user = f"{TERMINAL}:{getpass.getuser()}"
        request = Request(
            key=parts.ids.new("ask"),
            origin=Origin(surface="terminal", user=user),
            question=parts.redactor.text(question),
            namespaces=namespaces,
            read_only=read_only or not console.is_terminal,
        )
        async with working(parts.bell, *house.jobs):
            trajectory = await _until_done(house, request, console, user)
    save(json, trajectory.model_dump_json(indent=2))
    return 1 if trajectory.incident.status is Status.FAILED else 0


async def _until_done(house: House, request: Request, console: Console, user: str) -> Trajectory:
    incident = await house.service.open(request)
    while True:
        await house.driver.drive(incident.id)
        trajectory = await house.record.trajectory(incident.id)
        if trajectory.pending is None:
            return trajectory
        await _decide(house, trajectory.pending, console, user)


async def _decide(house: House, proposal: Proposal, console: Console, user: str) -> None:
    plan = proposal.plan
    console.print(
        escape(f"\n{proposal.why}\n{plan.diff}\nUndo: {plan.undo_text}\nRisk: {plan.risk.value}"), highlight=False
    )
    answer = await asyncio.to_thread(console.input, r"Do it? \[y/N, or a reason against it] ")
    if answer.strip().lower() in ("y", "yes"):
        decided = await house.service.decide(proposal.id, Verdict.APPROVED, user)
        if decided is not None and decided.approval.verdict is Verdict.PENDING:
            await _not_enough(house, proposal, decided.approval, console)
    else:
        reason = "" if answer.strip().lower() in ("", "n", "no") else answer.strip()
        await house.service.decide(proposal.id, Verdict.REJECTED, user, house.parts.redactor.text(reason))


async def _not_enough(house: House, proposal: Proposal, approval: Approval, console: Console) -> None:
    """A terminal has one person; what takes others, or somebody else, is not done from here."""
    terms = proposal.terms
    short = settled(terms, proposal.proposed_by, approval.consents) if terms else None
    reason = short.reason if short else "Your approval does not count."
    console.print(escape(f"{reason} Nothing was changed."), highlight=False)
    await house.service.decide(proposal.id, Verdict.REJECTED, "aoi", reason)
