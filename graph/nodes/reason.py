"""reason: the Observer turns findings into one decision."""

from dataclasses import dataclass

from domain.actions import Undo
from domain.approval import Verdict
from domain.decisions import Conclude, Decision, Probe, Propose
from domain.journal import Decided, Noted, Recalled, Taught, Trajectory
from domain.lessons import Word
from domain.ports import Policy, Sight
from graph.lessons.guide import guided
from graph.memory.distill import looks_new
from graph.memory.service import LongMemory
from graph.phrases import handed_over, taken_back
from graph.record import Record
from graph.sight import entry_with, seconds_worked, sight_of
from graph.state import Look, Route, RunState


@dataclass(frozen=True)
class Reason:
    """Asks the policy, within the budgets, and holds it to what it was shown."""

    policy: Policy
    record: Record
    memory: LongMemory

    async def run(self, state: RunState) -> RunState:
        """Append the decision and route by its kind."""
        trajectory = await self.record.trajectory(state["incident"])
        key = f"{state['turn']}:reason"
        written = entry_with(trajectory, key)
        if written is not None and isinstance(written.step, Decided):
            return self._route(state, written.step.decision)
        sight = guided(sight_of(await self._taught(await self._reminded(trajectory, key), key)))
        decision = self._forced(sight)
        started = self.record.clock.monotonic()
        if decision is None:
            decision = self._held(sight, await self.policy.decide(sight))
        spent = (self.record.clock.monotonic() - started) * 1000
        by = self.policy.name
        if (other := decision.stand_in) is not None:
            by = other.policy
            await self.record.add(state["incident"], f"{key}:stand-in", Noted(by="aoi", text=other.why))
        step = Decided(policy=by, decision=decision, milliseconds=spent)
        await self.record.add(state["incident"], key, step)
        return self._route(state, decision)

    async def _reminded(self, trajectory: Trajectory, key: str) -> Trajectory:
        """The run with the past incidents that its newest look brings to mind, on record; most bring none."""
        if entry_with(trajectory, f"{key}:recalled") or not looks_new(trajectory):
            return trajectory
        memories = await self.memory.recall(trajectory)
        if memories == trajectory.memories:
            return trajectory
        await self.record.add(trajectory.incident.id, f"{key}:recalled", Recalled(memories=memories))
        return await self.record.trajectory(trajectory.incident.id)

    async def _taught(self, trajectory: Trajectory, key: str) -> Trajectory:
        """The run with the lessons that fit its newest look, and what they do now, on record; mostly none fits."""
        if entry_with(trajectory, f"{key}:taught"):
            return trajectory
        before = trajectory.taught or Taught(lessons=())
        fitting = await self.memory.lessons.fitting(trajectory) if looks_new(trajectory) else before.lessons
        seen = guided(sight_of(trajectory).model_copy(update={"lessons": fitting}))
        now = Taught(
            lessons=fitting,
            guiding=tuple(Word(lesson_id=g.lesson.id, says=g.says) for g in seen.guidance if not g.calls),
            looking=tuple(g.lesson.id for g in seen.guidance if g.calls),
        )
        if now == before:
            return trajectory
        await self.record.add(trajectory.incident.id, f"{key}:taught", now)
        return await self.record.trajectory(trajectory.incident.id)

    def _forced(self, sight: Sight) -> Decision | None:
        """What the rules decide before any policy is asked."""
        undone_by = _undone_for(sight.trajectory)
        if undone_by is not None:
            return taken_back(sight.trajectory, undone_by)
        if sight.steps_left == 0:
            return handed_over(sight.trajectory, "The budget of steps is spent; please take it from here.")
        allowed = sight.incident.budget.seconds
        if seconds_worked(sight.trajectory, self.record.clock.now()) > allowed:
            minutes = f"{allowed / 60:.0f} minutes"
            return handed_over(sight.trajectory, f"The budget of {minutes} is spent; please take it from here.")
        return None

    @staticmethod
    def _held(sight: Sight, decision: Decision) -> Decision:
        """The decision within its rights: cites only what was shown, spends only what is left."""
        shown = {finding.id for finding in sight.findings}
        decision = decision.model_copy(update={"cites": tuple(c for c in decision.cites if c in shown)})
        if isinstance(decision, Probe) and sight.probes_left < len(decision.calls):
            return handed_over(sight.trajectory, "The budget of probes is spent; please take it from here.")
        if isinstance(decision, Propose) and sight.incident.read_only:
            return handed_over(sight.trajectory, f"Read-only: AOI would have proposed this. {decision.why}")
        if isinstance(decision, Propose) and sight.proposals_left == 0:
            return handed_over(sight.trajectory, "The budget of proposals is spent; please take it from here.")
        return decision

    @staticmethod
    def _route(state: RunState, decision: Decision) -> RunState:
        look: Look = state.get("look", "triage")
        following: Route
        match decision:
            case Probe():
                following, look = "observe", "probes"
            case Propose():
                following = "propose"
            case Conclude():
                following = "report"
        return RunState(
            turn=state["turn"] + 1, decision=decision.model_dump(mode="json"), look=look, next=following
        )


def _undone_for(trajectory: Trajectory) -> str | None:
    """Who asked for the undo that was just carried out; `None` when the last act was something else."""
    last = trajectory.proposals[-1] if trajectory.proposals else None
    if last is None or not isinstance(last.plan.action, Undo) or last.id not in trajectory.executions:
        return None
    ruling = trajectory.rulings.get(last.id)
    asked_by_person = last.proposed_by != trajectory.incident.policy
    approved = ruling is not None and ruling.verdict is Verdict.APPROVED
    return last.proposed_by if asked_by_person and approved else None
