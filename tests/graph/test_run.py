"""A run of the graph: its way through the nodes, and what the journal says of it."""

from pathlib import Path

import pytest

from domain.approval import Verdict
from domain.decisions import Conclude, Decision, Probe, Propose
from domain.diagnosis import Diagnosis
from domain.errors import BadInput, ClusterForbidden, ClusterUnreachable
from domain.execution import Effect, Improvement
from domain.feedback import Feedback, Thumb
from domain.incident import Budget, Origin, Status
from domain.journal import Broke, Concluded, Decided, Probed, Proposed, Ruled
from domain.ports import Sight
from domain.probes import Events, Snapshot
from domain.proposal import Refusal
from graph.policies.scripted import ScriptedPolicy
from tests.fakes import (
    HEALTHY,
    SCALE_UP,
    SCALE_UP_MORE,
    SICK,
    ScriptedEyes,
    ScriptedPlanner,
    diagnosis,
    finding,
)
from tests.graph.house import house

PROPOSE = Propose(
    summary="Scaled to zero.", action=SCALE_UP, why="It has no pods.", cites=(finding().id,), confidence=0.9
)
RESOLVED = Conclude(summary="It is back.", diagnosis=diagnosis(), resolved=True, confidence=0.9)
GIVE_UP = Conclude(summary="I do not know.", diagnosis=diagnosis(), resolved=False, confidence=0.1)
LOOK = Probe(
    summary="Looking further.", calls=(Events(namespace="shop"), Events(namespace="payments")), confidence=0.3
)


async def test_an_approved_repair_is_verified_and_the_incident_resolved(tmp_path: Path) -> None:
    async with house(tmp_path, ScriptedPolicy([PROPOSE, RESOLVED])) as home:
        incident = await home.open()
        waiting = await home.drive(incident)
        assert waiting.pending is not None
        assert waiting.incident.status is Status.WAITING
        await home.service.decide(waiting.pending.id, Verdict.APPROVED, "U2")
        async with home.executor() as taken:
            done = await home.drive(incident)
        assert taken == [waiting.pending.id]
        assert done.incident.status is Status.RESOLVED
        assert await home.kinds(incident) == [
            "opened", "triaged", "decided", "proposed", "ruled", "executed", "verified", "decided", "concluded",
        ]  # fmt: skip
        assert done.rulings[waiting.pending.id].decided_by == "U2"


async def test_a_healthy_cluster_is_called_healthy(tmp_path: Path) -> None:
    healthy = Conclude(summary="Nothing is wrong.", diagnosis=diagnosis(False), resolved=True, confidence=0.8)
    async with house(tmp_path, ScriptedPolicy([healthy]), ScriptedEyes(looks=[HEALTHY])) as home:
        run = await home.drive(await home.open())
        assert run.incident.status is Status.RESOLVED
        assert run.diagnosis is not None
        assert not run.diagnosis.anomaly


async def test_a_waiting_run_stays_as_it_is_however_often_it_is_driven(tmp_path: Path) -> None:
    async with house(tmp_path, ScriptedPolicy([PROPOSE])) as home:
        incident = await home.open()
        await home.drive(incident)
        before = await home.kinds(incident)
        await home.drive(incident)
        assert await home.kinds(incident) == before
        assert incident.id not in await home.store.incidents.drivable(home.clock.now())


async def test_a_rejection_reaches_the_observer_with_its_reason(tmp_path: Path) -> None:
    heard: list[tuple[str, ...]] = []

    def listen(sight: Sight) -> Decision:
        heard.append((*sight.remarks, *sight.tried))
        return GIVE_UP

    async with house(tmp_path, ScriptedPolicy([PROPOSE, listen])) as home:
        incident = await home.open()
        pending = (await home.drive(incident)).pending
        assert pending is not None
        await home.service.decide(pending.id, Verdict.REJECTED, "U2", "we are in a freeze")
        run = await home.drive(incident)
        assert heard == [("Rejected: we are in a freeze", "zero-replicas:Deployment shop/checkout")]
        assert run.incident.status is Status.HANDED_OVER


async def test_an_expired_proposal_is_never_carried_out(tmp_path: Path) -> None:
    async with house(tmp_path, ScriptedPolicy([PROPOSE, GIVE_UP])) as home:
        incident = await home.open()
        pending = (await home.drive(incident)).pending
        assert pending is not None
        await home.clock.sleep(31 * 60)
        decided = await home.service.decide(pending.id, Verdict.APPROVED, "U2")
        assert decided is not None
        assert not decided.won
        async with home.executor() as taken:
            run = await home.drive(incident)
        assert taken == []
        assert run.rulings[pending.id].verdict is Verdict.EXPIRED


