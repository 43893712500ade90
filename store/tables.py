"""The tables. A row holds the domain value as JSON, and beside it what is searched or changed.

Nothing outside this package sees a row. A change here needs a migration (`python -m store.migrations "what"`); a
test compares the two.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, MetaData, UniqueConstraint
from sqlmodel import Field, SQLModel

from domain.episodes import Episode, Replay
from domain.evidence import Artifact
from domain.incident import Incident
from domain.journal import Step
from domain.lessons import Lesson
from domain.memory import Memory
from domain.model import ModelCall
from domain.planning import PlanRequest
from domain.ports import Message
from domain.proposal import Plan, Proposal, Refusal
from domain.retrain import Retrain
from store.columns import packed, prose, stored


class Row(SQLModel):
    """What the tables have in common: constraints have names, so that migrations can change them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class IncidentRow(Row, table=True):
    """An incident and its driver. `status` and `updated_at` are newer than those in `value`."""

    __tablename__ = "incident"
    __table_args__ = (Index("ix_incident_thread", "channel", "thread"),)

    id: str = Field(primary_key=True)
    key: str = Field(unique=True)
    channel: str
    thread: str
    status: str = Field(index=True)
    created_at: datetime = Field(index=True)
    updated_at: datetime
    lease_owner: str | None = None
    lease_until: datetime | None = None
    last_seq: int = 0
    """How many journal entries there are."""
    value: Incident = Field(sa_column=stored(Incident))


class EntryRow(Row, table=True):
    """A line of an incident's journal; never changed."""

    __tablename__ = "entry"
    __table_args__ = (UniqueConstraint("incident_id", "key"),)

    incident_id: str = Field(primary_key=True, foreign_key="incident.id")
    seq: int = Field(primary_key=True)
    key: str
    at: datetime
    step: Step = Field(sa_column=stored(Step))


class ArtifactRow(Row, table=True):
    """A raw, redacted output by its content hash."""

    __tablename__ = "artifact"

    id: str = Field(primary_key=True)
    value: Artifact = Field(sa_column=stored(Artifact))


class ProposalRow(Row, table=True):
    """A proposal and the decision on it."""

    __tablename__ = "proposal"

    id: str = Field(primary_key=True)
    incident_id: str = Field(foreign_key="incident.id", index=True)
    revision: int
    digest: str
    expires_at: datetime
    verdict: str = Field(index=True)
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str = Field(sa_column=prose())
    value: Proposal = Field(sa_column=stored(Proposal))


class ExecutionRow(Row, table=True):
    """A line of the ledger; at most one for a proposal."""

    __tablename__ = "execution"

    proposal_id: str = Field(primary_key=True, foreign_key="proposal.id")
    effect: str = Field(index=True)
    detail: str = Field(sa_column=prose())
    requested_at: datetime
    intended_at: datetime | None = None
    finished_at: datetime | None = None
    executor: str | None = None
    heard_at: datetime | None = None
    """The last sign of life of the executor that holds the row."""


class PlanRow(Row, table=True):
    """A question to the executor, and its answer."""

    __tablename__ = "plan_request"

    id: str = Field(primary_key=True)
    expires_at: datetime = Field(index=True)
    executor: str | None = None
    held_until: datetime | None = None
    request: PlanRequest = Field(sa_column=stored(PlanRequest))
    answer: Plan | Refusal | None = Field(sa_column=stored(Plan | Refusal | None, nullable=True))


class ConsentRow(Row, table=True):
    """One person's yes to a proposal; the key sees to it that nobody counts twice."""

    __tablename__ = "consent"

    proposal_id: str = Field(primary_key=True, foreign_key="proposal.id")
    user: str = Field(primary_key=True)
    at: datetime
    glass: bool = False
    reason: str = Field(sa_column=prose())


class AuditRow(Row, table=True):
    """A row of the audit; never changed. No foreign keys: it outlives what it tells of."""

    __tablename__ = "audit"

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    prior: str
    hash: str
    text: str
    """Hashed byte for byte, so it is read as it stands."""
    deed: str = Field(index=True)
    incident_id: str = Field(index=True)
    """Both for looking up; the text counts."""


class AuditHeadRow(Row, table=True):
    """Where the audit ends: one row, which every writer locks before it appends."""

    __tablename__ = "audit_head"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    seq: int
    hash: str


