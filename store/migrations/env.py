"""Alembic's entry: runs the scripts on the connection and in the transaction that `store.migrate` hands over."""

from typing import Any, Literal

from alembic import context

from store.columns import Prose, Stored
from store.tables import Row
from store.words import compared


def _render(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """Write our column types as what they are in the database, so that old scripts need no code of ours."""
    return "sa.Text()" if kind == "type" and isinstance(item, Prose | Stored) else False


context.configure(
    connection=context.config.attributes["connection"],
    include_name=compared,
    target_metadata=Row.metadata,
    compare_type=True,
    render_as_batch=True,
    render_item=_render,
)
context.run_migrations()
