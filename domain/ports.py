"""Every Protocol the rooms depend on; the first file to read.

Data flows through them like this: a `Request` opens an incident (`Incidents`), the graph looks (`Eyes`),
decides (`Policy`), makes a proposal (`Planner`, `Approvals`), hands a grant over (`Ledger`), the executor acts
and the graph looks again. Every step is a `Journal` entry, and `Board` shows the people what the journal says.

Repositories raise `StoreUnavailable`; cluster ports raise the `Cluster*` errors of `domain.errors`.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Protocol

from pydantic import Field

from domain.actions import Action
from domain.approval import Approval, Grant, Verdict
from domain.audit import Head, Link, Record
from domain.base import Value
from domain.cluster import Scope
from domain.decisions import Decision
from domain.diagnosis import Hypothesis
from domain.episodes import Episode, Graded, Replay
from domain.evidence import Artifact, Finding
from domain.execution import Effect, Execution, Verification
from domain.incident import Incident, Status
from domain.journal import Entry, Step, Trajectory
from domain.lessons import Guidance, Lesson, State, Use
from domain.memory import Cue, Memory, Recollection, Symptom
from domain.model import Allowance, Ceilings, ModelCall
from domain.planning import PlanAnswer, PlanRequest
from domain.probes import ProbeCall, ProbeResult
from domain.proposal import Plan, Proposal, Refusal
from domain.retrain import Outcome, Retrain

# ---- the ambient, made explicit ----------------------------------------------------------------------------


class Clock(Protocol):
    """The time. In the lab `sleep` moves the virtual clock of the cluster."""

    def now(self) -> datetime:
        """The time, timezone-aware, UTC."""

    def monotonic(self) -> float:
        """Seconds that never run backwards."""

    async def sleep(self, seconds: float) -> None:
        """Let that much time pass."""


class Ids(Protocol):
    """Unguessable identifiers."""

    def new(self, prefix: str) -> str:
        """A fresh id such as `inc-k3f9…`."""


class Bell(Protocol):
    """Wakes a waiting loop of this process at once; loops also poll, for what other processes did."""

    def ring(self, topic: str) -> None:
        """Wake everybody who waits for the topic."""

    async def wait(self, topic: str, seconds: float) -> None:
        """Return when the topic rings, or after that many seconds of wall time."""


# ---- the cluster --------------------------------------------------------------------------------------------


class Triage(Value):
    """What the analyzers make of one look at the scope."""

    looked_at: str
    findings: tuple[Finding, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()
    """Best first."""
    artifacts: tuple[Artifact, ...] = ()


class Eyes(Protocol):
    """The reader identity, and nothing that writes. Only `observe` and the service hold it."""

    async def namespaces(self) -> tuple[str, ...]:
        """Namespaces that the reader sees and the settings allow, sorted."""

    async def triage(self, scope: Scope) -> Triage:
        """Snapshot the scope and run every analyzer."""

    async def probe(self, scope: Scope, call: ProbeCall) -> ProbeResult:
        """Run one probe. A failure is a result, never an exception; outside the scope it is a failure."""

    async def changed(self, proposal: Proposal) -> str | None:
        """What has become of a proposal's target since it was shown, in a sentence; `None` while it is as it was.

        Raises the `Cluster*` errors.
        """

    async def verify(
        self, scope: Scope, before: Sequence[Hypothesis], treated: Hypothesis | None, action: Action
    ) -> tuple[Verification, Triage]:
        """Watch until the symptom has stayed away for the settle window, or time is up."""


class Shortener(Protocol):
    """Puts what a probe had no room for into fewer sentences, each of which cites lines of it that exist."""

    async def shorten(self, incident: Incident, probe: str, left: Sequence[Finding]) -> tuple[Finding, ...]:
        """None at all where it cannot. `left` are numbered from 1 as in the artifact of the probe."""


class Planner(Protocol):
    """Makes an action concrete without changing anything."""

    async def plan(self, scope: Scope, action: Action) -> Plan | Refusal:
        """Guardrails, precondition, server-side dry run, diff and undo.

        Raises `ExecutorAway` where another process makes plans and none does.
        """


# ---- the Observer -------------------------------------------------------------------------------------------


class Sight(Value):
    """All that a policy is shown: findings, never artifacts."""

    incident: Incident
    trajectory: Trajectory
    findings: tuple[Finding, ...]
    hypotheses: tuple[Hypothesis, ...]
    """Of the freshest look, best first."""
    tried: tuple[str, ...] = ()
    """Keys of hypotheses whose action was executed, rejected or refused."""
    remarks: tuple[str, ...] = ()
    """What people said since the last decision: rejections with reason, messages."""
    memories: tuple[Recollection, ...] = ()
    """Past incidents like this one, most alike first."""
    lessons: tuple[Lesson, ...] = ()
    """Lessons with the symptoms of the freshest look, strongest first; not all of them fire."""
    guidance: tuple[Guidance, ...] = ()
    """What those that fire say; the hypotheses follow it already."""
    steps_left: int = Field(ge=0)
    probes_left: int = Field(ge=0)
    proposals_left: int = Field(ge=0)


class Policy(Protocol):
    """Whoever decides: rules, a model, or a script in tests."""

    @property
    def name(self) -> str:
        """Short name for cards, journal and reports."""

    async def decide(self, sight: Sight) -> Decision:
        """One decision. Cites only findings it was shown."""


class Shell(Protocol):
    """A command line for the plain baseline of the lab; nothing in the product holds one."""

    async def run(self, command: str) -> str:
        """What the command printed, errors included; a command that is not allowed says so."""


# ---- the store ----------------------------------------------------------------------------------------------


class Incidents(Protocol):
    """Incidents and who drives them."""

    async def open(self, incident: Incident, key: str) -> Incident:
        """Store a new incident; the same key returns the one that is there."""

    async def get(self, incident_id: str) -> Incident | None:
        """The incident, or `None`."""

    async def by_thread(self, channel: str, thread: str) -> Incident | None:
        """The newest incident of a Slack thread, or `None`."""

    async def latest(self, limit: int, unfinished: bool = False) -> tuple[Incident, ...]:
        """Newest first."""

    async def set_status(self, incident_id: str, status: Status, at: datetime) -> None:
        """Move the incident on."""

    async def lease(self, incident_id: str, owner: str, until: datetime, now: datetime) -> bool:
        """Become or stay the one driver; false when somebody else's lease still runs."""

    async def release(self, incident_id: str, owner: str) -> None:
        """Let others drive."""

    async def drivable(self, now: datetime) -> tuple[str, ...]:
        """Unfinished, not leased, and not waiting for a pending approval; oldest first."""


