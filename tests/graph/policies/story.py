"""Runs by hand: what happened so far, as the policy is shown it."""

from domain.actions import Action, RollBack, SetImage
from domain.approval import Approval, Verdict
from domain.cluster import Ref, Scope, Severity
from domain.decisions import Decision, Propose
from domain.diagnosis import Cause, Hypothesis
from domain.evidence import Finding
from domain.execution import Effect, Execution, Improvement, Verification
from domain.incident import Budget, Incident, Origin, Status
from domain.journal import (
    Decided,
    Entry,
    Executed,
    Probed,
    Proposed,
    Refused,
    Ruled,
    Step,
    Trajectory,
    Triaged,
    Verified,
)
from domain.ports import Sight
from domain.probes import Events
from domain.proposal import Proposal, Refusal
from graph.policies.playbook import PlaybookPolicy
from graph.sight import sight_of
from tests.fakes import START, plan_of

WEB = Ref(kind="Deployment", name="web", namespace="prod")
POD = Ref(kind="Pod", name="web-1", namespace="prod")
BACK = RollBack(target=WEB, revision=3)
IMAGE = SetImage(target=WEB, container="web", image="web:1")
SEEN = Finding.of(Severity.CRITICAL, POD, "Container web waits for its image.")


def suspicion(
    *actions: Action, cause: Cause = Cause.IMAGE_PULL, subject: Ref = WEB, confidence: float = 0.95
) -> Hypothesis:
    """A hypothesis that cites the one finding of the story."""
    return Hypothesis(
        cause=cause,
        subject=subject,
        statement=f"{subject.name} has trouble: {cause.value}.",
        confidence=confidence,
        cites=(SEEN.id,),
        actions=actions,
    )


class Story:
    """The journal of a run under construction."""

    def __init__(self, *hypotheses: Hypothesis, read_only: bool = False, budget: Budget | None = None) -> None:
        self.policy = PlaybookPolicy()
        self.incident = Incident(
            id="inc-1",
            origin=Origin(surface="terminal"),
            question="web is down",
            scope=Scope(namespaces=("prod",)),
            read_only=read_only,
            budget=budget or Budget(),
            policy="playbook",
            graph_version=1,
            status=Status.INVESTIGATING,
            created_at=START,
            updated_at=START,
        )
        self.steps: list[Step] = [
            Triaged(looked_at="Looked.", findings=(SEEN,) if hypotheses else (), hypotheses=hypotheses)
        ]

    @property
    def trajectory(self) -> Trajectory:
        entries = tuple(
            Entry(incident_id="inc-1", seq=n, key=str(n), at=START, step=step)
            for n, step in enumerate(self.steps, 1)
        )
        return Trajectory(incident=self.incident, entries=entries)

    @property
    def sight(self) -> Sight:
        return sight_of(self.trajectory)

    async def decide(self) -> Decision:
        """The policy's next decision, on record."""
        decision = await self.policy.decide(self.sight)
        self.steps.append(Decided(policy="playbook", decision=decision, milliseconds=1))
        return decision

    async def propose(self) -> Propose:
        """The same, when it must be a proposal; it is put before the people."""
        decision = await self.decide()
        assert isinstance(decision, Propose), decision
        self.proposes(decision.action, decision.why, decision.cites)
        return decision

    def proposes(self, action: Action, why: str = "", cites: tuple[str, ...] = (), by: str = "playbook") -> None:
        """A write is put before the people, the policy's or one that a person asked for."""
        number = sum(isinstance(step, Proposed) for step in self.steps) + 1
        proposal = Proposal.of(
            id=f"prop-{number}",
            incident_id="inc-1",
            revision=number,
            plan=plan_of(action),
            why=why,
            cites=cites,
            proposed_by=by,
            created_at=START,
            expires_at=START,
        )
        self.steps.append(Proposed(proposal=proposal))

    def ruled(self, verdict: Verdict, reason: str = "") -> None:
        """The people, or time, decide on the last proposal."""
        proposal = self.trajectory.proposals[-1]
        approval = Approval(
            proposal_id=proposal.id, digest=proposal.digest, verdict=verdict, decided_by="U1", reason=reason
        )
        self.steps.append(Ruled(approval=approval))

    def executed(self, effect: Effect = Effect.DONE, detail: str = "") -> None:
        """It is approved and carried out, or not."""
        self.ruled(Verdict.APPROVED)
        proposal = self.trajectory.proposals[-1]
        execution = Execution(proposal_id=proposal.id, effect=effect, detail=detail, requested_at=START)
        self.steps.append(Executed(execution=execution))

    def verified(self, improvement: Improvement, *hypotheses: Hypothesis) -> None:
        """It was carried out, and this is what the fresh look shows."""
        self.executed()
        verification = Verification(improvement=improvement, detail=f"It is {improvement.value}.", seconds=30)
        proposal = self.trajectory.proposals[-1].id
        self.steps.append(
            Verified(proposal_id=proposal, verification=verification, findings=(SEEN,), hypotheses=hypotheses)
        )

    def refused(self, reason: str) -> None:
        """A guardrail refuses the action before anybody sees it."""
        self.steps.append(Refused(action="roll_back", refusal=Refusal(rule="registry", reason=reason)))

    def probed(self) -> None:
        """The round of probes was run and showed nothing."""
        call = Events(namespace="prod")
        self.steps.append(Probed(call=call, status="empty", note="No events.", findings=()))
