"""`aoi db upgrade`."""

from rich.console import Console

from app.settings import load_settings
from store.migrate import upgrade as migrate


async def upgrade() -> int:
    """Bring the tables to this version's shape."""
    revision = await migrate(load_settings().store_url)
    Console().print(f"The database is up to date (revision {revision}).")
    return 0
