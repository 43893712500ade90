"""Taking back: by the rule where it says so, in order where there are several, and never silently."""

from pathlib import Path

from domain.actions import Undo
from domain.approval import Verdict
from domain.audit import Deed
from domain.decisions import Conclude, Decision, Propose
from domain.execution import Effect, Improvement
from domain.incident import Budget, Incident, Status
from domain.journal import Concluded
from domain.policy import Rule, WritePolicy
from domain.ports import Sight
from domain.proposal import Proposal
from domain.terms import Undoing
from graph.policies.scripted import ScriptedPolicy
from tests.fakes import SCALE_UP, SCALE_UP_MORE, ScriptedEyes, diagnosis
from tests.graph.house import House, house

FIRST = Propose(summary="Scaled to zero.", action=SCALE_UP, why="It has no pods.", confidence=0.9)
SECOND = Propose(summary="Still too few.", action=SCALE_UP_MORE, why="They are too few.", confidence=0.9)
DONE = Conclude(summary="It is back.", diagnosis=diagnosis(), resolved=True, confidence=0.9)
GIVE_UP = Conclude(summary="I do not know.", diagnosis=diagnosis(), resolved=False, confidence=0.1)
NOT_ASKED = GIVE_UP
"""The place of a step that the rules decide."""
AT_ONCE = WritePolicy(rules=(Rule(name="any", approvers=("U0BEN",), undo=Undoing.AT_ONCE),))
BETTER, SAME, WORSE = Improvement.IMPROVED, Improvement.UNCHANGED, Improvement.WORSE


async def approve(home: House, incident: Incident) -> Proposal:
    """A person lets the proposal that waits happen, and the run goes on."""
    pending = (await home.drive(incident)).pending
    assert pending is not None
    await home.service.decide(pending.id, Verdict.APPROVED, "U0BEN")
    await home.drive(incident)
    return pending


def undone(proposal: Proposal | None) -> str:
    """The proposal whose change this one takes back."""
    assert proposal is not None
    assert isinstance(proposal.plan.action, Undo)
    return proposal.plan.action.proposal_id


async def test_a_rule_takes_back_what_did_not_help_and_the_policy_goes_on(tmp_path: Path) -> None:
    """No click, no card that waits; the policy is asked again once things are as they were."""
    eyes = ScriptedEyes(after=[WORSE, SAME])
    async with (
        house(tmp_path, ScriptedPolicy([FIRST, NOT_ASKED, GIVE_UP]), eyes, rules=AT_ONCE) as home,
        home.executor() as taken,
    ):
        incident = await home.open()
        change = await approve(home, incident)
        run = await home.drive(incident)
        undo = run.proposals[-1]
        assert undone(undo) == change.id
        assert taken == [change.id, undo.id]
        assert run.rulings[undo.id].decided_by == "rule:any"
        assert run.incident.status is Status.HANDED_OVER
        told = [r for r in await home.store.audit.of(incident.id) if r.proposal_id == undo.id]
        assert [(r.deed, r.by, r.rule) for r in told] == [
            (Deed.PROPOSED, "scripted", "any"),
            (Deed.CONSENTED, "rule:any", "any"),
            (Deed.APPROVED, "rule:any", "any"),
            (Deed.GRANTED, "rule:any", "any"),
            (Deed.INTENDED, "exec", "any"),
            (Deed.DONE, "exec", "any"),
        ]


async def test_without_such_a_rule_and_for_what_helped_nothing_is_taken_back_unasked(tmp_path: Path) -> None:
    asks = WritePolicy(rules=(AT_ONCE.rules[0].model_copy(update={"undo": Undoing.ASK}),))
    for number, (rules, seen) in enumerate([(asks, WORSE), (AT_ONCE, BETTER)]):
        eyes = ScriptedEyes(after=[seen])
        folder = tmp_path / str(number)
        async with house(folder, ScriptedPolicy([FIRST, GIVE_UP]), eyes, rules=rules) as home:
            async with home.executor() as taken:
                incident = await home.open()
                change = await approve(home, incident)
                await home.drive(incident)
            assert taken == [change.id]


