"""What the rules judge by."""

from dataclasses import dataclass

from domain.actions import Action, ReleaseVolume, Undo
from domain.base import Value
from domain.cluster import Scope
from domain.execution import Execution
from domain.ports import Approvals, Ledger
from domain.proposal import Proposal, Refusal
from tools.write.catalogue import CATALOGUE
from tools.write.change import Scene


class Limits(Value):
    """How far AOI may go, whoever approves."""

    namespaces: tuple[str, ...] | None = None
    """The only namespaces to write in; `None` for all that are not protected."""
    protected: tuple[str, ...] = ("kube-system", "kube-public", "kube-node-lease")
    nodes: bool = True
    """Whether nodes, which all namespaces share, may be cordoned and uncordoned."""
    registries: tuple[str, ...] = ()
    """Image prefixes that may be used besides the repositories a workload uses or has used."""
    max_replicas: int = 50
    max_step: int = 10
    """Replicas that one action may add or remove."""
    max_pods: int = 100
    """Pods that one action may replace."""
    max_quota_factor: int = 4
    """How many times its present value a quota may be raised to."""
    max_config_bytes: int = 64 * 1024
    """Total size of the values that one action may write into a ConfigMap."""


@dataclass(frozen=True)
class Past:
    """The executed proposal that an undo takes back."""

    proposal: Proposal
    execution: Execution


@dataclass(frozen=True)
class Case:
    """One action with all that speaks for or against it."""

    action: Action
    scene: Scene
    limits: Limits
    past: Past | None = None


def no(rule: str, reason: str) -> Refusal:
    """A refusal by the named rule."""
    return Refusal(rule=rule, reason=reason)


def place(action: Action, scope: Scope | None, limits: Limits) -> Refusal | None:
    """Where an action points, judged before anything is read.

    `scope` is that of the incident; `None` for the executor, which goes by the limits alone.
    """
    if refusal := _kind(action):
        return refusal
    target = action.claim if isinstance(action, ReleaseVolume) else action.target
    if target.kind == "Node" and not limits.nodes:
        return no("nodes", f"AOI may not change nodes here; cordon or uncordon {target.name} by hand.")
    if target.namespace in limits.protected:
        return no("protected-namespace", f"{target} is in a protected namespace; a person must change it by hand.")
    taken_back = isinstance(action, Undo) and target.kind == "PersistentVolume"  # It was in scope by its claim.
    if scope is not None and not scope.covers(target) and not taken_back:
        return no("scope", f"{target} is outside of this incident's namespaces; open an incident for it there.")
    if (
        limits.namespaces is not None
        and target.namespace is not None
        and target.namespace not in limits.namespaces
    ):
        allowed = ", ".join(limits.namespaces) or "none"
        return no("namespace", f"AOI may not write in namespace {target.namespace}; it may in: {allowed}.")
    return None


def _kind(action: Action) -> Refusal | None:
    """The closed list: an action that no entry of the catalogue allows on this kind is refused."""
    if isinstance(action, Undo):
        kinds = sorted({kind for entry in CATALOGUE.values() if entry.back for kind in entry.kinds})
    else:
        kinds = list(CATALOGUE[action.action].kinds) if action.action in CATALOGUE else []
    if action.target.kind in kinds:
        return None
    return no(
        "kind", f"AOI may not {action.action} a {action.target.kind}; that action is for: {', '.join(kinds)}."
    )


async def past_of(action: Action, approvals: Approvals, ledger: Ledger) -> Past | None:
    """The record of what an undo takes back; `None` for other actions and for unknown proposals."""
    if not isinstance(action, Undo):
        return None
    proposal = await approvals.proposal(action.proposal_id)
    execution = await ledger.get(action.proposal_id)
    return Past(proposal, execution) if proposal and execution else None
