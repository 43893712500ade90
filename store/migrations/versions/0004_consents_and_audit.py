"""Consents of several people, and the audit."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consent",
        sa.Column("proposal_id", AutoString(), nullable=False),
        sa.Column("user", AutoString(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("glass", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name="fk_consent_proposal_id_proposal"),
        sa.PrimaryKeyConstraint("proposal_id", "user", name="pk_consent"),
    )
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("prior", AutoString(), nullable=False),
        sa.Column("hash", AutoString(), nullable=False),
        sa.Column("text", AutoString(), nullable=False),
        sa.Column("deed", AutoString(), nullable=False),
        sa.Column("incident_id", AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )
    op.create_index("ix_audit_deed", "audit", ["deed"])
    op.create_index("ix_audit_incident_id", "audit", ["incident_id"])
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
