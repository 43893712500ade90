"""A database that is locked, read-only, full, damaged or gone: one sentence that names the way out."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event, text

from domain.errors import StoreUnavailable
from store.build import Store, open_store
from store.engine import Database, connect
from store.incidents import SqlIncidents
from store.sqlite import SqliteDatabase
from store.urls import parse
from tests.contract.store.postgres import Postgres
from tests.contract.store.values import NOW, incident, note, opened


@contextmanager
def trouble(sentence: str) -> Iterator[None]:
    """Expect exactly one sentence, without SQL, values or passwords."""
    with pytest.raises(StoreUnavailable, match=sentence) as caught:
        yield
    said = str(caught.value)
    assert said[0].isupper()
    assert said.endswith(".")
    assert not any(word in said for word in ("INSERT", "SELECT", "UPDATE", "checkout", "naïve", "hunter2", "\n"))


async def test_locked_sqlite(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/aoi.db?timeout=0.05")
    holder = sqlite3.connect(tmp_path / "aoi.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with trouble(r"aoi\.db is locked; close the other program"):
        await opened(store)
    assert await store.incidents.get("inc-1") is None, "reading goes on"
    holder.execute("ROLLBACK")
    holder.close()
    assert await opened(store) == incident(), "and so does writing, once the lock is gone"
    await store.close()


async def test_closed_sqlite(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/aoi.db")
    await store.close()
    with trouble("is closed; AOI is stopping"):
        await store.incidents.get("inc-1")


async def test_locked_postgresql(server: Postgres) -> None:
    server.empty("aoi")
    store = await open_store(server.url("aoi") + "&options=-c%20lock_timeout%3D50ms")
    with psycopg.connect(server.url("aoi")) as holder:
        holder.execute("LOCK TABLE incident IN EXCLUSIVE MODE")
        with trouble("is locked"):
            await opened(store)
    assert await opened(store) == incident()
    await store.close()


async def test_read_only_sqlite(tmp_path: Path) -> None:
    writable = await open_store(f"sqlite:///{tmp_path}/aoi.db")
    await opened(writable)
    await writable.close()
    store = await open_store(f"sqlite:///file:{tmp_path}/aoi.db?mode=ro&uri=true")
    assert await store.incidents.get("inc-1") == incident()
    with trouble("is read-only; give AOI's user the right"):
        await store.journal.append("inc-1", "k", NOW, note())
    await store.close()


async def test_read_only_postgresql(server: Postgres) -> None:
    store = await open_store(server.url("aoi") + "&options=-c%20default_transaction_read_only%3Don")
    with trouble("is read-only"):
        await opened(store)
    await store.close()


async def test_full_sqlite(tmp_path: Path) -> None:
    await (await open_store(f"sqlite:///{tmp_path}/aoi.db")).close()
    database = connect(parse(f"sqlite:///{tmp_path}/aoi.db"))
    assert isinstance(database, SqliteDatabase)
    event.listen(database.engine, "connect", lambda c, _: c.execute("PRAGMA max_page_count=1"))
    big = incident().model_copy(update={"question": "x" * 200_000})
    with trouble("has no room left; free some space"):
        await SqlIncidents(database).open(big, "k")
    await database.close()


async def test_damaged_sqlite(tmp_path: Path) -> None:
    (tmp_path / "aoi.db").write_bytes(b"this is a diary, not a database\n" * 400)
    with trouble("is not a database; restore a backup"):
        await open_store(f"sqlite:///{tmp_path}/aoi.db")


async def test_sqlite_where_no_file_can_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with trouble("cannot be made; make it, or name another"):
        await open_store(f"sqlite:///{tmp_path}/file/aoi.db")
    with trouble("cannot be opened"):
        await open_store(f"sqlite:///{tmp_path}")


async def test_no_postgresql_there(tmp_path: Path) -> None:
    with trouble(r"PostgreSQL database aoi on .* does not answer; check that it runs"):
        await open_store(f"postgresql://aoi:hunter2@/aoi?host={tmp_path}")


async def test_no_such_database_on_postgresql(server: Postgres) -> None:
    with trouble("does not answer"):
        await open_store(server.url("nowhere"))


async def test_tables_that_were_taken_away(store: Store, url: str) -> None:
    database = connect(parse(url))
    await _execute(database, "ALTER TABLE message RENAME TO taken")
    with trouble("has not the tables AOI needs; run aoi db upgrade"):
        await store.outbox.unsent(1)
    await _execute(database, "ALTER TABLE taken RENAME TO message")
    await database.close()


async def test_postgresql_that_restarted_is_found_again(server: Postgres) -> None:
    server.empty("aoi")
    store = await open_store(server.url("aoi"))
    await opened(store)
    server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'aoi'")
    assert await store.incidents.get("inc-1") == incident()
    await store.close()


async def _execute(database: Database, statement: str) -> None:
    await database.write(lambda session: session.connection().execute(text(statement)))
