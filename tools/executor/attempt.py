"""One approved proposal carried out: checks, intent, effect, and what came of it."""

from dataclasses import dataclass
from typing import Protocol

from domain.actions import Change
from domain.approval import Approval, grant
from domain.base import Json
from domain.cluster import Ref
from domain.errors import (
    AoiError,
    BadInput,
    ClusterConflict,
    ClusterForbidden,
    ClusterNotFound,
    ClusterRejected,
    ClusterUnreachable,
    Permanent,
)
from domain.execution import Effect
from domain.judge import HOUR
from domain.ports import Approvals, Clock, Journal, Ledger
from domain.proposal import Proposal, Refusal
from tools.cluster.writer import Written
from tools.executor.undoing import undue
from tools.guardrails.case import past_of
from tools.guardrails.policy import Moment
from tools.guardrails.service import Guardrails
from tools.standing import Standing, standing
from tools.write.change import Scene
from tools.write.prepare import prepare, stamp_of
from tools.write.scene import look

PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each look at the object, until it is given up."""

_DID = {"patch": "Changed", "create": "Created", "delete": "Deleted"}


class Hands(Protocol):
    """The writer identity: `tools.cluster.writer.Writer`."""

    async def get(self, ref: Ref) -> Json | None:
        """One object, or `None` when it does not exist."""

    async def list(self, kind: str, namespace: str | None) -> tuple[Json, ...]:
        """All objects of a kind; `None` for a cluster-scoped kind."""

    async def apply(self, change: Change, live: Json | None, action_id: str) -> Written:
        """Send the change, fenced to the object as it was read."""


@dataclass(frozen=True)
class Outcome:
    """How it ended, for the ledger."""

    effect: Effect
    detail: str


class Lost(Exception):
    """Another executor holds the row now; whatever happens next is its business."""


@dataclass
class Attempt:
    """Reads, judges, writes; looks again wherever an answer leaves it open what happened.

    A request is repeated only when the object shows that the one before did not succeed. Since each request is
    fenced to the resourceVersion that was read, one that is still under way and its repetition can never both
    succeed.
    """

    executor: str
    proposal: Proposal
    approval: Approval
    ledger: Ledger
    approvals: Approvals
    journal: Journal
    hands: Hands
    guardrails: Guardrails
    clock: Clock
    maybe_sent: bool
    """Whether a request may be under way: an intent was on record, or an answer was lost."""
    sending: bool = False
    """Whether the answer to a request is awaited."""

    async def run(self) -> Outcome:
        """Carry it out. Raises `Lost`, and `StoreUnavailable` when the ledger cannot be written."""
        trouble = "the object kept changing while it was being written"
        for pause in PAUSES:
            if pause:
                await self.clock.sleep(pause)
            try:
                outcome = await self._once()
            except ClusterUnreachable as e:
                trouble = str(e)
                continue
            if outcome is not None:
                return outcome
        return self._undone(Effect.FAILED, f"Nothing was changed: {trouble}")

    def broken(self, error: Exception) -> Outcome:
        """The outcome after an error that nobody foresaw, told by what had been sent by then."""
        self.maybe_sent = self.maybe_sent or self.sending
        said = f"The executor itself failed ({type(error).__name__}); see its log."
        return self._undone(Effect.FAILED, said)

    async def _once(self) -> Outcome | None:
        """One look, and one write if the object is as it was shown; `None` to look again."""
        plan = self.proposal.plan
        try:
            scene = await look(self.hands, plan.action, stamp_of(plan.change) or self.clock.now())
            live = await self._live(scene)
        except Permanent as e:
            return self._undone(Effect.FAILED, f"The executor could not look at {plan.change.target}. {e}")
        match standing(self.proposal, live, self.maybe_sent):
            case Standing.HAPPENED:
                return self._done()
            case Standing.CHANGED:
                changed = f"{plan.change.target} has changed since it was shown; look again before acting."
                return self._undone(Effect.REFUSED, changed)
            case Standing.READY:
                refusal = await self._refusal(scene)
                if refusal is not None:
                    return self._undone(Effect.REFUSED, refusal.reason)
                return await self._write(live)

    async def _live(self, scene: Scene) -> Json | None:
        """The object that the change is of: the action's target, or the Job that it makes."""
        plan = self.proposal.plan
        made = plan.change.target != plan.action.target
        return await self.hands.get(plan.change.target) if made else scene.target

    async def _refusal(self, scene: Scene) -> Refusal | None:
        """Everything that was checked before the approval, checked again by this process for itself."""
        action, change = self.proposal.plan.action, self.proposal.plan.change
        right = grant(self.proposal, self.approval, self.clock.now())
        if isinstance(right, Refusal):
            return right
        past = await past_of(action, self.approvals, self.ledger)
        refusal = self.guardrails.place(action, None) or self.guardrails.judge(action, scene, past)
        if refusal is not None:
            return refusal
        prepared = prepare(action, scene)
        if isinstance(prepared, Refusal):
            return prepared
        if prepared.change != change:
            return Refusal(
                rule="other-change", reason="The request is not what the action means; propose it anew."
            )
        now = self.clock.now()
        moment = Moment(now, await self.ledger.rules_used(now - HOUR, self.proposal.id))
        risk = prepared.draft.risk
        if refusal := self.guardrails.executable(self.proposal, self.approval, risk, scene, moment, past):
            return refusal
        if refusal := await undue(self.proposal, self.journal):
            return refusal
        return self.guardrails.clean(change, prepared.live, prepared.draft.wanted)

    async def _write(self, live: Json | None) -> Outcome | None:
        change = self.proposal.plan.change
        if not await self.ledger.intend(self.proposal.id, self.executor, self.clock.now()):
            raise Lost
        self.sending = True
        try:
            await self.hands.apply(change, live, self.proposal.id)
        except (ClusterConflict, ClusterNotFound):
            self.sending = False
            return None
        except ClusterForbidden as e:
            right = f"The writer has no right to {change.verb} {change.target}; grant it, or do it by hand. {e}"
            return self._undone(Effect.FAILED, right)
        except (ClusterRejected, BadInput) as e:
            self.sending = False
            return await self._rejected(e)
        except ClusterUnreachable:
            self.maybe_sent = True
            raise
        return self._done()

    async def _rejected(self, error: AoiError) -> Outcome | None:
        """A patch that expects other values is rejected like a bad one; the object tells the two apart."""
        live = await self.hands.get(self.proposal.plan.change.target)
        if standing(self.proposal, live, self.maybe_sent) is Standing.READY:
            return self._undone(Effect.FAILED, str(error))
        return None

    def _done(self) -> Outcome:
        change = self.proposal.plan.change
        return Outcome(Effect.DONE, f"{_DID[change.verb]} {change.target}.")

    def _undone(self, effect: Effect, detail: str) -> Outcome:
        """The outcome of a write that did not happen; unknown while an earlier request may still arrive."""
        if not self.maybe_sent:
            return Outcome(effect, detail)
        target = self.proposal.plan.change.target
        return Outcome(
            Effect.UNKNOWN, f"It cannot be told whether {target} was changed; please look at it. {detail}"
        )
