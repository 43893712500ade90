"""Proposals and the decisions on them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, literal, null
from sqlmodel import Session, col, select, update

from domain.approval import Approval, Verdict
from domain.audit import Deed
from domain.ports import Decided
from domain.proposal import Proposal
from domain.terms import Consent, settled
from store.audit import append, record_of
from store.columns import Prose
from store.engine import Database
from store.insert import insert, inserted
from store.tables import ConsentRow, ProposalRow

_WAITING = Verdict.PENDING.value
_PENDING = col(ProposalRow.verdict) == _WAITING


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
            if inserted(session, new.on_conflict_do_nothing(index_elements=["id"]), col(ProposalRow.id)):
                append(session, record_of(proposal, Deed.PROPOSED, proposal.proposed_by, proposal.created_at))
            return _approval(session, session.exec(select(ProposalRow).where(ProposalRow.id == proposal.id)).one())

        return await self.database.write(work)

    async def proposal(self, proposal_id: str) -> Proposal | None:
        """The proposal, or `None`."""
        row = await self.database.read(lambda session: session.get(ProposalRow, proposal_id))
        return row.value if row else None

    async def approval(self, proposal_id: str) -> Approval | None:
        """The decision so far, or `None` for an unknown proposal."""

        def work(session: Session) -> Approval | None:
            row = session.get(ProposalRow, proposal_id)
            return _approval(session, row) if row else None

        return await self.database.read(work)

    async def decide(
        self, proposal_id: str, verdict: Verdict, by: str | None, reason: str, at: datetime, glass: bool = False
    ) -> Decided | None:
        """Claim the decision by one atomic UPDATE, committed on return; `None` for an unknown proposal.

        An approval is kept as this person's consent first, and decides when the proposal's terms have enough of
        them. Whatever is decided after `expires_at`, the row becomes EXPIRED and the call has not won.
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
            # Locked first: of two people who consent at once, the second has to see the first.
            row = session.exec(select(ProposalRow).where(ProposalRow.id == proposal_id).with_for_update()).first()
            if row is None:
                return None
            counted = False
            if verdict is Verdict.APPROVED and by is not None and row.verdict == _WAITING and at < row.expires_at:
                counted = _consent(session, row, Consent(user=by, at=at, glass=glass, reason=reason))
                if _short(row.value, _consents(session, proposal_id)):
                    return Decided(won=False, approval=_approval(session, row), counted=counted)
            claimed = session.exec(claim).rowcount == 1
            session.refresh(row)
            if claimed:
                append(session, record_of(row.value, Deed(row.verdict), row.decided_by or "time", at, row.reason))
            won = claimed and row.verdict == verdict.value
            return Decided(won=won, approval=_approval(session, row), counted=counted)

        return await self.database.write(work)

    async def expire(self, now: datetime) -> tuple[str, ...]:
        """Mark pending proposals that are past their time; returns the ids of their incidents."""
        over = (
            update(ProposalRow)
            .where(_PENDING, col(ProposalRow.expires_at) <= now)
            .values(verdict=Verdict.EXPIRED.value, decided_at=now)
            .returning(col(ProposalRow.id))
        )

        def work(session: Session) -> list[str]:
            expired = session.exec(over).scalars().all()
            rows = session.exec(select(ProposalRow).where(col(ProposalRow.id).in_(expired))).all()
            for row in rows:
                append(session, record_of(row.value, Deed.EXPIRED, "time", now))
            return [row.incident_id for row in rows]

        return tuple(dict.fromkeys(await self.database.write(work)))


def _consent(session: Session, row: ProposalRow, consent: Consent) -> bool:
    """Keep one person's yes; false when it is there already. Breaking the glass replaces an ordinary one."""
    new = insert(session, ConsentRow).values(proposal_id=row.id, **dict(consent))
    keys = ["proposal_id", "user"]
    if consent.glass:
        again = {"at": consent.at, "glass": True, "reason": consent.reason}
        new = new.on_conflict_do_update(index_elements=keys, set_=again)
    else:
        new = new.on_conflict_do_nothing(index_elements=keys)
    if not inserted(session, new, col(ConsentRow.user)):
        return False
    deed = Deed.BROKE_GLASS if consent.glass else Deed.CONSENTED
    append(session, record_of(row.value, deed, consent.user, consent.at, consent.reason))
    return True


def _short(proposal: Proposal, consents: tuple[Consent, ...]) -> bool:
    """Whether it takes more than these; without terms one person decides."""
    terms = proposal.terms
    return terms is not None and settled(terms, proposal.proposed_by, consents) is not None


def _consents(session: Session, proposal_id: str) -> tuple[Consent, ...]:
    rows = select(ConsentRow).where(ConsentRow.proposal_id == proposal_id)
    rows = rows.order_by(col(ConsentRow.at), col(ConsentRow.user))
    return tuple(Consent(user=r.user, at=r.at, glass=r.glass, reason=r.reason) for r in session.exec(rows))


def _approval(session: Session, row: ProposalRow) -> Approval:
    return Approval(
        proposal_id=row.id,
        digest=row.digest,
        verdict=Verdict(row.verdict),
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        reason=row.reason,
        consents=_consents(session, row.id),
    )
