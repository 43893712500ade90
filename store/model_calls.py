"""Calls of the model, and the ceilings over all processes."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from domain.model import Allowance, Ceilings, ModelCall, Spent
from store.engine import Database
from store.tables import ModelCallRow

_ROW = ModelCallRow
_LOCK = 0x0A02
"""Key of the advisory lock that reservations on PostgreSQL queue for; SQLite has one writer anyway."""


@dataclass(frozen=True)
class SqlModelCalls:
    """`domain.ports.ModelCalls` in SQL."""

    database: Database

    async def reserve(self, call: ModelCall, ceilings: Ceilings) -> Allowance:
        """Store a pending call that states the most it can cost, unless that breaks a ceiling; one at a time."""
        midnight = call.at.replace(hour=0, minute=0, second=0, microsecond=0)

        def work(session: Session) -> Allowance:
            if session.get_bind().dialect.name == "postgresql":
                session.exec(select(func.pg_advisory_xact_lock(_LOCK)))
            incident = _spent(session, col(_ROW.incident_id) == call.incident_id)
            day = _spent(session, col(_ROW.at) >= midnight)
            refused = ceilings.refuses(call.spent, incident, day)
            if refused is None:
                session.add(_row(call))
            return Allowance(refused=refused, seconds_left=ceilings.incident_seconds - incident.seconds)

        return await self.database.write(work)

    async def settle(self, call: ModelCall) -> None:
        """Replace a pending call by what became of it."""
        await self.database.write(lambda session: session.merge(_row(call)))

    async def of(self, incident_id: str) -> tuple[ModelCall, ...]:
        """The calls of an incident, oldest first."""
        rows = select(_ROW).where(_ROW.incident_id == incident_id).order_by(col(_ROW.at), col(_ROW.id))
        return await self.database.read(lambda session: tuple(row.value for row in session.exec(rows)))


def _row(call: ModelCall) -> ModelCallRow:
    return ModelCallRow(
        id=call.id, incident_id=call.incident_id, at=call.at, value=call, **call.spent.model_dump()
    )


def _spent(session: Session, which: ColumnElement[bool]) -> Spent:
    tokens, cost, seconds = (
        func.coalesce(func.sum(col(column)), 0) for column in (_ROW.tokens, _ROW.cost, _ROW.seconds)
    )
    row = session.exec(select(tokens, cost, seconds).where(which)).one()
    return Spent(tokens=int(row[0]), cost=float(row[1]), seconds=float(row[2]))