async def test_the_first_of_two_clicks_decides(tmp_path: Path) -> None:
    async with house(tmp_path, ScriptedPolicy([PROPOSE, GIVE_UP])) as home:
        pending = (await home.drive(await home.open())).pending
        assert pending is not None
        first = await home.service.decide(pending.id, Verdict.REJECTED, "U2")
        second = await home.service.decide(pending.id, Verdict.APPROVED, "U3")
        assert first is not None
        assert second is not None
        assert (first.won, second.won) == (True, False)
        assert second.approval.decided_by == "U2"


async def test_an_edit_supersedes_the_proposal_and_asks_anew(tmp_path: Path) -> None:
    async with house(tmp_path, ScriptedPolicy([PROPOSE])) as home:
        incident = await home.open()
        old = (await home.drive(incident)).pending
        assert old is not None
        await home.service.edit(old.id, SCALE_UP_MORE, "U3")
        run = await home.drive(incident)
        assert run.pending is not None
        assert run.pending.plan.action == SCALE_UP_MORE
        assert run.pending.proposed_by == "U3"
        stale = await home.service.decide(old.id, Verdict.APPROVED, "U2")
        assert stale is not None
        assert not stale.won


async def test_an_approval_of_what_has_changed_supersedes_it_and_shows_it_anew(tmp_path: Path) -> None:
    """Nothing is granted on the old card; the new one is decided on like any other."""
    async with house(tmp_path, ScriptedPolicy([PROPOSE, RESOLVED])) as home, home.executor() as taken:
        incident = await home.open()
        old = (await home.drive(incident)).pending
        assert old is not None
        home.eyes.becomes = "Deployment shop/checkout has changed since it was shown."
        decided = await home.service.decide(old.id, Verdict.APPROVED, "U2")
        assert decided is not None
        assert not decided.won
        assert (decided.approval.verdict, decided.approval.reason) == (Verdict.SUPERSEDED, home.eyes.becomes)
        home.eyes.becomes = None
        new = (await home.drive(incident)).pending
        assert new is not None
        assert (new.plan.action, new.revision, new.why) == (old.plan.action, 2, old.why)
        assert taken == []
        await home.service.decide(new.id, Verdict.APPROVED, "U2")
        assert (await home.drive(incident)).incident.status is Status.RESOLVED
        assert taken == [new.id]


async def test_what_a_person_edited_stays_edited_when_the_world_changes(tmp_path: Path) -> None:
    async with house(tmp_path, ScriptedPolicy([PROPOSE])) as home:
        incident = await home.open()
        first = (await home.drive(incident)).pending
        assert first is not None
        await home.service.edit(first.id, SCALE_UP_MORE, "U3")
        edited = (await home.drive(incident)).pending
        assert edited is not None
        home.eyes.becomes = "Deployment shop/checkout has changed since it was shown."
        await home.service.decide(edited.id, Verdict.APPROVED, "U2")
        again = (await home.drive(incident)).pending
        assert again is not None
        assert again.id != edited.id
        assert (again.plan.action, again.proposed_by) == (SCALE_UP_MORE, "U3")


async def test_a_cluster_that_does_not_answer_holds_up_no_approval(tmp_path: Path) -> None:
    """The executor looks again before it acts, in any case."""
    async with house(tmp_path, ScriptedPolicy([PROPOSE, RESOLVED])) as home:
        pending = (await home.drive(await home.open())).pending
        assert pending is not None
        home.eyes.becomes = ClusterUnreachable("The API server does not answer.")
        decided = await home.service.decide(pending.id, Verdict.APPROVED, "U2")
        assert decided is not None
        assert decided.won


async def test_an_undo_is_a_proposal_of_its_own_and_ends_the_run(tmp_path: Path) -> None:
    eyes = ScriptedEyes(after=[Improvement.RESOLVED, Improvement.WORSE])
    async with house(tmp_path, ScriptedPolicy([PROPOSE, RESOLVED]), eyes) as home, home.executor():
        incident = await home.open()
        first = (await home.drive(incident)).pending
        assert first is not None
        await home.service.decide(first.id, Verdict.APPROVED, "U2")
        await home.drive(incident)
        assert await home.service.undo(first.id, "U3") is None
        undo = (await home.drive(incident)).pending
        assert undo is not None
        assert undo.plan.action.action == "undo"
        await home.service.decide(undo.id, Verdict.APPROVED, "U2")
        run = await home.drive(incident)
        assert run.incident.status is Status.HANDED_OVER
        assert len(run.executions) == 2


