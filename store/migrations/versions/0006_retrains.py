"""Retrains."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "retrain",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("key", AutoString(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("outcome", AutoString(), nullable=True),
        sa.Column("running", sa.Boolean(), nullable=True),
        sa.Column("worker", AutoString(), nullable=True),
        sa.Column("heard_at", UTCDateTime(), nullable=True),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_retrain"),
        sa.UniqueConstraint("key", name="uq_retrain_key"),
        sa.UniqueConstraint("running", name="uq_retrain_running"),
    )
    op.create_index("ix_retrain_at", "retrain", ["at"])