async def test_an_undo_by_rule_that_the_executor_refuses_is_not_tried_again(tmp_path: Path) -> None:
    """As in a freeze: the policy is told, and people take over."""
    eyes = ScriptedEyes(after=[WORSE])
    async with (
        house(tmp_path, ScriptedPolicy([FIRST, NOT_ASKED, GIVE_UP]), eyes, rules=AT_ONCE) as home,
        home.executor(then=Effect.REFUSED) as taken,
    ):
        incident = await home.open()
        await approve(home, incident)
        run = await home.drive(incident)
        assert len(taken) == 2
        assert run.incident.status is Status.HANDED_OVER


async def test_with_nothing_left_to_try_a_change_in_vain_is_taken_back_and_not_left(tmp_path: Path) -> None:
    """The budget for repairs is spent; taking back is none."""
    eyes = ScriptedEyes(after=[SAME, SAME])
    async with (
        house(tmp_path, ScriptedPolicy([FIRST, GIVE_UP]), eyes, budget=Budget(proposals=1)) as home,
        home.executor() as taken,
    ):
        incident = await home.open()
        change = await approve(home, incident)
        undo = (await home.drive(incident)).pending
        assert undone(undo) == change.id
        await approve(home, incident)
        assert len(taken) == 2


async def test_several_changes_unwind_newest_first(tmp_path: Path) -> None:
    """Each with a card of its own, asked for by the person who pressed Undo on the oldest."""
    eyes = ScriptedEyes(after=[BETTER, Improvement.RESOLVED, SAME, WORSE])
    async with house(tmp_path, ScriptedPolicy([FIRST, SECOND, DONE]), eyes) as home, home.executor() as taken:
        incident = await home.open()
        first = await approve(home, incident)
        second = await approve(home, incident)
        assert await home.service.undo(first.id, "U0CHLOE") is None
        newest = (await home.drive(incident)).pending
        assert newest is not None
        assert (undone(newest), newest.proposed_by) == (second.id, "U0CHLOE")
        assert "it goes first" in newest.why
        await approve(home, incident)
        oldest = (await home.drive(incident)).pending
        assert oldest is not None
        assert (undone(oldest), oldest.proposed_by) == (first.id, "U0CHLOE")
        await approve(home, incident)
        run = await home.drive(incident)
        assert run.incident.status is Status.HANDED_OVER
        last = run.entries[-1].step
        assert isinstance(last, Concluded)
        assert last.text == "The change was taken back."
        assert taken == [first.id, second.id, newest.id, oldest.id]


async def test_unwinding_stops_where_a_person_says_no(tmp_path: Path) -> None:
    heard: list[tuple[str, ...]] = []

    def listen(sight: Sight) -> Decision:
        heard.append(sight.remarks)
        return GIVE_UP

    eyes = ScriptedEyes(after=[BETTER, Improvement.RESOLVED])
    async with house(tmp_path, ScriptedPolicy([FIRST, SECOND, DONE, listen]), eyes) as home:
        async with home.executor() as taken:
            incident = await home.open()
            first = await approve(home, incident)
            await approve(home, incident)
            await home.service.undo(first.id, "U0CHLOE")
            newest = (await home.drive(incident)).pending
            assert newest is not None
            await home.service.decide(newest.id, Verdict.REJECTED, "U0BEN", "keep it")
            run = await home.drive(incident)
        assert heard == [("Rejected: keep it",)]
        assert run.incident.status is Status.HANDED_OVER
        assert len(taken) == 2


async def test_an_undo_that_was_refused_is_not_said_to_be_done(tmp_path: Path) -> None:
    eyes = ScriptedEyes(after=[Improvement.RESOLVED])
    async with house(tmp_path, ScriptedPolicy([FIRST, DONE]), eyes) as home:
        incident = await home.open()
        async with home.executor():
            first = await approve(home, incident)
            await home.drive(incident)
        await home.service.undo(first.id, "U0CHLOE")
        undo = (await home.drive(incident)).pending
        assert undo is not None
        await home.service.decide(undo.id, Verdict.APPROVED, "U0BEN")
        async with home.executor(Effect.REFUSED):
            run = await home.drive(incident)
        last = run.entries[-1].step
        assert isinstance(last, Concluded)
        assert "could not be taken back" in last.advice
        assert "was taken back" not in last.text
