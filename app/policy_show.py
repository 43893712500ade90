"""`aoi policy check|why`: the approver policy in sentences, and which rule decided."""

import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from app.settings import load_settings
from domain.audit import Record
from domain.errors import BadInput
from domain.journal import Refused, Trajectory
from domain.located import BadFile
from domain.policy_file import read_policy
from domain.policy_words import approval_words, explained
from domain.proposal import Proposal
from domain.terms import Mode, Terms
from store.build import open_store


def check(file: Path) -> int:
    """Print every mistake on stderr, or what the policy means."""
    try:
        book = read_policy(file)
    except BadFile as error:
        sys.stderr.writelines(f"{mistake}\n" for mistake in error.mistakes)
        return 1
    console = Console()
    for line in explained(book.policy):
        console.print(escape(line), highlight=False, soft_wrap=True)
    console.print(
        f"The policy is sound ({len(book.policy.rules)} rules, digest {book.digest[:12]}).", highlight=False
    )
    return 0


async def why(incident_id: str) -> int:
    """Print, for each write of an incident, the rule and what it asked for, and who did what about it.

    Raises:
        BadInput: there is no such incident.
    """
    store = await open_store(load_settings().store_url)
    try:
        trajectory = await store.journal.trajectory(incident_id)
        records = await store.audit.of(incident_id)
    finally:
        await store.close()
    if trajectory is None:
        raise BadInput(f"There is no incident {incident_id!r}; `aoi incident list` shows those there are.")
    console = Console()
    for line in reasons(trajectory, records):
        console.print(escape(line), highlight=False, soft_wrap=True)
    return 0


def reasons(trajectory: Trajectory, records: tuple[Record, ...]) -> Iterator[str]:
    """The lines of `why`."""
    refused = [entry.step for entry in trajectory.entries if isinstance(entry.step, Refused)]
    if not trajectory.proposals and not refused:
        yield "No write was proposed or refused in this incident."
    for step in refused:
        yield f"{step.action} was refused by {step.refusal.rule}: {step.refusal.reason}"
    for proposal in trajectory.proposals:
        yield f"{proposal.revision}. {proposal.plan.kubectl}"
        yield from (f"   {line}" for line in _asked(proposal))
        for record in records:
            if record.proposal_id == proposal.id:
                detail = f": {record.detail}" if record.detail else ""
                yield f"   {record.at:%Y-%m-%d %H:%M:%S} {record.deed.value} by {record.by}{detail}"


def _asked(proposal: Proposal) -> Iterator[str]:
    terms = proposal.terms
    if terms is None:
        yield "No policy was asked."
        return
    yield f"The rule “{terms.rule}” decided: {_takes(terms)}."
    yield from (f"{condition}." for condition in terms.conditions)


def _takes(terms: Terms) -> str:
    if terms.mode is not Mode.APPROVE:
        return "it is only shown"
    if terms.by_rule:
        return "it takes back what did not help, without asking"
    return f"it takes {approval_words(terms.need, terms.approvers)}"
