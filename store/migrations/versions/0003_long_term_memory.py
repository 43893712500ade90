"""Long-term memory: past incidents by symptom, by subject and by words."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "memory",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", AutoString(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_memory_incident_id_incident"),
        sa.PrimaryKeyConstraint("id", name="pk_memory"),
        sa.UniqueConstraint("incident_id", name="uq_memory_incident_id"),
    )
    op.create_table(
        "memory_sign",
        sa.Column("memory_id", sa.Integer(), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("sign", AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["memory_id"], ["memory.id"], name="fk_memory_sign_memory_id_memory"),
        sa.PrimaryKeyConstraint("memory_id", "kind", "sign", name="pk_memory_sign"),
    )
    op.create_index("ix_memory_sign_kind_sign", "memory_sign", ["kind", "sign"])
    _words()


def _words() -> None:
    """The index of words, which each database makes in its own way. Its `id` is the memory's."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE memory_words USING fts5(words, tokenize = 'porter unicode61')")
        return
    op.execute(
        "CREATE TABLE memory_words (id INTEGER PRIMARY KEY REFERENCES memory (id), words TSVECTOR NOT NULL)"
    )
    op.execute("CREATE INDEX ix_memory_words_words ON memory_words USING gin (words)")
