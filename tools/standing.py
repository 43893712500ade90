"""Where a proposal's target stands, told from the object alone."""

from enum import StrEnum

from domain.base import Json
from domain.proposal import Proposal
from tools.cluster.fence import ACTION_ID
from tools.write.patch import Stale, applied


class Standing(StrEnum):
    """What the object says about a proposal."""

    READY = "ready"
    """As it was when it was shown; the write has not happened."""
    HAPPENED = "happened"
    """It carries this proposal's write."""
    CHANGED = "changed"
    """Neither: somebody or something else changed it."""


def standing(proposal: Proposal, live: Json | None, maybe_sent: bool) -> Standing:
    """Judge by uid, generation, the action-id annotation and the values that the patch expects.

    The resourceVersion may have moved, as it does with each status update. `maybe_sent` says that a request may
    have reached the API server: only then is a deleted object taken for our doing.
    """
    match proposal.plan.change.verb:
        case "create":
            return _created(proposal, live)
        case "delete":
            return _deleted(proposal, live, maybe_sent)
        case "patch":
            return _patched(proposal, live)


def _created(proposal: Proposal, live: Json | None) -> Standing:
    if live is None:
        return Standing.READY
    return Standing.HAPPENED if _mark(live) == proposal.id else Standing.CHANGED


def _deleted(proposal: Proposal, live: Json | None, maybe_sent: bool) -> Standing:
    going = live is None or bool(live["metadata"].get("deletionTimestamp")) or not _same(proposal, live)
    if not going:
        return Standing.READY if live is not None and _unchanged(proposal, live) else Standing.CHANGED
    return Standing.HAPPENED if maybe_sent else Standing.CHANGED


def _patched(proposal: Proposal, live: Json | None) -> Standing:
    if live is None:
        return Standing.CHANGED
    if _mark(live) == proposal.id and _same(proposal, live):
        return Standing.HAPPENED
    if not _same(proposal, live) or not _unchanged(proposal, live):
        return Standing.CHANGED
    body = proposal.plan.change.body
    try:
        applied(body if isinstance(body, list) else [], live)
    except Stale:
        return Standing.CHANGED
    return Standing.READY


def _same(proposal: Proposal, live: Json) -> bool:
    return bool(live["metadata"]["uid"] == proposal.plan.precondition.uid)


def _unchanged(proposal: Proposal, live: Json) -> bool:
    """Whether the spec is the one that was shown; kinds that do not count generations go by their values."""
    counted = proposal.plan.precondition.generation
    return counted is None or bool(live["metadata"].get("generation") == counted)


def _mark(live: Json) -> str | None:
    mark: str | None = (live["metadata"].get("annotations") or {}).get(ACTION_ID)
    return mark
