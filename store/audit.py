"""The audit chain in SQL.

Every writer locks the one row of the head before it appends, so that the rows of all processes stand in one line:
PostgreSQL by SELECT … FOR UPDATE, SQLite by the write lock that each write of ours takes first. The lock is taken
at the end of a transaction, after the rows that the record is about, and goes with its commit.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import true
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from domain.audit import GENESIS, Deed, Head, Link, Record, link_of
from domain.errors import StoreUnavailable
from domain.proposal import Proposal
from store.engine import Database
from store.insert import insert
from store.tables import AuditHeadRow, AuditRow

_ONE = 1
"""Id of the only head."""


@dataclass(frozen=True)
class SqlAudit:
    """`domain.ports.Audit` in SQL."""

    database: Database

    async def append(self, record: Record) -> Link:
        """Seal one more record, in turn with all other writers."""
        return await self.database.write(lambda session: append(session, record))

    async def newest(self, deed: str) -> Record | None:
        """The last record of a deed, or `None`."""
        last = select(AuditRow.text).where(AuditRow.deed == deed).order_by(col(AuditRow.seq).desc()).limit(1)
        text = await self.database.read(lambda session: session.exec(last).first())
        return Record.model_validate_json(text) if text else None

    async def of(self, incident_id: str) -> tuple[Record, ...]:
        """The records of an incident, oldest first."""
        texts = select(AuditRow.text).where(AuditRow.incident_id == incident_id).order_by(col(AuditRow.seq))
        found = await self.database.read(lambda session: session.exec(texts).all())
        return tuple(Record.model_validate_json(text) for text in found)

    async def chain(self) -> tuple[tuple[Link, ...], Head | None]:
        """Every row by its number, and the head, as they were at one moment.

        One statement reads both: each statement sees what was committed when it began.
        """
        both = select(AuditRow, AuditHeadRow).outerjoin(AuditHeadRow, true()).order_by(col(AuditRow.seq))

        def work(session: Session) -> tuple[tuple[Link, ...], Head | None]:
            found = session.exec(both).all()
            head = found[0][1] if found else session.get(AuditHeadRow, _ONE)
            links = (Link(seq=r.seq, prior=r.prior, hash=r.hash, text=r.text) for r, _ in found)
            return tuple(links), Head(seq=head.seq, hash=head.hash) if head else None

        return await self.database.read(work)


def append(session: Session, record: Record) -> Link:
    """Seal a record within the transaction of what it tells of: both are kept, or neither.

    Raises:
        StoreUnavailable: the chain does not fit its head, so nothing more may be decided or done.
    """
    first = insert(session, AuditHeadRow).values(id=_ONE, seq=0, hash=GENESIS)
    session.exec(first.on_conflict_do_nothing(index_elements=["id"]))
    locked = select(AuditHeadRow.seq, AuditHeadRow.hash).where(AuditHeadRow.id == _ONE).with_for_update()
    seq, last = session.exec(locked).one()
    link = link_of(Head(seq=seq, hash=last), record)
    row = insert(session, AuditRow).values(**dict(link), deed=record.deed, incident_id=record.incident_id)
    try:
        session.exec(row)
    except IntegrityError as e:
        broken = f"The audit has a row {link.seq} that its head does not know; aoi audit verify tells more."
        raise StoreUnavailable(broken) from e
    session.exec(update(AuditHeadRow).where(col(AuditHeadRow.id) == _ONE).values(seq=link.seq, hash=link.hash))
    return link


def record_of(proposal: Proposal, deed: Deed, by: str, at: datetime, detail: str = "") -> Record:
    """What is done about a proposal."""
    return Record(
        deed=deed,
        by=by,
        at=at,
        incident_id=proposal.incident_id,
        proposal_id=proposal.id,
        digest=proposal.digest,
        rule=proposal.terms.rule if proposal.terms else "",
        detail=detail,
    )
