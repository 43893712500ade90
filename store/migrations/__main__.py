"""Writes the next migration from the tables: `python -m store.migrations "what changes"`.

It compares `store.tables` with what the scripts make so far; read and prune what it writes.
"""

import asyncio
import sys
import tempfile

from alembic import command
from sqlmodel import Session

from store.engine import connect
from store.migrate import config, head, upgrade
from store.urls import parse


async def _write(message: str) -> None:
    def revise(session: Session) -> None:
        number = f"{int(head()) + 1:04}"
        command.revision(config(session.connection()), message, autogenerate=True, rev_id=number)

    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/aoi.db"
        await upgrade(url)
        database = connect(parse(url))
        await database.read(revise)
        await database.close()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit('Say what changes: python -m store.migrations "what changes"')
    asyncio.run(_write(sys.argv[1]))
