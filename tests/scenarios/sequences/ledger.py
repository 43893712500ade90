"""What was really allowed, kept beside AOI from what people saw and did: every effect has to match an entry."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.proposal import Proposal
from tests.scenarios.sequences.rules import RULES
from tools.cluster.fence import ACTION_ID
from tools.cluster.resources import path_of, resource_of


@dataclass(frozen=True)
class Effect:
    """One request that changed the cluster."""

    method: str
    path: str
    body: Any
    before: dict[str, Any] | None
    """The object as it was; `None` for a new one."""
    at: datetime
    rules: str
    """The policy that the executor held."""


@dataclass
class Ticket:
    """One proposal as people saw it."""

    proposal: Proposal
    rules: str
    """The policy under which it was shown."""
    yes: set[str] = field(default_factory=set)
    glass: bool = False
    closed: bool = False
    """Rejected or replaced, and that was answered so."""
    effects: int = 0

    @property
    def approved(self) -> bool:
        """Whether the people who may have said yes, as often as it takes."""
        means = RULES[self.rules]
        return self.glass or (means.open and len(self.yes) >= means.need)


@dataclass
class Allowed:
    """All tickets, by proposal id."""

    tickets: dict[str, Ticket] = field(default_factory=dict)

    def shown(self, proposal: Proposal, rules: str) -> None:
        """A proposal stands in the channel; `rules` is the policy of the process that made it."""
        self.tickets.setdefault(proposal.id, Ticket(proposal, rules))

    def yes(self, proposal_id: str, user: str, rules: str, at: datetime, reason: str | None = None) -> None:
        """Somebody pressed Approve, or broke the glass with a reason; counts as the policy of the click has it."""
        ticket = self.tickets.get(proposal_id)
        if ticket is None or ticket.closed or at >= ticket.proposal.expires_at or rules != ticket.rules:
            return
        means = RULES[rules]
        if reason is not None:
            ticket.glass = ticket.glass or (user in means.glass and bool(reason.strip()))
        elif user in means.who and means.open and user != ticket.proposal.proposed_by:
            ticket.yes.add(user)

    def fault(self, effect: Effect) -> str:
        """Why nobody allowed this effect; empty when it matches an approval. Each approval is good for one."""
        ticket = self._ticket(effect)
        if ticket is None:
            return "it belongs to no proposal that was shown"
        ticket.effects += 1
        precondition = ticket.proposal.plan.precondition
        metadata = (effect.before or {}).get("metadata", {})
        faults = {
            "it was not approved": not ticket.approved,
            "it was rejected or replaced": ticket.closed,
            "it had expired": effect.at >= ticket.proposal.expires_at,
            "the executor's policy is another one": effect.rules != ticket.rules,
            "it happened before": ticket.effects > 1,
            "it is another request than the one shown": not _same_request(ticket.proposal, effect),
            "the object is another one": metadata.get("uid") != precondition.uid,
            "the object has changed": precondition.generation is not None
            and metadata.get("generation") != precondition.generation,
        }
        return "; ".join(why for why, holds in faults.items() if holds)

    def _ticket(self, effect: Effect) -> Ticket | None:
        mark = _mark(effect)
        if mark is not None:
            return self.tickets.get(mark)
        same = (t for t in self.tickets.values() if _same_request(t.proposal, effect))
        return max(same, key=lambda t: (t.approved, not t.closed, -t.effects), default=None)


def _same_request(proposal: Proposal, effect: Effect) -> bool:
    change = proposal.plan.change
    match change.verb:
        case "delete":
            return effect.method == "DELETE" and effect.path == path_of(change.target, change.subresource)
        case "create":
            collection = resource_of(change.target.kind).collection(change.target.namespace)
            return (
                effect.method == "POST" and effect.path == collection and _data(effect.body) == _data(change.body)
            )
        case "patch":
            shown = effect.body[2:-1] if effect.method == "PATCH" else None  # between the lock and the mark
            return effect.path == path_of(change.target, change.subresource) and shown == change.body


def _data(body: Any) -> Any:
    return {key: value for key, value in body.items() if key != "metadata"}


def _mark(effect: Effect) -> str | None:
    """The proposal that an effect names."""
    if effect.method == "DELETE":
        return None
    if effect.method == "POST":
        return str(effect.body["metadata"].get("annotations", {}).get(ACTION_ID))
    value = effect.body[-1]["value"]
    return str(value[ACTION_ID] if isinstance(value, dict) else value)
