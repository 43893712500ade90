"""What has become of the playbook's proposals so far, read from the trajectory."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.actions import Action, RollBack, SetConfigKey, SetEnv, Undo
from domain.approval import Approval, Verdict
from domain.cluster import Ref
from domain.decisions import Propose
from domain.diagnosis import Hypothesis
from domain.execution import Effect, Execution, Improvement, Verification
from domain.journal import Decided, Executed, Probed, Proposed, Refused, Ruled, Trajectory, Triaged, Verified
from domain.proposal import Proposal, Refusal

_BETTER = (Improvement.RESOLVED, Improvement.IMPROVED)


@dataclass(frozen=True)
class Case:
    """The state of the incident as the playbook sees it."""

    attempts: tuple[Propose, ...]
    """Everything it proposed or wanted to propose, in order."""
    last: Ruled | Executed | Verified | Refused | None
    """The outcome of the last attempt, or what is known of it."""
    proposal: Proposal | None
    """The last proposal that reached the people."""
    probed: bool
    """Whether a round of probes was spent."""
    looks: int
    """How often the analyzers have looked."""
    taken_back: frozenset[str]
    """Ids of proposals that were taken back or whose undo was proposed."""
    mended: tuple[Ref, ...]
    """What was at fault by the hypotheses whose repairs helped, first the first."""
    helpful: tuple[Action, ...]
    """The writes that helped, in order."""

    @property
    def verification(self) -> Verification | None:
        """How the last action turned out, when it was the last thing that happened."""
        return self.last.verification if isinstance(self.last, Verified) else None

    @property
    def rejection(self) -> Approval | None:
        """The people's no, when it was the last thing that happened."""
        said_no = isinstance(self.last, Ruled) and self.last.approval.verdict is Verdict.REJECTED
        return self.last.approval if said_no and isinstance(self.last, Ruled) else None

    @property
    def expired(self) -> bool:
        """Whether nobody decided on the last proposal in time."""
        return isinstance(self.last, Ruled) and self.last.approval.verdict is Verdict.EXPIRED

    @property
    def failure(self) -> str | None:
        """Why the last attempt did not come about, when it was refused on the way."""
        match self.last:
            case Refused(refusal=Refusal(reason=reason)):
                return reason
            case Executed(execution=Execution(effect=Effect.REFUSED | Effect.FAILED, detail=detail)):
                return detail
            case _:
                return None

    @property
    def treated(self) -> Hypothesis | None:
        """The hypothesis that the last repair was meant for; an undo is meant for none."""
        repairs = (a for a in reversed(self.attempts) if not isinstance(a.action, Undo))
        attempt = next(repairs, None)
        return attempt.hypotheses[0] if attempt and attempt.hypotheses else None

    def useless(self) -> Proposal | None:
        """The last executed change, when it did not help and can still be taken back."""
        verification, proposal = self.verification, self.proposal
        if verification is None or proposal is None or isinstance(proposal.plan.action, Undo):
            return None
        open_ = proposal.plan.undo is not None and proposal.id not in self.taken_back
        return proposal if verification.improvement.in_vain and open_ else None

    def would_revert(self, action: Action) -> bool:
        """Whether it gives another value to a setting to which a write of this run, that helped, gave one.

        What was declared for the setting may be what was wrong; only an undo takes a write back.
        """
        place = _setting(action)
        return place is not None and any(_setting(done) == place and done != action for done in self.helpful)

    def has_tried(self, action: Action) -> bool:
        """Whether this, or another roll back of the same workload, was tried; revisions get new numbers by it."""
        tried = (attempt.action for attempt in self.attempts)
        if isinstance(action, RollBack):
            return any(isinstance(a, RollBack) and a.target == action.target for a in tried)
        return any(a == action for a in tried)


def read(trajectory: Trajectory) -> Case:
    """The case of a run."""
    steps = [entry.step for entry in trajectory.entries]
    attempts = tuple(s.decision for s in steps if isinstance(s, Decided) and isinstance(s.decision, Propose))
    starts = (n for n, s in enumerate(steps) if isinstance(s, Proposed) or _is_attempt(s))
    start = max(starts, default=len(steps))
    outcomes = [s for s in steps[start:] if isinstance(s, Ruled | Executed | Verified | Refused)]
    proposals = trajectory.proposals
    undone = {p.plan.action.proposal_id for p in proposals if isinstance(p.plan.action, Undo)}
    undone |= {a.action.proposal_id for a in attempts if isinstance(a.action, Undo)}
    return Case(
        attempts=attempts,
        last=outcomes[-1] if outcomes else None,
        proposal=proposals[-1] if proposals else None,
        probed=any(isinstance(s, Probed) for s in steps),
        looks=sum(isinstance(s, Triaged) for s in steps),
        taken_back=frozenset(undone),
        mended=tuple(dict.fromkeys(_mended(trajectory, attempts))),
        helpful=tuple(_helpful(trajectory)),
    )


def _mended(trajectory: Trajectory, attempts: tuple[Propose, ...]) -> Iterator[Ref]:
    for done in _helpful(trajectory):
        yield from (a.hypotheses[0].subject for a in attempts if a.action == done and a.hypotheses)


def _helpful(trajectory: Trajectory) -> Iterator[Action]:
    actions = {proposal.id: proposal.plan.action for proposal in trajectory.proposals}
    for entry in trajectory.entries:
        if isinstance(entry.step, Verified) and entry.step.verification.improvement in _BETTER:
            done = actions.get(entry.step.proposal_id)
            if done is not None:
                yield done


def _setting(action: Action) -> tuple[Ref, str, str] | None:
    """The setting that a write gives a value to; `None` for writes of other things."""
    match action:
        case SetConfigKey():
            return action.target, "", action.key
        case SetEnv():
            return action.target, action.container, action.name
        case _:
            return None


def pods_cited(trajectory: Trajectory, hypothesis: Hypothesis) -> tuple[Ref, ...]:
    """The pods that a hypothesis' findings are about."""
    findings = trajectory.findings
    subjects = (findings[cite].subject for cite in hypothesis.cites if cite in findings)
    return tuple(dict.fromkeys(ref for ref in subjects if ref.kind == "Pod"))


def _is_attempt(step: object) -> bool:
    return isinstance(step, Decided) and isinstance(step.decision, Propose)