class ModelCallRow(Row, table=True):
    """A call of the model; what the ceilings add up stands beside it."""

    __tablename__ = "model_call"

    id: str = Field(primary_key=True)
    incident_id: str = Field(foreign_key="incident.id", index=True)
    at: datetime = Field(index=True)
    tokens: int
    cost: float
    seconds: float
    value: ModelCall = Field(sa_column=stored(ModelCall))


class MemoryRow(Row, table=True):
    """What is remembered of an incident. Its words stand in the table `memory_words`, see `store.words`."""

    __tablename__ = "memory"

    id: int | None = Field(default=None, primary_key=True)
    incident_id: str = Field(foreign_key="incident.id", unique=True)
    seq: int
    at: datetime
    value: Memory = Field(sa_column=stored(Memory))


class MemorySignRow(Row, table=True):
    """One thing that a memory is found by: `kind` is `symptom` or `subject`."""

    __tablename__ = "memory_sign"
    __table_args__ = (Index("ix_memory_sign_kind_sign", "kind", "sign"),)

    memory_id: int = Field(primary_key=True, foreign_key="memory.id")
    kind: str = Field(primary_key=True)
    sign: str = Field(primary_key=True)


class EpisodeRow(Row, table=True):
    """A run of the lab that was kept; no incident of the team's knows of it."""

    __tablename__ = "episode"

    id: str = Field(primary_key=True)
    at: datetime = Field(index=True)
    value: Episode = Field(sa_column=packed(Episode))


class ReplayRow(Row, table=True):
    """Where an incident can be played again."""

    __tablename__ = "replay"

    incident_id: str = Field(primary_key=True, foreign_key="incident.id")
    value: Replay = Field(sa_column=stored(Replay))


class LessonRow(Row, table=True):
    """A lesson as it stands; how often it was used is counted in its uses."""

    __tablename__ = "lesson"

    id: str = Field(primary_key=True)
    revision: int
    state: str = Field(index=True)
    created: datetime = Field(index=True)
    value: Lesson = Field(sa_column=stored(Lesson))


class LessonSignRow(Row, table=True):
    """One symptom at which a lesson fires."""

    __tablename__ = "lesson_sign"

    lesson_id: str = Field(primary_key=True, foreign_key="lesson.id")
    sign: str = Field(primary_key=True, index=True)


class LessonUseRow(Row, table=True):
    """What became of one incident that a lesson guided. No foreign key on the incident, which may be pruned."""

    __tablename__ = "lesson_use"

    lesson_id: str = Field(primary_key=True, foreign_key="lesson.id")
    incident_id: str = Field(primary_key=True)
    good: bool
    at: datetime
    why: str = Field(sa_column=prose())


class DeliveryRow(Row, table=True):
    """Something Slack delivered; `id` counts in the order of arrival."""

    __tablename__ = "delivery"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    kind: str
    at: datetime
    done: bool = Field(default=False, index=True)
    owner: str | None = None
    held_until: datetime | None = None
    body: dict[str, Any] = Field(sa_column=stored(dict[str, Any]))
    """Emptied when done: it holds what people wrote, and is needed no more."""


class MessageRow(Row, table=True):
    """A message as wanted, and which of its revisions Slack shows.

    No foreign key on the incident: the message stays in Slack when the incident is pruned.
    """

    __tablename__ = "message"
    __table_args__ = (Index("ix_message_shown", "channel", "ts"),)

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    channel: str
    digest: str
    revision: int
    wanted_at: datetime
    """Of the oldest wish that Slack does not show yet."""
    attempted_at: datetime | None = None
    attempted_by: str = ""
    attempted: int = 0
    """The newest revision that was tried."""
    sent: int = 0
    """The newest revision that Slack shows."""
    dropped: int = 0
    """The newest revision that Slack will not take."""
    dropped_at: datetime | None = None
    drop_reason: str = Field(sa_column=prose())
    sent_at: datetime | None = None
    ts: str | None = None
    value: Message = Field(sa_column=stored(Message))


class RetrainRow(Row, table=True):
    """A retrain and its worker. `outcome`, `decided_by` and what they imply are newer than those in `value`."""

    __tablename__ = "retrain"

    id: str = Field(primary_key=True)
    key: str = Field(unique=True)
    at: datetime = Field(index=True)
    outcome: str | None = None
    running: bool | None = Field(default=True, unique=True)
    """True or NULL: the constraint sees to it that one runs at most."""
    worker: str | None = None
    heard_at: datetime | None = None
    """The last sign of life of the worker."""
    value: Retrain = Field(sa_column=stored(Retrain))
