"""Lessons, the symptoms at which they fire, and what became of the incidents that they guided."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lesson",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("created", UTCDateTime(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_lesson"),
    )
    op.create_index("ix_lesson_state", "lesson", ["state"])
    op.create_index("ix_lesson_created", "lesson", ["created"])
    op.create_table(
        "lesson_sign",
        sa.Column("lesson_id", AutoString(), nullable=False),
        sa.Column("sign", AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["lesson_id"], ["lesson.id"], name="fk_lesson_sign_lesson_id_lesson"),
        sa.PrimaryKeyConstraint("lesson_id", "sign", name="pk_lesson_sign"),
    )
    op.create_index("ix_lesson_sign_sign", "lesson_sign", ["sign"])
    op.create_table(
        "lesson_use",
        sa.Column("lesson_id", AutoString(), nullable=False),
        sa.Column("incident_id", AutoString(), nullable=False),
        sa.Column("good", sa.Boolean(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["lesson_id"], ["lesson.id"], name="fk_lesson_use_lesson_id_lesson"),
        sa.PrimaryKeyConstraint("lesson_id", "incident_id", name="pk_lesson_use"),
    )