class Journal(Protocol):
    """The append-only record."""

    async def append(self, incident_id: str, key: str, at: datetime, step: Step) -> Entry:
        """Append a step; a key that is there already returns its entry and changes nothing."""

    async def trajectory(self, incident_id: str) -> Trajectory | None:
        """The whole run so far, or `None` for an unknown incident."""


class Artifacts(Protocol):
    """Raw, redacted probe outputs by content hash."""

    async def put(self, artifacts: Sequence[Artifact]) -> None:
        """Store those that are not there."""

    async def get(self, artifact_id: str) -> Artifact | None:
        """The artifact, or `None`."""


class ModelCalls(Protocol):
    """Every call of the model, and the ceilings that hold over all processes."""

    async def reserve(self, call: ModelCall, ceilings: Ceilings) -> Allowance:
        """Store a pending call that states the most it can cost, unless that breaks a ceiling; one at a time."""

    async def settle(self, call: ModelCall) -> None:
        """Replace a pending call by what became of it."""

    async def of(self, incident_id: str) -> tuple[ModelCall, ...]:
        """The calls of an incident, oldest first."""


class Memories(Protocol):
    """The long-term memory: past incidents by their symptoms and words."""

    async def remember(self, memory: Memory) -> None:
        """Keep it in place of an older one of the same incident; one of a longer journal stays."""

    async def recall(self, cue: Cue, limit: int) -> tuple[Recollection, ...]:
        """Those like the cue, the same workload first, then the most alike, then the newest."""

    async def behind(self, limit: int) -> tuple[str, ...]:
        """Ids of ended incidents that are not remembered, or whose journal has grown since; oldest first."""


