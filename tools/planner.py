"""The planner: makes an action concrete against the live cluster, and changes nothing."""

from dataclasses import dataclass
from typing import Protocol

from domain.actions import Action, Change
from domain.base import Json
from domain.cluster import Scope
from domain.errors import BadInput, ClusterConflict, ClusterForbidden, ClusterNotFound, ClusterRejected
from domain.ports import Approvals, Clock, Ledger
from domain.proposal import Plan, Precondition, Refusal
from tools.guardrails.case import past_of
from tools.guardrails.service import Guardrails
from tools.write.change import undo_of
from tools.write.diff import diff_of, outline
from tools.write.kubectl import line_of
from tools.write.patch import difference
from tools.write.prepare import Prepared, prepare
from tools.write.scene import Source, look


class DryRunner(Protocol):
    """The API server's own dry run, and no way to anything else: `tools.cluster.dryrun.DryRun`.

    RBAC asks the write verb for a dry run too. The planner's process must hold no right to write, so it is given
    this capability and not the connection behind it.
    """

    async def preview(self, change: Change, live: Json | None) -> Json | None:
        """The object as it would be; `None` when it would be gone. Raises the `Cluster*` errors."""


@dataclass(frozen=True)
class ClusterPlanner:
    """`domain.ports.Planner` on a cluster. `source` is the reader identity, unredacted; a plan never is."""

    source: Source
    dry_run: DryRunner
    guardrails: Guardrails
    approvals: Approvals
    ledger: Ledger
    clock: Clock

    async def plan(self, scope: Scope, action: Action) -> Plan | Refusal:
        """Guardrails, the exact request, server-side dry run, diff and undo.

        Raises `ClusterUnreachable` when the API server does not answer, and `ClusterForbidden` when the reader
        may not look.
        """
        if refusal := self.guardrails.place(action, scope):
            return refusal
        try:
            scene = await look(self.source, action, self.clock.now())
        except BadInput as e:
            return Refusal(rule="impossible", reason=str(e))
        past = await past_of(action, self.approvals, self.ledger)
        if refusal := self.guardrails.judge(action, scene, past):
            return refusal
        prepared = prepare(action, scene)
        if isinstance(prepared, Refusal):
            return prepared
        if refusal := self.guardrails.proposable(action, prepared.draft.risk, scene, past):
            return refusal
        if refusal := self.guardrails.clean(prepared.change, prepared.live, prepared.draft.wanted):
            return refusal
        after = await self._preview(prepared.change, prepared.live)
        return after if isinstance(after, Refusal) else self._plan(action, prepared, after)

    async def _preview(self, change: Change, live: Json | None) -> Json | Refusal | None:
        """What the API server makes of it, or its reason against it."""
        try:
            after = await self.dry_run.preview(change, live)
        except ClusterForbidden as e:
            return Refusal(rule="writer-rights", reason=f"The writer has no right to do this. {e}")
        except (ClusterConflict, ClusterNotFound):
            return Refusal(rule="changed", reason=f"{change.target} has just changed; look again before acting.")
        except ClusterRejected as e:
            return Refusal(rule="rejected", reason=str(e))
        if change.verb == "patch" and live is not None and after is not None and not difference(live, after):
            return Refusal(rule="no-effect", reason=f"The API server would leave {change.target} as it is.")
        return after

    def _plan(self, action: Action, prepared: Prepared, after: Json | None) -> Plan | Refusal:
        draft, live = prepared.draft, prepared.live
        undo = undo_of(prepared.change.target, live, after) if draft.reversible else None
        if undo is not None and (refusal := self.guardrails.clean(undo, after, live)):
            return refusal
        if draft.back is not None:
            undo = draft.back
            assert isinstance(undo.body, dict)
            if refusal := self.guardrails.clean(undo, None, undo.body):
                return refusal
        shown = outline(live) if live is not None and after is None and undo is None else live
        return Plan(
            action=action,
            change=prepared.change,
            precondition=precondition_of(live),
            diff=diff_of(shown, after, self.guardrails.redactor.object),
            undo=undo,
            undo_text=draft.undo_text,
            kubectl=draft.kubectl or line_of(prepared.change),
            risk=draft.risk,
        )


def precondition_of(live: Json | None) -> Precondition:
    """The state that was read, to be found again before the act."""
    if live is None:
        return Precondition(exists=False)
    metadata = live["metadata"]
    return Precondition(
        exists=True,
        uid=metadata["uid"],
        resource_version=metadata["resourceVersion"],
        generation=metadata.get("generation"),
    )
