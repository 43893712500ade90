"""reason: the Observer turns findings into one decision."""

from dataclasses import dataclass

from domain.actions import Undo
from domain.decisions import Conclude, Decision, Probe, Propose
from domain.execution import Effect
from domain.journal import Decided, Noted, Recalled, Refused, Taught, Trajectory
from domain.lessons import Word
from domain.ports import Policy, Sight
from domain.terms import Undoing
from graph.lessons.guide import guided
from graph.memory.distill import looks_new
from graph.memory.service import LongMemory
from graph.nodes.propose import AWAY
from graph.phrases import handed_over, in_vain, taken_back, unwound
from graph.policies.case import read
from graph.record import Record
from graph.sight import entry_with, seconds_worked, sight_of
from graph.state import Look, Route, RunState
from graph.unwinding import carried_out, unwinding


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
        if (following := _taken_back(sight.trajectory) or _due(sight)) is not None:
            return following
        if (away := _executor_away(sight.trajectory)) is not None:
            return handed_over(sight.trajectory, f"{away} Ask me again once it runs.")
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
        taking_back = isinstance(decision, Propose) and isinstance(decision.action, Undo)
        if isinstance(decision, Propose) and sight.proposals_left == 0 and not taking_back:
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


def _executor_away(trajectory: Trajectory) -> str | None:
    """Why nothing can be done, when the last wish waited in vain for an executor: the next one would as well."""
    last = trajectory.entries[-1].step
    return last.refusal.reason if isinstance(last, Refused) and last.refusal.rule == AWAY else None


def _taken_back(trajectory: Trajectory) -> Decision | None:
    """What follows an undo that a person asked for: the next one of those that go with it, or the end."""
    last, asked = carried_out(trajectory), unwinding(trajectory)
    if last is None or asked is None or last.proposed_by != asked.by:
        return None
    execution = trajectory.executions[last.id]
    if execution.effect is not Effect.DONE:
        return handed_over(trajectory, f"It could not be taken back: {execution.detail}")
    return unwound(trajectory, asked.left[0], asked.by) if asked.left else taken_back(trajectory, asked.by)


def _due(sight: Sight) -> Propose | None:
    """The undo of what has just turned out in vain, where no policy is asked about it.

    That is where the rule that let it happen takes it back by itself, and where nothing else can be tried.
    """
    useless = read(sight.trajectory).useless()
    if useless is None or sight.incident.read_only:
        return None
    at_once = useless.terms is not None and useless.terms.undo is Undoing.AT_ONCE
    return in_vain(sight.trajectory, useless) if at_once or sight.proposals_left == 0 else None