class Lessons(Protocol):
    """What was learned, by the symptoms at which it fires."""

    async def keep(self, lesson: Lesson) -> bool:
        """Store it, or its next revision; false when there is this revision or a later one already."""

    async def get(self, lesson_id: str) -> Lesson | None:
        """The lesson, or `None`."""

    async def all(self, states: Collection[State] = ()) -> tuple[Lesson, ...]:
        """Those in these states, or in any; newest first."""

    async def fitting(self, symptoms: Collection[Symptom], now: datetime) -> tuple[Lesson, ...]:
        """The active ones all of whose symptoms are among these and that have not expired; strongest first."""

    async def note(self, use: Use) -> None:
        """Count an incident for or against a lesson; the last word on an incident counts."""

    async def uses(self, lesson_id: str) -> tuple[Use, ...]:
        """The incidents that it guided, oldest first."""


class Episodes(Protocol):
    """What learning reads: the journals of production, and the runs of the lab that were kept."""

    async def keep(self, episode: Episode) -> None:
        """Keep a run of the lab; the same id again replaces it. It never becomes an incident of the team's."""

    async def link(self, incident_id: str, replay: Replay) -> None:
        """Note where an incident can be played again, such as the scenario that it was captured as.

        Raises:
            BadInput: there is no such incident.
        """

    async def get(self, incident_id: str) -> Episode | None:
        """One run, or `None`."""

    async def since(self, at: datetime | None = None) -> tuple[Episode, ...]:
        """Every run that has ended and went on at or after `at`, oldest first; all of them without it."""


class Trial(Value):
    """A run of the lab, and the lessons that guide it."""

    replay: Replay
    lessons: tuple[Lesson, ...] = ()


class Played(Value):
    """What a trial came to."""

    graded: Graded
    trajectory: Trajectory


class Replays(Protocol):
    """Plays runs of the lab again, on worlds of their own; several at once where there is room."""

    async def play(self, trial: Trial) -> Played | None:
        """One run by the strict grader; `None` where it cannot be played any more, or no time is left."""


class Retrains(Protocol):
    """Retrains and who works on them. At most one runs at a time, over all processes."""

    async def ask(self, retrain: Retrain) -> Retrain:
        """Store a new one; returns what runs already, or has the same key, where there is such a one."""

    async def get(self, retrain_id: str) -> Retrain | None:
        """The retrain, or `None`."""

    async def latest(self, limit: int) -> tuple[Retrain, ...]:
        """Newest first."""

    async def take(self, worker: str, now: datetime, stale_seconds: float) -> Retrain | None:
        """Work on the one that runs, unless a worker that was heard of within that time does."""

    async def save(self, retrain: Retrain, worker: str, now: datetime) -> bool:
        """Keep how far it is, and that the worker lives; false when it must stop: cancelled, or taken over."""

    async def decide(
        self, retrain_id: str, expected: Outcome | None, outcome: Outcome, by: str, why: str, at: datetime
    ) -> Retrain | None:
        """Move one on by an atomic UPDATE: cancel what runs, promote or discard what is ready.

        `None` when it is not, or not any more, at `expected`.
        """


class Decided(Value):
    """The answer to a click."""

    won: bool
    """Whether this call decided; false when the proposal had been decided, had expired, or needs more people."""
    approval: Approval
    counted: bool = False
    """Whether this call added a consent, be it the last one or not."""


class Approvals(Protocol):
    """Proposals and the decisions on them. The buttons carry the proposal id."""

    async def submit(self, proposal: Proposal) -> Approval:
        """Store the proposal as pending; the same id again changes nothing."""

    async def proposal(self, proposal_id: str) -> Proposal | None:
        """The proposal, or `None`."""

    async def approval(self, proposal_id: str) -> Approval | None:
        """The decision so far, or `None` for an unknown proposal."""

    async def decide(
        self, proposal_id: str, verdict: Verdict, by: str | None, reason: str, at: datetime, glass: bool = False
    ) -> Decided | None:
        """Claim the decision by one atomic UPDATE, committed on return; `None` for an unknown proposal.

        An approval is kept as this person's consent, and decides once the proposal's terms have as many as they
        ask for; `glass` breaks the glass. After `expires_at` nothing wins: the row becomes EXPIRED instead.
        """

    async def expire(self, now: datetime) -> tuple[str, ...]:
        """Mark pending proposals that are past their time; returns the ids of their incidents."""


