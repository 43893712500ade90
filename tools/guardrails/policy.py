"""The approver policy, asked with the cluster in hand: by the planner, and again by the executor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.accounts import CreateDatabaseUser, GrantDatabaseRole
from domain.actions import Action, DeletePod, Risk, Scale, Undo
from domain.approval import Approval
from domain.base import Json
from domain.judge import (
    Extent,
    changed_terms,
    frozen,
    moderate,
    standing_terms,
    subject_of,
    terms_of,
    timely,
    unhurried,
)
from domain.policy import WritePolicy
from domain.proposal import Proposal, Refusal
from tools.write.change import Scene
from tools.write.workload import replicas_of


def proposable(
    policy: WritePolicy, action: Action, risk: Risk, scene: Scene, past: Proposal | None
) -> Refusal | None:
    """Whether the policy lets the action be shown: some rule takes it, and it does not touch too much.

    `past` is the change that an undo takes back; the rule that let it happen may let it be taken back, too.
    """
    subject = subject_of(action, risk)
    terms = (standing_terms(policy, past) if past else None) or terms_of(policy, subject)
    return terms if isinstance(terms, Refusal) else moderate(policy, subject, extent(action, scene))


@dataclass(frozen=True)
class Moment:
    """What the executor knows right before it acts."""

    now: datetime
    writes: Sequence[str]
    """The rules of the writes begun within the last hour, but this one."""


def executable(
    policy: WritePolicy,
    proposal: Proposal,
    approval: Approval,
    risk: Risk,
    scene: Scene,
    moment: Moment,
    past: Proposal | None,
) -> Refusal | None:
    """Whether the approved write may happen now; the policy of this process decides, not that of the proposer.

    Only a broken glass passes over freezes and windows; what a rule takes back by itself, it takes back past the
    window in which it was done. An undo is not measured: as much as was done may be taken back.
    """
    action = proposal.plan.action
    subject = subject_of(action, risk)
    if (void := changed_terms(policy, proposal, risk, past)) is not None:
        return void
    if not any(consent.glass and consent.user == approval.decided_by for consent in approval.consents):
        by_rule = proposal.terms is not None and proposal.terms.by_rule
        if (late := (frozen if by_rule else timely)(policy, subject, moment.now)) is not None:
            return late
    if isinstance(action, Undo):
        return None
    return moderate(policy, subject, extent(action, scene)) or unhurried(policy, subject, moment.writes)


def extent(action: Action, scene: Scene) -> Extent:
    """How much of a workload the action touches.

    A changed pod template replaces every pod, be it one after another; a deleted pod is one among its siblings.
    A user of a database has no pods.
    """
    live = scene.target
    if live is None or isinstance(action, Undo | GrantDatabaseRole | CreateDatabaseUser):
        return Extent()
    if isinstance(action, DeletePod):
        return Extent(pods=1, of=max(1, _siblings(live, scene)))
    if "template" not in (live.get("spec") or {}):
        return Extent()
    pods = replicas_of(live)
    if isinstance(action, Scale):
        step = abs(action.replicas - pods)
        return Extent(step=step, pods=step, of=pods)
    return Extent(pods=pods, of=pods)


def _siblings(pod: Json, scene: Scene) -> int:
    """Pods of the same controller, this one among them."""
    owners = {owner["uid"] for owner in pod["metadata"].get("ownerReferences") or [] if owner.get("controller")}
    return sum(
        any(owner["uid"] in owners for owner in other["metadata"].get("ownerReferences") or [])
        for other in scene.of("Pod")
    )
