"""The approver policy of this process, and its place in the audit."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from app.settings import Settings
from domain.audit import Deed, Record
from domain.errors import StoreUnavailable
from domain.policy import built_in
from domain.policy_file import RuleBook, read_policy
from domain.ports import Audit, Clock

log = logging.getLogger(__name__)

FIRST_SECONDS = 2.0
"""How long a start waits for the record."""
AGAIN_SECONDS = 5.0


def rules_of(settings: Settings) -> RuleBook:
    """The policy of the file that the settings name, or the built-in one with their approvers.

    Raises:
        BadFile: the file cannot be read or has mistakes; nothing starts without a policy.
    """
    if settings.policy_file is not None:
        return read_policy(settings.policy_file)
    return RuleBook.built_in(built_in(settings.approvers, self_approval=settings.allow_self_approval))


@asynccontextmanager
async def noted(audit: Audit, rules: RuleBook, process: str, clock: Clock) -> AsyncIterator[None]:
    """Put on record that a process goes by another policy than the last one that began.

    A database that cannot be written yet takes no decision either, so the process begins and tries again.
    """
    trying = asyncio.create_task(_note(audit, rules, process, clock))
    try:
        await asyncio.wait({trying}, timeout=FIRST_SECONDS)
        yield
    finally:
        trying.cancel()
        with suppress(asyncio.CancelledError):
            await trying


async def note_rules(audit: Audit, rules: RuleBook, process: str, clock: Clock) -> None:
    """One attempt. Raises StoreUnavailable."""
    last = await audit.newest(Deed.POLICY)
    if last is None or last.digest != rules.digest:
        said = f"Began with the policy {rules.source}."
        await audit.append(Record(deed=Deed.POLICY, by=process, at=clock.now(), digest=rules.digest, detail=said))


async def _note(audit: Audit, rules: RuleBook, process: str, clock: Clock) -> None:
    while True:
        try:
            return await note_rules(audit, rules, process, clock)
        except StoreUnavailable as error:
            log.warning("The policy is not on record yet: %s", error)
            await asyncio.sleep(AGAIN_SECONDS)
