"""What a decision may do at this step."""

from dataclasses import dataclass

from domain.actions import Undo
from domain.approval import Verdict
from domain.execution import Effect
from domain.ports import Sight
from graph.model.wire import ReplySchema
from graph.policies import case as cases
from graph.policies.chat.schema import MOST_CALLS, decision_schema


@dataclass(frozen=True)
class Rights:
    """The bounds that the budgets, the mode and the scope set."""

    namespaces: tuple[str, ...]
    """Empty while the scope is not known."""
    findings: frozenset[str]
    """Ids that may be cited."""
    probes: int
    """Calls in one decision; 0 when none is possible."""
    proposing: bool
    undo: Undo | None
    """Takes back the last change, when there is one that can be taken back."""
    due: bool = False
    """The last change was in vain: it is taken back before anything else is changed or the run ends."""

    @property
    def schema(self) -> ReplySchema:
        """The form of a decision within these bounds."""
        undoing = self.undo is not None
        return decision_schema(self.probes, self.proposing, undoing, self.namespaces, tuple(sorted(self.findings)))


def rights_of(sight: Sight) -> Rights:
    """The rights at this step; the last step is kept for the conclusion."""
    last = sight.steps_left <= 1
    proposing = not last and sight.proposals_left > 0 and not sight.incident.read_only
    useless, undo = cases.read(sight.trajectory).useless(), _undo(sight)
    return Rights(
        namespaces=namespaces_of(sight),
        findings=frozenset(finding.id for finding in sight.findings),
        probes=0 if last else min(MOST_CALLS, sight.probes_left),
        proposing=proposing,
        undo=undo,
        due=proposing and useless is not None and undo is not None and undo.proposal_id == useless.id,
    )


def namespaces_of(sight: Sight) -> tuple[str, ...]:
    """The scope: as it was asked for, else where something was seen."""
    seen = (finding.subject.namespace for finding in sight.findings)
    return sight.incident.scope.namespaces or tuple(dict.fromkeys(name for name in seen if name))


def _undo(sight: Sight) -> Undo | None:
    run = sight.trajectory
    done = {key for key, row in run.executions.items() if row.effect is Effect.DONE}
    undone = {
        proposal.plan.action.proposal_id
        for proposal in run.proposals
        if isinstance(proposal.plan.action, Undo) and run.rulings[proposal.id].verdict is Verdict.APPROVED
    }
    for proposal in reversed(run.proposals):
        action, back = proposal.plan.action, proposal.plan.undo
        if proposal.id in done - undone and back is not None and not isinstance(action, Undo):
            return Undo(target=action.target, proposal_id=proposal.id, change=back)
    return None
