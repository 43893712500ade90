"""The store's records of proposals and executions in memory, with the store's own conditions."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.approval import Approval, Grant, Verdict
from domain.execution import Effect, Execution
from domain.journal import Entry, Step, Trajectory
from domain.ports import Decided
from domain.proposal import Proposal
from domain.terms import Consent


@dataclass
class MemoryApprovals:
    """`domain.ports.Approvals`."""

    proposals: dict[str, Proposal] = field(default_factory=dict)
    decisions: dict[str, Approval] = field(default_factory=dict)

    async def submit(self, proposal: Proposal) -> Approval:
        self.proposals.setdefault(proposal.id, proposal)
        pending = Approval(proposal_id=proposal.id, digest=proposal.digest, verdict=Verdict.PENDING)
        return self.decisions.setdefault(proposal.id, pending)

    async def proposal(self, proposal_id: str) -> Proposal | None:
        return self.proposals.get(proposal_id)

    async def approval(self, proposal_id: str) -> Approval | None:
        return self.decisions.get(proposal_id)

    async def decide(
        self, proposal_id: str, verdict: Verdict, by: str | None, reason: str, at: datetime, glass: bool = False
    ) -> Decided | None:
        now = self.decisions[proposal_id]
        won = now.verdict is Verdict.PENDING and at < self.proposals[proposal_id].expires_at
        if won:
            consents = (Consent(user=by, at=at, glass=glass, reason=reason),) if by else ()
            new = {"verdict": verdict, "decided_by": by, "decided_at": at, "reason": reason, "consents": consents}
            now = self.decisions[proposal_id] = now.model_copy(update=new)
        return Decided(won=won, approval=now)

    async def expire(self, now: datetime) -> tuple[str, ...]:
        return ()


@dataclass
class MemoryJournal:
    """`domain.ports.Journal` with the one run that a test puts there."""

    run: Trajectory | None = None

    async def append(self, incident_id: str, key: str, at: datetime, step: Step) -> Entry:
        raise NotImplementedError

    async def trajectory(self, incident_id: str) -> Trajectory | None:
        return self.run


@dataclass
class MemoryLedger:
    """`domain.ports.Ledger`: one holder a row, taken over when silent, final once."""

    rows: dict[str, Execution] = field(default_factory=dict)
    heard: dict[str, datetime] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)
    """Of the proposals that have terms."""

    async def request(self, grant: Grant, at: datetime) -> Execution:
        if grant.proposal.terms is not None:
            self.rules[grant.proposal.id] = grant.proposal.terms.rule
        new = Execution(proposal_id=grant.proposal.id, effect=Effect.REQUESTED, requested_at=at)
        return self.rows.setdefault(new.proposal_id, new)

    async def get(self, proposal_id: str) -> Execution | None:
        return self.rows.get(proposal_id)

    async def take(self, executor: str, now: datetime, stale_seconds: float) -> Execution | None:
        for row in self.rows.values():
            silent = now - self.heard.get(row.proposal_id, now) >= timedelta(seconds=stale_seconds)
            if not row.effect.final and (row.executor is None or silent):
                self.heard[row.proposal_id] = now
                return self._set(row.proposal_id, executor=executor)
        return None

    async def intend(self, proposal_id: str, executor: str, at: datetime) -> bool:
        if not self._held(proposal_id, executor):
            return False
        self.heard[proposal_id] = at
        self._set(proposal_id, effect=Effect.INTENDED, intended_at=at)
        return True

    async def finish(self, proposal_id: str, executor: str, effect: Effect, detail: str, at: datetime) -> bool:
        if not self._held(proposal_id, executor):
            return False
        self._set(proposal_id, effect=effect, detail=detail, finished_at=at)
        return True

    async def withdraw(self, proposal_id: str, detail: str, at: datetime) -> bool:
        if self.rows[proposal_id].executor is not None:
            return False
        self._set(proposal_id, effect=Effect.REFUSED, detail=detail, finished_at=at)
        return True

    async def rules_used(self, since: datetime, besides: str) -> tuple[str, ...]:
        maybe = (Effect.INTENDED, Effect.DONE, Effect.UNKNOWN)
        rows = (row for row in self.rows.values() if row.intended_at and row.intended_at > since)
        begun = [row.proposal_id for row in rows if row.effect in maybe and row.proposal_id != besides]
        return tuple(self.rules[proposal_id] for proposal_id in begun if proposal_id in self.rules)

    def _held(self, proposal_id: str, executor: str) -> bool:
        row = self.rows[proposal_id]
        return row.executor == executor and not row.effect.final

    def _set(self, proposal_id: str, **values: object) -> Execution:
        self.rows[proposal_id] = self.rows[proposal_id].model_copy(update=values)
        return self.rows[proposal_id]