async def test_an_undo_is_asked_for_in_the_channel_of_its_incident(tmp_path: Path) -> None:
    async with house(tmp_path, ScriptedPolicy([PROPOSE, RESOLVED])) as home, home.executor():
        incident = await home.open(origin=Origin(surface="slack", channel="C1", thread="1.0", user="U1"))
        first = (await home.drive(incident)).pending
        assert first is not None
        await home.service.decide(first.id, Verdict.APPROVED, "U2")
        await home.drive(incident)
        refusal = await home.service.undo(first.id, "U3", "C2")
        assert refusal is not None
        assert refusal.rule == "other-channel"
        assert await home.service.undo(first.id, "U3", "C1") is None


async def test_what_was_not_done_cannot_be_undone(tmp_path: Path) -> None:
    async with house(tmp_path, ScriptedPolicy([PROPOSE])) as home:
        pending = (await home.drive(await home.open())).pending
        assert pending is not None
        refusal = await home.service.undo(pending.id, "U3")
        assert refusal is not None
        assert "Nothing was changed" in refusal.reason


async def test_probes_run_once_and_a_repeated_one_is_answered_from_memory(tmp_path: Path) -> None:
    async with house(tmp_path, ScriptedPolicy([LOOK, LOOK, GIVE_UP])) as home:
        run = await home.drive(await home.open())
        assert len(home.eyes.probed) == 2
        notes = [e.step.note for e in run.entries if isinstance(e.step, Probed)]
        assert notes == ["Nothing there."] * 2 + ["Seen before: Nothing there."] * 2


async def test_a_refused_action_goes_back_to_the_observer(tmp_path: Path) -> None:
    planner = ScriptedPlanner(refusal=Refusal(rule="protected-namespace", reason="kube-system is protected."))
    async with house(tmp_path, ScriptedPolicy([PROPOSE, GIVE_UP]), planner=planner) as home:
        incident = await home.open()
        run = await home.drive(incident)
        assert run.incident.status is Status.HANDED_OVER
        assert "refused" in await home.kinds(incident)
        assert run.proposals == ()


async def test_read_only_never_proposes(tmp_path: Path) -> None:
    async with house(tmp_path, ScriptedPolicy([PROPOSE])) as home:
        run = await home.drive(await home.open(read_only=True))
        assert run.proposals == ()
        assert run.incident.status is Status.HANDED_OVER


@pytest.mark.parametrize(
    ("budget", "word"),
    [(Budget(steps=2), "steps"), (Budget(probes=1), "probes"), (Budget(proposals=0), "proposals")],
)
async def test_a_spent_budget_hands_over_what_is_known(tmp_path: Path, budget: Budget, word: str) -> None:
    script = ScriptedPolicy([PROPOSE] if word == "proposals" else [LOOK, LOOK, LOOK])
    async with house(tmp_path, script, budget=budget) as home:
        run = await home.drive(await home.open())
        last = run.entries[-1].step
        assert isinstance(last, Concluded)
        assert word in last.advice
        assert "scaled to zero" in last.text


async def test_a_cluster_that_hangs_is_tried_again_and_then_said_so(tmp_path: Path) -> None:
    gone = ClusterUnreachable("The API server does not answer.")
    async with house(tmp_path, ScriptedPolicy([]), ScriptedEyes(looks=[gone])) as home:
        run = await home.drive(await home.open())
        assert sum(isinstance(e.step, Broke) for e in run.entries) == 3
        assert run.incident.status is Status.HANDED_OVER
        assert isinstance(run.entries[-1].step, Concluded)
        assert run.entries[-1].step.advice == "The API server does not answer."


async def test_a_cluster_that_refuses_is_not_asked_again(tmp_path: Path) -> None:
    no = ClusterForbidden("The reader may not list pods.")
    async with house(tmp_path, ScriptedPolicy([]), ScriptedEyes(looks=[no])) as home:
        run = await home.drive(await home.open())
        assert sum(isinstance(e.step, Broke) for e in run.entries) == 1


async def test_a_cluster_that_recovers_is_investigated(tmp_path: Path) -> None:
    gone = ClusterUnreachable("The API server does not answer.")
    async with house(tmp_path, ScriptedPolicy([GIVE_UP]), ScriptedEyes(looks=[gone, SICK])) as home:
        run = await home.drive(await home.open())
        assert finding().id in run.findings


async def test_an_unexpected_error_ends_the_run_on_record(tmp_path: Path) -> None:
    def broken(_: Sight) -> Decision:
        raise ZeroDivisionError

    async with house(tmp_path, ScriptedPolicy([broken])) as home:
        run = await home.drive(await home.open())
        assert run.incident.status is Status.FAILED
        assert isinstance(run.entries[-1].step, Broke)


