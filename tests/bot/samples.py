"""A night at the shop, as trajectories of different length, for tests and for the gallery."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.actions import Change, Undo
from domain.approval import Approval, Verdict
from domain.decisions import Conclude, Probe, Propose
from domain.diagnosis import Diagnosis
from domain.execution import Effect, Execution, Improvement, Verification
from domain.feedback import Correction, Feedback, Thumb
from domain.incident import Incident, Status
from domain.journal import (
    Broke,
    Concluded,
    Decided,
    Entry,
    Executed,
    Noted,
    Opened,
    Probed,
    Proposed,
    Rated,
    Refused,
    Ruled,
    Step,
    Trajectory,
    Triaged,
    Verified,
)
from domain.probes import Logs, RevisionDiff
from domain.proposal import Proposal, Refusal
from tests.bot.shop import (
    ADA,
    BAD_IMAGE,
    BEN,
    CHANGED,
    CHECKOUT,
    ENDPOINTS,
    NO_ACCESS,
    POD,
    PULL,
    READY,
    diagnosis,
    incident,
    memory,
    proposal,
)
from tests.fakes import START


@dataclass
class Tale:
    """Grows a trajectory step by step, one second each."""

    incident: Incident = field(default_factory=incident)
    entries: list[Entry] = field(default_factory=list)

    def tell(self, *steps: Step, status: Status | None = None) -> "Tale":
        for step in steps:
            seq = len(self.entries) + 1
            at = START + timedelta(seconds=seq)
            self.entries.append(Entry(incident_id=self.incident.id, seq=seq, key=f"k{seq}", at=at, step=step))
        if status is not None:
            self.incident = self.incident.model_copy(update={"status": status})
        return self

    @property
    def trajectory(self) -> Trajectory:
        return Trajectory(incident=self.incident, entries=tuple(self.entries))


def opened() -> Tale:
    return Tale().tell(Opened(question="checkout is failing, customers see 503", user=ADA))


def investigating() -> Tale:
    looked = Triaged(
        looked_at="Snapshot of namespace shop: 41 objects, 9 workloads, 1 of them unhealthy.",
        findings=(READY, PULL, ENDPOINTS),
        hypotheses=(BAD_IMAGE, NO_ACCESS),
    )
    asks = Probe(
        summary="checkout cannot pull its image",
        hypotheses=(BAD_IMAGE, NO_ACCESS),
        cites=(PULL.id,),
        confidence=0.6,
        calls=(RevisionDiff(workload=CHECKOUT), Logs(namespace="shop", pod=POD.name)),
    )
    return opened().tell(
        looked, Decided(policy="playbook", decision=asks, milliseconds=2), status=Status.INVESTIGATING
    )


def waiting(asked: Proposal | None = None) -> Tale:
    asked = asked or proposal()
    call = RevisionDiff(workload=CHECKOUT)
    wants = Propose(
        summary="checkout cannot pull its image",
        hypotheses=(BAD_IMAGE, NO_ACCESS),
        cites=(PULL.id, CHANGED.id),
        confidence=0.92,
        action=asked.plan.action,
        why=asked.why,
    )
    return investigating().tell(
        Probed(
            call=call,
            status="ok",
            note="Compared revisions 3 and 4 of Deployment shop/checkout.",
            findings=(CHANGED,),
        ),
        Decided(policy="playbook", decision=wants, milliseconds=2),
        Proposed(proposal=asked),
        status=Status.WAITING,
    )


def ruled(verdict: Verdict, reason: str = "", asked: Proposal | None = None, by: str | None = BEN) -> Tale:
    asked = asked or proposal()
    at = START + timedelta(minutes=2)
    decision = Approval(
        proposal_id=asked.id, digest=asked.digest, verdict=verdict, decided_by=by, decided_at=at, reason=reason
    )
    return waiting(asked).tell(Ruled(approval=decision), status=Status.ACTING)


def executed(effect: Effect = Effect.DONE, detail: str = "") -> Tale:
    at = START + timedelta(minutes=2, seconds=1)
    row = Execution(
        proposal_id="prop-81xz", effect=effect, detail=detail, requested_at=at, intended_at=at, finished_at=at
    )
    return ruled(Verdict.APPROVED).tell(Executed(execution=row), status=Status.VERIFYING)


def verified(improvement: Improvement = Improvement.RESOLVED) -> Tale:
    words = {
        Improvement.RESOLVED: "3 of 3 pods are ready, the service has 3 endpoints, and nothing else broke.",
        Improvement.UNCHANGED: "0 of 3 pods are ready, as before.",
    }
    seen = Verification(improvement=improvement, detail=words.get(improvement, "It moved."), seconds=42)
    return executed().tell(
        Verified(
            proposal_id="prop-81xz",
            verification=seen,
            hypotheses=() if improvement is Improvement.RESOLVED else (BAD_IMAGE,),
        ),
        status=Status.INVESTIGATING,
    )


def resolved() -> Tale:
    said = (
        "checkout runs again: revision 4 named an image tag that does not exist; it is rolled back to revision 3."
    )
    return verified().tell(
        Decided(policy="playbook", decision=conclude(said, True), milliseconds=1),
        Concluded(status=Status.RESOLVED, diagnosis=diagnosis(), text=said),
        status=Status.RESOLVED,
    )


def rated(thumb: Thumb = Thumb.UP, cause: str = "") -> Tale:
    correction = Correction(cause=cause) if cause else None
    given = Feedback(
        incident_id="inc-4k7q", target="outcome", user=ADA, thumb=thumb, correction=correction, at=START
    )
    return resolved().tell(Rated(feedback=given))


def handed_over() -> Tale:
    text = "checkout cannot pull its image, and a rollback was rejected."
    advice = "Push the tag v2.4.1, or ask the release team (@U0BEN rejected the rollback: migration ran)."
    return ruled(
        Verdict.REJECTED, "The schema migration of 2.4.1 already ran; a rollback would lose orders."
    ).tell(
        Refused(
            action="set_image", refusal=Refusal(rule="image-unknown", reason="v2.4.1 is not in the registry.")
        ),
        Noted(by=ADA, text="I am pushing the tag now"),
        Concluded(status=Status.HANDED_OVER, diagnosis=diagnosis(), text=text, advice=advice),
        status=Status.HANDED_OVER,
    )


def nothing_wrong() -> Tale:
    well = Diagnosis(anomaly=False, root_cause="Nothing is wrong in namespace shop.")
    text = "Nothing is wrong in namespace shop: all 9 workloads are ready and no service lacks endpoints."
    looked = Triaged(looked_at="Snapshot of namespace shop: 41 objects.", findings=(), hypotheses=())
    return opened().tell(
        looked, Concluded(status=Status.RESOLVED, diagnosis=well, text=text), status=Status.RESOLVED
    )


def broken() -> Tale:
    return investigating().tell(
        Broke(where="reason", error="The model at http://vllm:8000 does not answer."), status=Status.FAILED
    )


def undo_asked() -> Tale:
    taken_back = Undo(
        target=CHECKOUT, proposal_id="prop-81xz", change=Change(verb="patch", target=CHECKOUT, body={"spec": {}})
    )
    return resolved().tell(Proposed(proposal=proposal(taken_back, "prop-undo", by=ADA)), status=Status.WAITING)


def conclude(text: str, resolved: bool) -> Conclude:
    return Conclude(summary=text, confidence=0.95, diagnosis=diagnosis(), resolved=resolved)


def later(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


TALES: dict[str, Callable[[], Tale]] = {
    "opened": opened,
    "investigating": investigating,
    "waiting": waiting,
    "approved": lambda: ruled(Verdict.APPROVED),
    "executed": executed,
    "unknown": lambda: executed(Effect.UNKNOWN, "The executor died between intent and outcome."),
    "unchanged": lambda: verified(Improvement.UNCHANGED),
    "resolved": resolved,
    "rated": rated,
    "corrected": lambda: rated(Thumb.DOWN, "the registry was down"),
    "handed-over": handed_over,
    "nothing-wrong": nothing_wrong,
    "broken": broken,
    "undo-asked": undo_asked,
    "memory": lambda: waiting(memory()),
}
"""Every stage by name."""
