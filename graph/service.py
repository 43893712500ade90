"""What people can ask of the graph; Slack, the terminal and the lab all come in here."""

import asyncio
from dataclasses import dataclass

from domain.actions import Action
from domain.approval import Approval, Verdict
from domain.cluster import Scope
from domain.errors import BadInput, ClusterForbidden, ClusterUnreachable
from domain.execution import Effect
from domain.feedback import Feedback
from domain.incident import Budget, Incident, Request, Status
from domain.journal import Asked, Noted, Opened, Rated, Ruled, Trajectory, Unrated
from domain.ports import Approvals, Bell, Decided, Eyes, Ids, Incidents
from domain.proposal import Refusal
from graph.answers import answer
from graph.memory.service import LongMemory
from graph.phrases import no_such_namespace
from graph.record import Record
from graph.state import GRAPH_VERSION
from graph.unwinding import undo_of

CHECK_SECONDS = 1.5
"""How long a slow cluster may hold up the first message, or a click; the run itself waits longer."""


@dataclass(frozen=True)
class IncidentService:
    """Opens incidents and takes what people decide, ask and think of them."""

    incidents: Incidents
    approvals: Approvals
    eyes: Eyes
    record: Record
    memory: LongMemory
    ids: Ids
    bell: Bell
    policy: str
    budget: Budget

    async def open(self, request: Request) -> Incident:
        """Open the incident of a request; the same key opens the same one.

        Raises:
            BadInput: the question is empty or names a namespace that is not there.
        """
        question = request.question.strip()
        if not question:
            raise BadInput("What should I look at? For example: `the API answers 503 in namespace web`.")
        await self._check(request.namespaces)
        now = self.record.clock.now()
        fresh = Incident(
            id=self.ids.new("inc"),
            origin=request.origin,
            question=question,
            scope=Scope(namespaces=request.namespaces),
            read_only=request.read_only,
            budget=self.budget,
            policy=self.policy,
            graph_version=GRAPH_VERSION,
            status=Status.RECEIVED,
            created_at=now,
            updated_at=now,
        )
        incident = await self.incidents.open(fresh, request.key)
        opened = Opened(question=incident.question, user=incident.origin.user)
        await self.record.add(incident.id, "opened", opened)
        self.bell.ring("incidents")
        return incident

    async def remark(self, incident_id: str, user: str, text: str, key: str) -> str:
        """Note a message in the thread and answer it from what is known; a waiting approval stays as it is."""
        trajectory = await self.record.trajectory(incident_id)
        await self.record.add(incident_id, f"remark:{key}", Noted(by=user, text=text))
        return answer(text, trajectory, self.record.clock.now())

    async def decide(
        self, proposal_id: str, verdict: Verdict, user: str, reason: str = "", glass: bool = False
    ) -> Decided | None:
        """Claim the decision on a proposal, committed on return; `None` for an unknown proposal.

        An approval that needs more people is noted, and the card shows how many are missing. An approval of what
        has changed since it was shown supersedes the proposal instead: the next one shows the world as it is.
        """
        if verdict is Verdict.APPROVED and (changed := await self._changed(proposal_id)) is not None:
            return await self._superseded(proposal_id, changed)
        decided = await self.approvals.decide(proposal_id, verdict, user, reason, self.record.clock.now(), glass)
        if decided is not None and decided.won:
            await self._ruled(decided.approval)
        elif decided is not None and decided.counted:
            await self._ruled(decided.approval, f"consent:{proposal_id}:{user}:{decided.approval.verdict}")
        return decided

    async def edit(self, proposal_id: str, action: Action, user: str) -> Decided | None:
        """Replace a waiting proposal by an edited action, which is checked and put up for approval anew."""
        proposal = await self.approvals.proposal(proposal_id)
        if proposal is None:
            return None
        now = self.record.clock.now()
        decided = await self.approvals.decide(proposal_id, Verdict.SUPERSEDED, user, "Edited.", now)
        if decided is not None and decided.won:
            asked = Asked(by=user, action=action)
            await self.record.add(proposal.incident_id, f"edited:{proposal_id}", asked)
            await self._ruled(decided.approval)
        return decided

    async def undo(self, proposal_id: str, user: str, channel: str = "") -> Refusal | None:
        """Ask for the undo of an executed proposal, as a proposal of its own; a refusal says why not.

        `channel` is where it was asked, which must be the incident's own; empty where there are no channels.
        """
        proposal = await self.approvals.proposal(proposal_id)
        if proposal is None:
            return Refusal(
                rule="unknown", reason="I do not know that proposal; it is from another workspace or store."
            )
        trajectory = await self.record.trajectory(proposal.incident_id)
        if channel != trajectory.incident.origin.channel:
            return Refusal(rule="other-channel", reason="That change belongs to another channel; ask there.")
        execution = trajectory.executions.get(proposal_id)
        if execution is None or execution.effect is not Effect.DONE:
            return Refusal(
                rule="not-done", reason="Nothing was changed by this proposal, so there is nothing to undo."
            )
        if proposal.plan.undo is None:
            return Refusal(rule="no-undo", reason=proposal.plan.undo_text)
        if trajectory.pending is not None:
            return Refusal(rule="busy", reason="Another proposal waits for a decision; decide on it first.")
        action = undo_of(proposal)
        await self.record.add(
            proposal.incident_id,
            f"undo:{proposal_id}",
            Asked(by=user, action=action),
            status=Status.INVESTIGATING,
        )
        self.bell.ring("incidents")
        return None

    async def rate(self, feedback: Feedback) -> None:
        """Keep a thumb; the last one of a user on a target counts. Corrections are remembered, too."""
        key = f"rated:{feedback.user}:{feedback.target}:{feedback.at.isoformat()}"
        await self.record.add(feedback.incident_id, key, Rated(feedback=feedback))
        await self.memory.keep(feedback.incident_id)

    async def unrate(self, incident_id: str, key: str, taken: Unrated) -> None:
        """Keep that a thumb was taken back; `key` is the delivery's, which may come again."""
        await self.record.add(incident_id, f"unrated:{key}", taken)
        await self.memory.keep(incident_id)

    async def trajectory(self, incident_id: str) -> Trajectory | None:
        """The run so far, or `None` for an unknown incident."""
        return await self.record.journal.trajectory(incident_id)

    async def latest(self, limit: int, unfinished: bool = False) -> tuple[Incident, ...]:
        """The newest incidents."""
        return await self.incidents.latest(limit, unfinished)

    async def by_thread(self, channel: str, thread: str) -> Incident | None:
        """The incident of a Slack thread, or `None`."""
        return await self.incidents.by_thread(channel, thread)

    async def _changed(self, proposal_id: str) -> str | None:
        """What has changed about the target of a proposal that waits; the executor looks again in any case."""
        proposal = await self.approvals.proposal(proposal_id)
        approval = await self.approvals.approval(proposal_id)
        if proposal is None or approval is None or approval.verdict is not Verdict.PENDING:
            return None
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                return await self.eyes.changed(proposal)
        except (ClusterUnreachable, ClusterForbidden, TimeoutError):
            return None

    async def _superseded(self, proposal_id: str, why: str) -> Decided | None:
        now = self.record.clock.now()
        decided = await self.approvals.decide(proposal_id, Verdict.SUPERSEDED, "aoi", why, now)
        if decided is None or not decided.won:
            return decided
        await self._ruled(decided.approval)
        return decided.model_copy(update={"won": False})

    async def _ruled(self, approval: Approval, key: str = "") -> None:
        proposal = await self.approvals.proposal(approval.proposal_id)
        assert proposal is not None
        ruled = Ruled(approval=approval)
        await self.record.add(proposal.incident_id, key or f"ruled:{approval.proposal_id}", ruled)
        self.bell.ring("incidents")

    async def _check(self, namespaces: tuple[str, ...]) -> None:
        """Refuse a namespace that is not there; a cluster that cannot be read is the run's own trouble."""
        if not namespaces:
            return
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                visible = await self.eyes.namespaces()
        except (ClusterUnreachable, ClusterForbidden, TimeoutError):
            return
        for wanted in namespaces:
            if wanted not in visible:
                raise BadInput(no_such_namespace(wanted, visible))