@pytest.mark.parametrize(
    ("effect", "status"),
    [
        (Effect.REFUSED, Status.HANDED_OVER),
        (Effect.FAILED, Status.HANDED_OVER),
        (Effect.UNKNOWN, Status.HANDED_OVER),
    ],
)
async def test_an_effect_that_did_not_happen_is_not_verified(
    tmp_path: Path, effect: Effect, status: Status
) -> None:
    async with house(tmp_path, ScriptedPolicy([PROPOSE, GIVE_UP])) as home:
        incident = await home.open()
        pending = (await home.drive(incident)).pending
        assert pending is not None
        await home.service.decide(pending.id, Verdict.APPROVED, "U2")
        async with home.executor(effect):
            run = await home.drive(incident)
        assert run.incident.status is status
        assert "verified" not in await home.kinds(incident)


async def test_the_question_narrows_the_scope_to_the_namespace_it_names(tmp_path: Path) -> None:
    async with house(tmp_path, ScriptedPolicy([GIVE_UP] * 2)) as home:
        await home.drive(await home.open("why is checkout in shop so slow?"))
        await home.drive(await home.open("something with the shopfront is off"))
        assert [scope.namespaces for scope in home.eyes.scopes] == [("shop",), ("payments", "shop")]


async def test_a_namespace_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    async with house(tmp_path, ScriptedPolicy([])) as home:
        with pytest.raises(BadInput, match=r"no namespace 'chekout'.*payments, shop"):
            await home.open(namespaces=("chekout",))


async def test_an_empty_question_is_answered_with_an_example(tmp_path: Path) -> None:
    async with house(tmp_path, ScriptedPolicy([])) as home:
        with pytest.raises(BadInput, match="For example"):
            await home.open("   ")


async def test_the_same_delivery_opens_one_incident(tmp_path: Path) -> None:
    async with house(tmp_path, ScriptedPolicy([])) as home:
        first, second = await home.open(), await home.open()
        assert first.id == second.id
        assert await home.kinds(first) == ["opened"]


async def test_a_remark_is_answered_and_leaves_the_approval_alone(tmp_path: Path) -> None:
    async with house(tmp_path, ScriptedPolicy([PROPOSE])) as home:
        incident = await home.open()
        pending = (await home.drive(incident)).pending
        assert pending is not None
        why = await home.service.remark(incident.id, "U4", "why do you think so?", "e1")
        assert "It has no pods." in why
        assert finding().text in why
        change = await home.service.remark(incident.id, "U4", "show me the diff", "e2")
        assert "replicas: 2" in change
        approval = await home.store.approvals.approval(pending.id)
        assert approval is not None
        assert approval.verdict is Verdict.PENDING


async def test_the_last_thumb_of_a_user_counts_and_the_history_stays(tmp_path: Path) -> None:
    async with house(tmp_path, ScriptedPolicy([GIVE_UP])) as home:
        incident = await home.open()
        for thumb in (Thumb.UP, Thumb.DOWN):
            await home.clock.sleep(1)
            await home.service.rate(
                Feedback(incident_id=incident.id, target="outcome", user="U1", thumb=thumb, at=home.clock.now())
            )
        run = await home.driver.record.trajectory(incident.id)
        assert [f.thumb for f in run.feedback] == [Thumb.DOWN]
        assert (await home.kinds(incident)).count("rated") == 2


async def test_a_decision_cites_only_what_was_shown(tmp_path: Path) -> None:
    invented = GIVE_UP.model_copy(update={"cites": (finding().id, "f-invented")})
    async with house(tmp_path, ScriptedPolicy([invented])) as home:
        run = await home.drive(await home.open())
        decided = next(e.step for e in run.entries if isinstance(e.step, Decided))
        assert decided.decision.cites == (finding().id,)


async def test_every_ruling_and_proposal_is_in_the_journal_once(tmp_path: Path) -> None:
    async with house(tmp_path, ScriptedPolicy([PROPOSE, GIVE_UP])) as home:
        incident = await home.open()
        pending = (await home.drive(incident)).pending
        assert pending is not None
        await home.service.decide(pending.id, Verdict.REJECTED, "U2")
        run = await home.drive(incident)
        assert sum(isinstance(e.step, Ruled) for e in run.entries) == 1
        assert sum(isinstance(e.step, Proposed) for e in run.entries) == 1
        assert isinstance(run.diagnosis, Diagnosis)


async def test_a_snapshot_that_is_asked_for_is_a_fresh_triage_after_a_while(tmp_path: Path) -> None:
    again = Probe(summary="Too early.", calls=(Snapshot(namespace="shop", after_seconds=20),), confidence=0.2)
    eyes = ScriptedEyes(looks=[HEALTHY, SICK])
    async with house(tmp_path, ScriptedPolicy([again, GIVE_UP]), eyes) as home:
        incident = await home.open()
        began = home.clock.now()
        run = await home.drive(incident)
        assert (home.clock.now() - began).total_seconds() == 20
        assert (await home.kinds(incident)).count("triaged") == 2
        assert finding().id in run.findings
