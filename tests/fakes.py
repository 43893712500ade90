"""Fakes at the ports: a clock that tests move, countable ids, a silent board, eyes and a planner by script."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from domain.actions import Action, Change, Risk, Scale
from domain.cluster import Ref, Scope, Severity
from domain.diagnosis import Cause, Diagnosis, Hypothesis
from domain.evidence import Artifact, Finding
from domain.execution import Improvement, Verification
from domain.ports import Triage
from domain.probes import ProbeCall, ProbeResult
from domain.proposal import Plan, Precondition, Proposal, Refusal

START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
CHECKOUT = Ref(kind="Deployment", namespace="shop", name="checkout")
SCALE_UP = Scale(target=CHECKOUT, replicas=2)
SCALE_UP_MORE = Scale(target=CHECKOUT, replicas=4)


@dataclass
class HandClock:
    """Time that moves only when somebody sleeps or a test says so."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - START).total_seconds()

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        await asyncio.sleep(0)


@dataclass
class CountingIds:
    """`prefix-1`, `prefix-2`, …"""

    count: int = 0

    def new(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}-{self.count}"


@dataclass
class SilentBell:
    """Never rings: a wait only lets other tasks run."""

    async def wait(self, topic: str, seconds: float) -> None:
        await asyncio.sleep(0)

    def ring(self, topic: str) -> None:
        return None


@dataclass
class CountingBoard:
    """Remembers which incidents were to be shown."""

    refreshed: list[str] = field(default_factory=list)

    async def refresh(self, incident_id: str) -> None:
        self.refreshed.append(incident_id)


def finding(text: str = "0 of 2 pods are ready", subject: Ref = CHECKOUT) -> Finding:
    return Finding.of(Severity.CRITICAL, subject, text)


def hypothesis(*actions: Action, cause: Cause = Cause.ZERO_REPLICAS) -> Hypothesis:
    return Hypothesis(
        cause=cause,
        subject=CHECKOUT,
        statement="checkout was scaled to zero",
        confidence=0.9,
        cites=(finding().id,),
        actions=actions or (SCALE_UP,),
    )


def diagnosis(anomaly: bool = True) -> Diagnosis:
    return Diagnosis(anomaly=anomaly, components=(CHECKOUT,) if anomaly else (), root_cause="scaled to zero")


SICK = Triage(
    looked_at="1 namespace",
    findings=(finding(),),
    hypotheses=(hypothesis(),),
    artifacts=(Artifact.of("snapshot shop", "replicas: 0", START),),
)
HEALTHY = Triage(looked_at="1 namespace")


@dataclass
class ScriptedEyes:
    """Shows prepared looks; an exception in the list is raised instead."""

    looks: list[Triage | Exception] = field(default_factory=lambda: [SICK])
    after: list[Improvement] = field(default_factory=lambda: [Improvement.RESOLVED])
    visible: tuple[str, ...] = ("payments", "shop")
    probed: list[ProbeCall] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)
    becomes: str | Exception | None = None
    """What has become of the target of whatever is proposed; an exception is raised."""

    async def namespaces(self) -> tuple[str, ...]:
        return self.visible

    async def triage(self, scope: Scope) -> Triage:
        self.scopes.append(scope)
        look = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        if isinstance(look, Exception):
            raise look
        return look

    async def probe(self, scope: Scope, call: ProbeCall) -> ProbeResult:
        self.probed.append(call)
        return ProbeResult(call=call, status="empty", note="Nothing there.")

    async def changed(self, proposal: Proposal) -> str | None:
        if isinstance(self.becomes, Exception):
            raise self.becomes
        return self.becomes

    async def verify(
        self, scope: Scope, before: Sequence[Hypothesis], treated: Hypothesis | None, action: Action
    ) -> tuple[Verification, Triage]:
        improvement = self.after.pop(0)
        seen = HEALTHY if improvement is Improvement.RESOLVED else SICK
        return Verification(improvement=improvement, detail="Looked again.", seconds=10), seen


def plan_of(action: Action) -> Plan:
    back = Change(verb="patch", target=action.target, body={"spec": {"replicas": 0}})
    return Plan(
        action=action,
        change=Change(verb="patch", target=action.target, body={"spec": {"replicas": 2}}),
        precondition=Precondition(exists=True, uid="u-1", resource_version="7", generation=3),
        diff="-  replicas: 0\n+  replicas: 2",
        undo=back,
        undo_text="Scale back to 0.",
        kubectl="kubectl -n shop scale deployment/checkout --replicas=2",
        risk=Risk.LOW,
    )


@dataclass
class ScriptedPlanner:
    """Plans everything, or refuses what it is told to."""

    refusal: Refusal | None = None

    async def plan(self, scope: Scope, action: Action) -> Plan | Refusal:
        return self.refusal or plan_of(action)
