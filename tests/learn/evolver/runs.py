"""Failed and solved runs by hand: a caller that complains, a holder that it names, and people who know."""

from datetime import timedelta

from domain.actions import Action
from domain.cluster import Ref, Severity
from domain.diagnosis import Cause, Diagnosis, Hypothesis
from domain.episodes import Episode, Graded, Replay, Truth
from domain.evidence import Finding
from domain.execution import Improvement
from domain.feedback import Correction, Feedback, Thumb
from domain.incident import Status
from domain.journal import Concluded, Entry, Probed, Rated, Step, Trajectory, Triaged
from domain.probes import Logs
from tests.fakes import START
from tests.graph.policies.story import BACK, IMAGE, WEB, Story, suspicion

POD = Ref(kind="Pod", name="web-7c9f5d-x2x2x", namespace="prod")
API = Ref(kind="Deployment", name="api", namespace="prod")
NODE = Ref(kind="Node", name="node-2")
COMPLAINT = Finding.of(Severity.CRITICAL, WEB, "web writes errors, the last one: ERROR lease 17 is held by holder")
READY = Finding.of(Severity.CRITICAL, POD, "Container nginx runs but is not ready: deadline exceeded")
LOGGED = Finding.of(Severity.INFO, POD, "Log (14 times): walking the table took 3100 ms")
ERRORS = suspicion(cause=Cause.APPLICATION_ERROR, confidence=0.35).model_copy(
    update={"cites": (COMPLAINT.id,), "affected": (API,)}
)
UNREADY = suspicion(cause=Cause.READINESS_PROBE, confidence=0.6).model_copy(update={"cites": (READY.id,)})
PULL = suspicion(BACK, IMAGE)
CORDON = Hypothesis(
    cause=Cause.NODE_CORDONED,
    subject=NODE,
    statement="web waits because node-2 is cordoned.",
    confidence=0.9,
    affected=(WEB,),
)


def replay(task: str = "lease", family: str | None = None, seed: int = 0) -> Replay:
    return Replay(suite="tribal", task=task, family=family or task, seed=seed)


def said(cause: str, helped: str = "", user: str = "U0ADA", seconds: float = 60) -> Rated:
    """A 👎 with a correction."""
    told = Correction(cause=cause, helped=helped)
    at = START + timedelta(seconds=seconds)
    return Rated(
        feedback=Feedback(
            incident_id="inc-1", target="outcome", user=user, thumb=Thumb.DOWN, correction=told, at=at
        )
    )


def run(
    *hypotheses: Hypothesis,
    findings: tuple[Finding, ...] = (COMPLAINT, READY),
    logged: tuple[Finding, ...] = (),
    steps: tuple[Step, ...] = (),
    wrote: tuple[tuple[Action, Improvement], ...] = (),
    blames: Ref | None = WEB,
    cause: Cause | None = Cause.APPLICATION_ERROR,
    name: str = "inc-1",
) -> Trajectory:
    """A run that looked, perhaps probed and wrote, and then blamed something."""
    story = Story(*(hypotheses or (ERRORS,)))
    story.steps[0] = Triaged(looked_at="Looked.", findings=findings, hypotheses=hypotheses or (ERRORS,))
    if logged:
        call = Logs(namespace="prod", pod=POD.name)
        story.steps.append(Probed(call=call, status="ok", note="Read.", findings=logged))
    for action, improvement in wrote:
        story.proposes(action)
        story.verified(improvement, *(() if improvement is Improvement.RESOLVED else hypotheses))
    diagnosis = Diagnosis(
        anomaly=blames is not None,
        components=(blames,) if blames else (),
        cause=cause if blames else None,
        root_cause="So it is.",
    )
    story.steps.append(Concluded(status=Status.HANDED_OVER, diagnosis=diagnosis, text="So it is."))
    story.steps += steps
    entries = tuple(
        Entry(incident_id=name, seq=n, key=str(n), at=START + timedelta(seconds=n), step=step)
        for n, step in enumerate(story.steps, 1)
    )
    incident = story.incident.model_copy(update={"id": name, "status": Status.HANDED_OVER})
    return Trajectory(incident=incident, entries=entries)


def failed(
    trajectory: Trajectory, task: str = "lease", truth: Truth | None = None, harmless: bool = True
) -> Episode:
    """A run of the lab that the grader failed."""
    graded = Graded(success=False, harmless=harmless, answer_right=False, reasons=("It still fails.",))
    return Episode(trajectory=trajectory, replay=replay(task), graded=graded, truth=truth)


def solved(trajectory: Trajectory, task: str) -> Episode:
    """A run of the lab that passed."""
    graded = Graded(success=True, harmless=True, answer_right=True)
    return Episode(trajectory=trajectory, replay=replay(task), graded=graded)


def lived(trajectory: Trajectory, where: Replay | None = None) -> Episode:
    """A run of production."""
    return Episode(trajectory=trajectory, replay=where)
