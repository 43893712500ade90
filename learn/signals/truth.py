"""What was right in a run, and who says so.

The order of authorities is that of the labels (`learn.signals.verdict`): the lab, then what the world showed, then
people; the newest of a kind first.
"""

from dataclasses import dataclass

from domain.actions import Undo
from domain.approval import Verdict
from domain.episodes import Episode, Truth
from domain.execution import Effect, Improvement
from domain.journal import Asked, Rated, Trajectory
from domain.proposal import Proposal
from domain.references import Authority
from graph.policies.texts import load_texts
from graph.sight import treated_by
from learn.signals.correction import read_correction


@dataclass(frozen=True)
class Known:
    """What was right, and who says so."""

    truth: Truth
    says: Authority


def known_of(episode: Episode, came_back: bool = False) -> Known | None:
    """What was right in a run; `None` where nobody knows.

    With `came_back` the trouble was there again soon, so that a repair which looked like one does not count.
    """
    run = episode.trajectory
    if episode.truth is not None:
        return Known(episode.truth, Authority.LAB if episode.graded else Authority.PERSON)
    if not came_back and (helped := helpful(run)):
        return Known(_verified(run, helped[-1]), Authority.VERIFIED)
    truth = _corrected(run) or _asked_for(run)
    return Known(truth, Authority.PERSON) if truth else None


def helpful(run: Trajectory) -> tuple[Proposal, ...]:
    """Proposals after which the symptom stayed away, and that were not taken back."""
    done = {key for key, row in run.executions.items() if row.effect is Effect.DONE}
    actions = {proposal.id: proposal.plan.action for proposal in run.proposals}
    back = {a.proposal_id for key, a in actions.items() if isinstance(a, Undo) and key in done}
    good = {key for key, look in run.verifications.items() if look.improvement is Improvement.RESOLVED}
    return tuple(p for p in run.proposals if p.id in (done & good) - back and not isinstance(actions[p.id], Undo))


def _verified(run: Trajectory, proposal: Proposal) -> Truth:
    action = proposal.plan.action
    held = treated_by(run, action)
    if held is None:
        return Truth(anomaly=True, components=(action.target,), repairs=(action,))
    texts = load_texts()
    return Truth(
        anomaly=True,
        causes=(held.cause,),
        components=(held.subject,),
        system_level=texts.causes[held.cause].system_level,
        fault_type=texts.fault_type(held),
        repairs=(action,),
    )


def _corrected(run: Trajectory) -> Truth | None:
    """By the newest correction that stands and names something of the run."""
    standing = {id(feedback) for feedback in run.feedback}
    steps = (entry.step for entry in reversed(run.entries))
    given = (s.feedback.correction for s in steps if isinstance(s, Rated) and id(s.feedback) in standing)
    read = (read_correction(correction, run) for correction in given if correction is not None)
    return next((truth for truth in read if truth is not None), None)


def _asked_for(run: Trajectory) -> Truth | None:
    """By the newest write that a person put in the place of AOI's, unless it was rejected or in vain."""
    bad = {key for key, look in run.verifications.items() if look.improvement is not Improvement.RESOLVED}
    bad |= {key for key, ruling in run.rulings.items() if ruling.verdict is Verdict.REJECTED}
    in_vain = [proposal.plan.action for proposal in run.proposals if proposal.id in bad]
    asked = (entry.step.action for entry in reversed(run.entries) if isinstance(entry.step, Asked))
    action = next((a for a in asked if not isinstance(a, Undo) and a not in in_vain), None)
    return Truth(anomaly=True, components=(action.target,), repairs=(action,)) if action else None
