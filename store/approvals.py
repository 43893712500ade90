"""Proposals and the decisions on them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, literal, null
from sqlmodel import Session, col, select, update

from domain.approval import Approval, Verdict
from domain.ports import Decided
from domain.proposal import Proposal
from store.columns import Prose
from store.engine import Database
from store.insert import insert
from store.tables import ProposalRow

_PENDING = col(ProposalRow.verdict) == Verdict.PENDING.value


@dataclass(frozen=True)
class SqlApprovals:
    """`domain.ports.Approvals` in SQL."""

    database: Database

    async def submit(self, proposal: Proposal) -> Approval:
        """Store the proposal as pending; the same id again changes nothing."""

        def work(session: Session) -> Approval:
            new = insert(session, ProposalRow).values(
                id=proposal.id,
                incident_id=proposal.incident_id,
                revision=proposal.revision,
                digest=proposal.digest,
                expires_at=proposal.expires_at,
                verdict=Verdict.PENDING.value,
                value=proposal,
            )
            session.exec(new.on_conflict_do_nothing(index_elements=["id"]))
            return _approval(session.exec(select(ProposalRow).where(ProposalRow.id == proposal.id)).one())

        return await self.database.write(work)

    async def proposal(self, proposal_id: str) -> Proposal | None:
        """The proposal, or `None`."""
        row = await self.database.read(lambda session: session.get(ProposalRow, proposal_id))
        return row.value if row else None

    async def approval(self, proposal_id: str) -> Approval | None:
        """The decision so far, or `None` for an unknown proposal."""
        row = await self.database.read(lambda session: session.get(ProposalRow, proposal_id))
        return _approval(row) if row else None

    async def decide(
        self, proposal_id: str, verdict: Verdict, by: str | None, reason: str, at: datetime
    ) -> Decided | None:
        """Claim the decision by one atomic UPDATE, committed on return; `None` for an unknown proposal.

        Whatever is decided after `expires_at`, the row becomes EXPIRED and the call has not won.
        """
        if verdict is Verdict.PENDING:
            raise ValueError("PENDING decides nothing.")
        late = col(ProposalRow.expires_at) <= at
        claim = (
            update(ProposalRow)
            .where(col(ProposalRow.id) == proposal_id, _PENDING)
            .values(
                verdict=case((late, Verdict.EXPIRED.value), else_=verdict.value),
                decided_by=case((late, null()), else_=by),
                reason=case((late, ""), else_=literal(reason, Prose())),
                decided_at=at,
            )
        )

        def work(session: Session) -> Decided | None:
            claimed = session.exec(claim).rowcount == 1
            row = session.get(ProposalRow, proposal_id)
            if row is None:
                return None
            return Decided(won=claimed and row.verdict == verdict.value, approval=_approval(row))

        return await self.database.write(work)

    async def expire(self, now: datetime) -> tuple[str, ...]:
        """Mark pending proposals that are past their time; returns the ids of their incidents."""
        over = (
            update(ProposalRow)
            .where(_PENDING, col(ProposalRow.expires_at) <= now)
            .values(verdict=Verdict.EXPIRED.value, decided_at=now)
            .returning(col(ProposalRow.incident_id))
        )
        incidents = await self.database.write(lambda session: session.exec(over).scalars().all())
        return tuple(dict.fromkeys(incidents))


def _approval(row: ProposalRow) -> Approval:
    return Approval(
        proposal_id=row.id,
        digest=row.digest,
        verdict=Verdict(row.verdict),
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        reason=row.reason,
    )
