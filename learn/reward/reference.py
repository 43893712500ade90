"""What one step should have decided, from what was right in its run and from what the step could see."""

from dataclasses import dataclass

from domain.actions import Action, Undo
from domain.cluster import Severity
from domain.diagnosis import Hypothesis
from domain.episodes import Episode, Truth
from domain.execution import Improvement
from domain.journal import Trajectory
from domain.ports import Sight
from domain.references import Kind, Reference
from graph.lessons.guide import guided
from graph.policies import case as cases
from graph.policies.chat.rights import Rights, rights_of
from graph.policies.confirm import SURE
from graph.sight import sight_of
from learn.reward.aim import near
from learn.reward.shown import bare_undo
from learn.signals.truth import Known, known_of

_WORTH = 0.6
"""Hypotheses below this confidence do not keep a run from its end."""


def reference_of(episode: Episode, step: int, came_back: bool = False) -> Reference | None:
    """What the decision at journal entry `step` should have been; `None` where nobody knows.

    With `came_back` a repair that was verified does not count, for the trouble was there again soon.
    """
    known = known_of(episode, came_back)
    return reference_at(sight_before(episode.trajectory, step), known) if known else None


def sight_before(trajectory: Trajectory, step: int) -> Sight:
    """What was shown for the decision at a journal entry."""
    before = tuple(entry for entry in trajectory.entries if entry.seq < step)
    return guided(sight_of(trajectory.model_copy(update={"entries": before})))


def reference_at(sight: Sight, known: Known) -> Reference:
    """What should be decided on a sight, when this is right."""
    step = _Step(sight, known.truth, rights_of(sight))
    truth = known.truth
    spaces = {ref.namespace for ref in truth.components if ref.namespace}
    return Reference(
        says=known.says,
        kinds=step.kinds,
        anomaly=truth.anomaly,
        causes=truth.causes,
        components=truth.components,
        system_level=truth.system_level,
        fault_type=truth.fault_type,
        actions=step.actions,
        namespace=next(iter(spaces)) if len(spaces) == 1 else None,
        findings=step.bearing,
        resolved=not truth.anomaly or step.over,
    )


@dataclass(frozen=True)
class _Step:
    """A step with the truth in hand."""

    sight: Sight
    truth: Truth
    rights: Rights

    @property
    def held(self) -> tuple[Hypothesis, ...]:
        """The suspicions of AOI's rules that are right."""
        return tuple(h for h in self.sight.hypotheses if self._right(h))

    @property
    def bearing(self) -> tuple[str, ...]:
        """Findings that show the fault: those about what is to blame, and those that a right suspicion cites."""
        cited = {cite for hypothesis in self.held for cite in hypothesis.cites}
        return tuple(
            f.id
            for f in self.sight.findings
            if f.id in cited or (f.severity is not Severity.INFO and near(f.subject, self.truth.components) == 1)
        )

    @property
    def over(self) -> bool:
        """Whether a repair has helped, and no right suspicion is left."""
        seen = cases.read(self.sight.trajectory)
        helped = seen.verification is not None and seen.verification.improvement is Improvement.RESOLVED
        undone = seen.proposal is not None and isinstance(seen.proposal.plan.action, Undo)
        return helped and not undone and not any(h.confidence >= _WORTH for h in self.held)

    @property
    def actions(self) -> tuple[Action, ...]:
        """Writes that are right now."""
        if self.rights.due and self.rights.undo is not None:
            return (bare_undo(self.rights.undo.target),)
        if self.over or not self.rights.proposing:
            return ()
        tried = cases.read(self.sight.trajectory)
        return tuple(action for action in self.truth.repairs if not tried.has_tried(action))

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Kinds of decision that are right now."""
        if self.rights.due:
            return ("propose",)
        if self.over:
            return ("conclude",)
        looking: tuple[Kind, ...] = ("probe",) if self.rights.probes else ()
        if not self.truth.anomaly:
            return (*looking, "conclude") if self.sight.hypotheses and not self._probed else ("conclude",)
        if not self.bearing:
            return looking or ("conclude",)
        if self._unsure:
            return (*looking, *self._acting)
        return self._acting

    @property
    def _acting(self) -> tuple[Kind, ...]:
        if not self.rights.proposing:
            return ("conclude",)
        tried = cases.read(self.sight.trajectory)
        at_hand = any(not tried.has_tried(action) for h in self.held for action in h.actions)
        return ("propose",) if self.actions or at_hand else ("propose", "conclude")

    @property
    def _unsure(self) -> bool:
        """Whether one more look is as good: what AOI's rules suspect first is not right, or not sure."""
        first = next(iter(self.sight.hypotheses), None)
        sure = first is not None and self._right(first) and first.confidence >= SURE
        return not sure and not self._probed

    @property
    def _probed(self) -> bool:
        return cases.read(self.sight.trajectory).probed

    def _right(self, hypothesis: Hypothesis) -> bool:
        truth = self.truth
        cause = hypothesis.cause in truth.causes or not truth.causes
        place = near(hypothesis.subject, truth.components) == 1 or not truth.components
        return truth.anomaly and cause and place