class Ledger(Protocol):
    """Executions: intent before, outcome after."""

    async def request(self, grant: Grant, at: datetime) -> Execution:
        """Queue the granted proposal; the same proposal again returns its row."""

    async def get(self, proposal_id: str) -> Execution | None:
        """The row, or `None`."""

    async def take(self, executor: str, now: datetime, stale_seconds: float) -> Execution | None:
        """Claim one row that is REQUESTED, or INTENDED by an executor that has been silent that long."""

    async def intend(self, proposal_id: str, executor: str, at: datetime) -> bool:
        """Record the intent, committed on return; false when this executor no longer holds the row."""

    async def finish(self, proposal_id: str, executor: str, effect: Effect, detail: str, at: datetime) -> bool:
        """Record a final effect; false when the row has one or is held by another."""

    async def withdraw(self, proposal_id: str, detail: str, at: datetime) -> bool:
        """Refuse a row that no executor has taken; false when one has."""

    async def rules_used(self, since: datetime, besides: str) -> tuple[str, ...]:
        """The rules of the writes that were begun since then and may have happened, but of one proposal."""


class Plans(Protocol):
    """Questions to the executor: what an action would come to. Answers change nothing in a cluster."""

    async def ask(self, request: PlanRequest) -> None:
        """Put a question; the same id again changes nothing. Questions long past are forgotten by the way."""

    async def take(self, executor: str, now: datetime, lease_seconds: float) -> PlanRequest | None:
        """Claim the oldest question that has neither expired nor an answer, and that nobody holds."""

    async def answer(self, request_id: str, executor: str, plan: Plan | Refusal) -> bool:
        """Answer it; false when there is an answer already, or another executor holds it."""

    async def look(self, request_id: str) -> PlanAnswer:
        """What has become of it; of an unknown question, nothing."""


class Audit(Protocol):
    """The chain of what was decided and done. The store itself appends decisions and executions to it."""

    async def append(self, record: Record) -> Link:
        """Seal one more record, in turn with all other writers."""

    async def newest(self, deed: str) -> Record | None:
        """The last record of a deed, or `None`."""

    async def of(self, incident_id: str) -> tuple[Record, ...]:
        """The records of an incident, oldest first."""

    async def chain(self) -> tuple[tuple[Link, ...], Head | None]:
        """Every row by its number, and the head, as they were at one moment."""


class Received(Value):
    """Something Slack delivered, as stored before the ack."""

    key: str
    kind: str
    body: dict[str, Any]
    at: datetime


class Inbox(Protocol):
    """Deliveries, each processed once."""

    async def receive(self, item: Received) -> bool:
        """Store it; false when the key was there."""

    async def take(self, owner: str, now: datetime, lease_seconds: float) -> Received | None:
        """Claim the oldest unprocessed delivery that nobody holds."""

    async def done(self, key: str) -> None:
        """Processed; it is not delivered again."""


class Message(Value):
    """A message as it should stand in Slack."""

    key: str
    """What it is, for good: `status:INCIDENT`, `proposal:PROPOSAL`. Also the block id that finds it again."""
    incident_id: str | None
    channel: str
    thread: str
    """Empty for a message at the channel's root."""
    text: str
    blocks: tuple[dict[str, Any], ...]


class Unsent(Value):
    """A message whose wanted form is newer than the one in Slack."""

    message: Message
    revision: int
    ts: str | None
    """Slack's timestamp of the posted message; `None` before the first post."""
    attempted: bool
    """Whether a post may have happened whose answer was lost: look in the thread first."""


class Outbox(Protocol):
    """Messages by their wanted state; the sender makes Slack agree."""

    async def want(self, message: Message, at: datetime) -> bool:
        """Set the wanted state; false when it is what was wanted already."""

    async def unsent(self, limit: int) -> tuple[Unsent, ...]:
        """Messages to post or to update, oldest wish first."""

    async def attempt(self, key: str, sender: str, at: datetime, patience_seconds: float) -> bool:
        """Claim the next post of a message, on record before it is tried.

        False when nothing is left to send, or when another sender's try is younger than `patience_seconds` and
        may still succeed.
        """

    async def sent(self, key: str, revision: int, ts: str, at: datetime) -> None:
        """Slack shows that revision at that timestamp."""

    async def drop(self, key: str, reason: str, at: datetime) -> None:
        """Slack will never take this revision; stop trying until it changes."""

    async def at(self, channel: str, ts: str) -> Message | None:
        """The message that Slack shows at a timestamp, or `None`."""


# ---- the people ---------------------------------------------------------------------------------------------


class Board(Protocol):
    """Shows people what the journal says."""

    async def refresh(self, incident_id: str) -> None:
        """Render the incident's cards from its journal into the outbox."""
