"""One step of one incident, by hand: what it was shown, what is right, and an honest right reply."""

import json
from dataclasses import dataclass
from typing import Any, Self

from domain.cluster import Ref, Severity
from domain.diagnosis import Cause, FaultType, Hypothesis, SystemLevel
from domain.episodes import Truth
from domain.evidence import Finding
from domain.journal import Triaged
from domain.references import Authority, Reference, Shown
from learn.reward.reference import reference_at
from learn.reward.service import Scores, scores
from learn.reward.shown import shown_of
from learn.signals.truth import Known
from tests.graph.policies.story import BACK, IMAGE, SEEN, WEB, Story, suspicion

API = Ref(kind="Deployment", name="api", namespace="prod")
NOISE = tuple(
    Finding.of(severity, Ref(kind=kind, name=name, namespace="prod"), text)
    for severity, kind, name, text in (
        (Severity.WARNING, "Pod", "api-1", "The log says: cannot reach web."),
        (Severity.WARNING, "Deployment", "api", "1 of 2 replicas are ready."),
        (Severity.INFO, "Pod", "db-0", "It restarted once, a day ago."),
        (Severity.INFO, "Service", "cart", "It has two endpoints."),
        (Severity.INFO, "Deployment", "worker", "A rollout ended an hour ago."),
    )
)
RIGHT = suspicion(BACK, IMAGE)
WRONG = Hypothesis(
    cause=Cause.APPLICATION_ERROR, subject=API, statement="api fails.", confidence=0.5, cites=(NOISE[0].id,)
)
TRUTH = Truth(
    anomaly=True,
    causes=(Cause.IMAGE_PULL,),
    components=(WEB,),
    system_level=SystemLevel.VIRTUALIZATION,
    fault_type=FaultType.MISCONFIGURATION,
    repairs=(BACK,),
)
WELL = Truth(anomaly=False)


def story(*hypotheses: Hypothesis, read_only: bool = False, noise: tuple[Finding, ...] = NOISE) -> Story:
    """An incident whose first look saw the fault, if it is suspected at all, among other things."""
    told = Story(*hypotheses, read_only=read_only)
    seen = (SEEN,) if RIGHT in hypotheses else ()
    told.steps[0] = Triaged(looked_at="Looked.", findings=(*seen, *noise), hypotheses=hypotheses)
    return told


@dataclass(frozen=True)
class Step:
    """A step to be judged."""

    shown: Shown
    reference: Reference

    @classmethod
    def of(cls, told: Story, truth: Truth = TRUTH) -> Self:
        """What a policy would be asked next in a story, when this is right."""
        return cls(shown_of(told.sight), reference_at(told.sight, Known(truth, Authority.LAB)))

    def judged(self, reply: str | dict[str, Any]) -> Scores:
        text = reply if isinstance(reply, str) else json.dumps(reply)
        return scores(text, self.shown, self.reference)

    def reward(self, reply: str | dict[str, Any]) -> float:
        return self.judged(reply).reward


REPAIR = Step.of(story(RIGHT, WRONG))
"""A repair is at hand: propose it."""
ANSWER = Step.of(story(RIGHT, WRONG, read_only=True))
"""The same where only an answer is asked for."""
HEALTHY = Step.of(story(), WELL)
"""Nothing is wrong."""
UNSEEN = Step.of(story(WRONG))
"""The fault has left no trace yet: look further."""


def held(cause: str = "image-pull", subject: str = str(WEB), confidence: float = 0.95) -> dict[str, Any]:
    return {
        "cause": cause, "subject": subject, "statement": "web waits for an image that is not there.",
        "confidence": confidence, "cites": [],
    }  # fmt: skip


def says(**fields: Any) -> dict[str, Any]:
    """A whole reply with these fields."""
    whole = {
        "summary": "Deployment prod/web waits for an image that cannot be pulled.",
        "hypotheses": [held()],
        "action": "conclude",
        "namespace": "prod",
        "target": str(WEB),
        "instruction": {},
        "cites": [SEEN.id],
        "confidence": 0.9,
    }
    return whole | fields


def proposes(**fields: Any) -> dict[str, Any]:
    do = {"action": "roll_back", "revision": BACK.revision}
    return says(**{"action": "propose", "instruction": {"why": "Revision 3 ran.", "do": do}, **fields})


def probes(*calls: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return says(action="probe", instruction={"probes": list(calls)}, **fields)


def concludes(instruction: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    end = {
        "anomaly": True, "components": [str(WEB)], "cause": "image-pull", "system_level": "Virtualization",
        "fault_type": "Misconfiguration", "root_cause": "The tag does not exist.", "resolved": False, "advice": "",
    }  # fmt: skip
    return says(instruction=end | (instruction or {}), **fields)


def all_well(**fields: Any) -> dict[str, Any]:
    end = {
        "anomaly": False, "components": [], "cause": None, "system_level": None, "fault_type": None,
        "root_cause": "Nothing is wrong.", "resolved": True,
    }  # fmt: skip
    calm = {"summary": "Nothing that was seen suggests a fault.", "hypotheses": [], "target": "", "cites": []}
    return concludes(end, **(calm | fields))
