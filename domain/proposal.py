"""A proposed write, and what exactly is put before the people."""

from datetime import datetime
from typing import Self

from domain.actions import Action, Change, Risk
from domain.base import Value, digest_of
from domain.terms import Terms


class Precondition(Value):
    """The state of the target that the proposal was made for."""

    exists: bool
    """False for a create: the object must still be absent."""
    uid: str | None = None
    resource_version: str | None = None
    generation: int | None = None
    """Counts changes of the spec; `None` for kinds that do not count."""


class Plan(Value):
    """An action made concrete against the cluster: what will be sent, and what it would do."""

    action: Action
    change: Change
    precondition: Precondition
    diff: str
    """Unified diff between the live object and the API server's own dry run, noise removed, redacted."""
    undo: Change | None
    """Captured before the act; `None` when there is nothing to take back."""
    undo_text: str
    """How to take it back, in words for people."""
    kubectl: str
    """The equivalent command line."""
    risk: Risk


class Refusal(Value):
    """An action that will not be proposed, or a grant that will not be given, and why."""

    rule: str
    """Short name of the guardrail or check that refused."""
    reason: str
    """One sentence with the way out."""


class Proposal(Value):
    """A plan with its reasons, its expiry and the digest over exactly what is shown."""

    id: str
    incident_id: str
    revision: int
    """Counts the proposals of the incident from 1."""
    plan: Plan
    why: str
    cites: tuple[str, ...]
    proposed_by: str
    """The policy or the person."""
    created_at: datetime
    expires_at: datetime
    terms: Terms | None = None
    """Who may approve and how many; `None` where no policy was asked, which an executor with a policy refuses."""
    digest: str

    @classmethod
    def of(
        cls,
        *,
        id: str,
        incident_id: str,
        revision: int,
        plan: Plan,
        why: str,
        cites: tuple[str, ...],
        proposed_by: str,
        created_at: datetime,
        expires_at: datetime,
        terms: Terms | None = None,
    ) -> Self:
        """Seal the proposal with its digest."""
        draft = cls(
            id=id,
            incident_id=incident_id,
            revision=revision,
            plan=plan,
            why=why,
            cites=cites,
            proposed_by=proposed_by,
            created_at=created_at,
            expires_at=expires_at,
            terms=terms,
            digest="",
        )
        return draft.model_copy(update={"digest": draft.computed_digest()})

    def computed_digest(self) -> str:
        """Digest over every field but the digest itself."""
        return digest_of(self.model_dump(mode="json", exclude={"digest"}))
