"""Opening the store."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from domain import ports
from store.approvals import SqlApprovals
from store.artifacts import SqlArtifacts
from store.audit import SqlAudit
from store.engine import Database, connect
from store.episodes import SqlEpisodes
from store.inbox import SqlInbox
from store.incidents import SqlIncidents
from store.journal import SqlJournal
from store.ledger import SqlLedger
from store.lessons import SqlLessons
from store.memories import SqlMemories
from store.migrate import Shape, make_folder, require, shape, upgrade_open
from store.model_calls import SqlModelCalls
from store.outbox import SqlOutbox
from store.plans import SqlPlans
from store.retrains import SqlRetrains
from store.urls import parse


@dataclass(frozen=True)
class Store:
    """Every repository over one database. Call `close` before the event loop ends."""

    incidents: ports.Incidents
    journal: ports.Journal
    artifacts: ports.Artifacts
    approvals: ports.Approvals
    ledger: ports.Ledger
    plans: ports.Plans
    audit: ports.Audit
    model_calls: ports.ModelCalls
    memories: ports.Memories
    lessons: ports.Lessons
    episodes: ports.Episodes
    inbox: ports.Inbox
    outbox: ports.Outbox
    retrains: ports.Retrains
    close: Callable[[], Awaitable[None]]


async def open_store(url: str) -> Store:
    """Open the database at `url`; a SQLite file is made, and brought up to date, where needed.

    Raises:
        Misconfigured: the URL is wrong, the tables are behind (PostgreSQL), or a newer AOI made them.
        StoreUnavailable: the database cannot be reached, or made.
    """
    address = parse(url)
    make_folder(address)
    database = connect(address)
    try:
        await _prepare(database)
    except BaseException:
        await database.close()
        raise
    return Store(
        incidents=SqlIncidents(database),
        journal=SqlJournal(database),
        artifacts=SqlArtifacts(database),
        approvals=SqlApprovals(database),
        ledger=SqlLedger(database),
        plans=SqlPlans(database),
        audit=SqlAudit(database),
        model_calls=SqlModelCalls(database),
        memories=SqlMemories(database),
        lessons=SqlLessons(database),
        episodes=SqlEpisodes(database),
        inbox=SqlInbox(database),
        outbox=SqlOutbox(database),
        retrains=SqlRetrains(database),
        close=database.close,
    )


async def _prepare(database: Database) -> None:
    found = await shape(database)
    if database.address.kind == "sqlite" and found is Shape.BEHIND:
        await upgrade_open(database)
    else:
        require(found, database.address.name)
