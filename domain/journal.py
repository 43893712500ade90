"""The journal of an incident: every step as it happened, and the trajectory read from it."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from domain.actions import Action
from domain.approval import Approval, Verdict
from domain.base import Value
from domain.decisions import Decision
from domain.diagnosis import Diagnosis, Hypothesis
from domain.evidence import Finding
from domain.execution import Execution, Verification
from domain.feedback import Feedback, Thumb
from domain.incident import Incident, Status
from domain.lessons import Lesson, Word
from domain.memory import Recollection
from domain.probes import ProbeCall
from domain.proposal import Proposal, Refusal


class Opened(Value):
    """The question arrived."""

    kind: Literal["opened"] = "opened"
    question: str
    user: str


class Triaged(Value):
    """The first look: analyzers over a snapshot."""

    kind: Literal["triaged"] = "triaged"
    looked_at: str
    """One sentence: namespaces and how many objects."""
    findings: tuple[Finding, ...]
    hypotheses: tuple[Hypothesis, ...]
    artifacts: tuple[str, ...] = ()


class Probed(Value):
    """One probe that the Observer asked for."""

    kind: Literal["probed"] = "probed"
    call: ProbeCall
    status: Literal["ok", "empty", "failed"]
    note: str
    findings: tuple[Finding, ...]
    artifact: str | None = None


class Decided(Value):
    """A decision of the Observer."""

    kind: Literal["decided"] = "decided"
    policy: str
    decision: Decision
    milliseconds: float


class Proposed(Value):
    """A proposal was put before the people."""

    kind: Literal["proposed"] = "proposed"
    proposal: Proposal


class Refused(Value):
    """An action was refused before it reached the people."""

    kind: Literal["refused"] = "refused"
    action: str
    refusal: Refusal


class Ruled(Value):
    """The people, or time, decided on a proposal."""

    kind: Literal["ruled"] = "ruled"
    approval: Approval


class Executed(Value):
    """The executor reported an outcome."""

    kind: Literal["executed"] = "executed"
    execution: Execution


class Verified(Value):
    """The look after an action."""

    kind: Literal["verified"] = "verified"
    proposal_id: str
    verification: Verification
    findings: tuple[Finding, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()


class Concluded(Value):
    """The run ended with an answer."""

    kind: Literal["concluded"] = "concluded"
    status: Status
    diagnosis: Diagnosis
    text: str
    """The verdict in one or two sentences."""
    advice: str = ""


class Rated(Value):
    """Somebody gave a thumb."""

    kind: Literal["rated"] = "rated"
    feedback: Feedback


class Unrated(Value):
    """Somebody took a thumb back."""

    kind: Literal["unrated"] = "unrated"
    user: str
    target: str
    thumb: Thumb


class Asked(Value):
    """A person asked for a write of their own: an edited proposal, or an undo."""

    kind: Literal["asked"] = "asked"
    by: str
    action: Action


class Noted(Value):
    """Something people should know: a message in the thread, a fallback, a budget that ended."""

    kind: Literal["noted"] = "noted"
    by: str
    text: str


class Held(Value):
    """AOI cannot go on for now, says why and what is missing, and goes on by itself once it can."""

    kind: Literal["held"] = "held"
    why: str
    """One sentence with the way out."""


class Recalled(Value):
    """Past incidents came to mind; the newest such step counts."""

    kind: Literal["recalled"] = "recalled"
    memories: tuple[Recollection, ...]
    """Most alike first."""


class Taught(Value):
    """Lessons came to mind; the newest such step counts."""

    kind: Literal["taught"] = "taught"
    lessons: tuple[Lesson, ...]
    """Those with the symptoms of the look, strongest first."""
    guiding: tuple[Word, ...] = ()
    """Of those that fire: what follows is by them."""
    looking: tuple[str, ...] = ()
    """Ids of those that look first whether they fit."""


class Broke(Value):
    """AOI itself failed."""

    kind: Literal["broke"] = "broke"
    where: str
    error: str
    """One sentence, redacted."""


Step = Annotated[
    Opened
    | Triaged
    | Probed
    | Decided
    | Proposed
    | Refused
    | Ruled
    | Executed
    | Verified
    | Concluded
    | Rated
    | Unrated
    | Asked
    | Noted
    | Held
    | Recalled
    | Taught
    | Broke,
    Field(discriminator="kind"),
]


class Entry(Value):
    """One row of the journal."""

    incident_id: str
    seq: int
    """Counts from 1 without gaps."""
    key: str
    """Idempotency key within the incident: a step that is run again after a crash writes the same key."""
    at: datetime
    step: Step


class Trajectory(Value):
    """The frozen record of one run, the same type in production and in the lab."""

    incident: Incident
    entries: tuple[Entry, ...]

    @property
    def diagnosis(self) -> Diagnosis | None:
        """The last answer, or `None` when the run did not get to one."""
        steps = (entry.step for entry in reversed(self.entries))
        return next((step.diagnosis for step in steps if isinstance(step, Concluded)), None)

    @property
    def proposals(self) -> tuple[Proposal, ...]:
        """Every proposal, in order."""
        return tuple(e.step.proposal for e in self.entries if isinstance(e.step, Proposed))

    @property
    def executions(self) -> dict[str, Execution]:
        """The last known execution of each proposal."""
        return {
            e.step.execution.proposal_id: e.step.execution for e in self.entries if isinstance(e.step, Executed)
        }

    @property
    def verifications(self) -> dict[str, Verification]:
        """The last verification of each proposal."""
        return {e.step.proposal_id: e.step.verification for e in self.entries if isinstance(e.step, Verified)}

    @property
    def rulings(self) -> dict[str, Approval]:
        """The decision on each proposal, or the consents so far; a late note of a consent undoes no decision."""
        found: dict[str, Approval] = {}
        for entry in self.entries:
            if isinstance(entry.step, Ruled):
                fresh = entry.step.approval
                known = found.get(fresh.proposal_id, fresh)
                settled = known.verdict is not Verdict.PENDING and fresh.verdict is Verdict.PENDING
                found[fresh.proposal_id] = known if settled else fresh
        return found

    @property
    def pending(self) -> Proposal | None:
        """The proposal that waits for a person, if one does."""
        decided = {key for key, ruling in self.rulings.items() if ruling.verdict is not Verdict.PENDING}
        return next((p for p in reversed(self.proposals) if p.id not in decided), None)

    @property
    def findings(self) -> dict[str, Finding]:
        """Every finding by its id, in the order of sight."""
        seen: dict[str, Finding] = {}
        for entry in self.entries:
            if isinstance(entry.step, Triaged | Probed | Verified):
                seen.update({finding.id: finding for finding in entry.step.findings})
        return seen

    @property
    def memories(self) -> tuple[Recollection, ...]:
        """The past incidents that last came to mind, most alike first."""
        steps = (entry.step for entry in reversed(self.entries))
        return next((step.memories for step in steps if isinstance(step, Recalled)), ())

    @property
    def taught(self) -> Taught | None:
        """The lessons that last came to mind."""
        return next((e.step for e in reversed(self.entries) if isinstance(e.step, Taught)), None)

    @property
    def guides(self) -> tuple[Lesson, ...]:
        """Every lesson that guided the run, in order."""
        steps = [entry.step for entry in self.entries if isinstance(entry.step, Taught)]
        known = {one.id: one for step in steps for one in step.lessons}
        return tuple(known[each] for each in dict.fromkeys(w.lesson_id for step in steps for w in step.guiding))

    @property
    def feedback(self) -> tuple[Feedback, ...]:
        """The last thumb of each user on each target.

        To take one back removes what that user gave there of its kind, but for corrections, which say more.
        """
        given: dict[tuple[str, str], list[Feedback]] = {}
        for step in (entry.step for entry in self.entries):
            if isinstance(step, Rated):
                given.setdefault((step.feedback.user, step.feedback.target), []).append(step.feedback)
            elif isinstance(step, Unrated):
                before = given.get((step.user, step.target), ())
                kept = [f for f in before if f.thumb is not step.thumb or f.correction is not None]
                given[step.user, step.target] = kept
        return tuple(thumbs[-1] for thumbs in given.values() if thumbs)
