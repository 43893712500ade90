"""The approver policy of this process, and its place in the audit."""

from app.settings import Settings
from domain.audit import Deed, Record
from domain.policy import built_in
from domain.policy_file import RuleBook, read_policy
from domain.ports import Audit, Clock


def rules_of(settings: Settings) -> RuleBook:
    """The policy of the file that the settings name, or the built-in one with their approvers.

    Raises:
        BadFile: the file cannot be read or has mistakes; nothing starts without a policy.
    """
    if settings.policy_file is not None:
        return read_policy(settings.policy_file)
    return RuleBook.built_in(built_in(settings.approvers, self_approval=settings.allow_self_approval))


async def note_rules(audit: Audit, rules: RuleBook, process: str, clock: Clock) -> None:
    """Put on record that a process goes by another policy than the last one that began."""
    last = await audit.newest(Deed.POLICY)
    if last is None or last.digest != rules.digest:
        said = f"Began with the policy {rules.source}."
        await audit.append(Record(deed=Deed.POLICY, by=process, at=clock.now(), digest=rules.digest, detail=said))
