"""The playbook: what it decides at each turn of a run."""

from domain.actions import PatchServicePort, Restart, RollBack, Scale, SetConfigKey, Undo
from domain.approval import Verdict
from domain.cluster import Ref
from domain.decisions import Conclude, Probe, Propose
from domain.diagnosis import Cause, FaultType, SystemLevel
from domain.execution import Effect, Improvement
from domain.incident import Budget
from domain.probes import Events, Logs, RevisionDiff
from tests.graph.policies.story import BACK, IMAGE, POD, SEEN, WEB, Story, suspicion

API = Ref(kind="Deployment", name="api", namespace="prod")


async def conclude(story: Story) -> Conclude:
    decision = await story.decide()
    assert isinstance(decision, Conclude), decision
    return decision


async def test_nothing_suspected_is_no_anomaly() -> None:
    done = await conclude(Story())
    assert done.resolved
    assert not done.diagnosis.anomaly
    assert done.summary.startswith("Nothing is wrong")


async def test_a_sure_suspicion_is_proposed_at_once_with_its_reason_and_citations() -> None:
    decision = await Story(suspicion(BACK, IMAGE)).propose()
    assert decision.action == BACK
    assert "Revision 3 did not have this fault." in decision.why
    assert decision.cites == (SEEN.id,)
    assert decision.hypotheses[0].cause is Cause.IMAGE_PULL


async def test_a_suspicion_that_is_not_sure_gets_one_round_of_probes_and_no_second() -> None:
    story = Story(suspicion(BACK, cause=Cause.CRASH_LOOP, confidence=0.65))
    decision = await story.decide()
    assert isinstance(decision, Probe)
    assert decision.calls == (
        Logs(namespace="prod", pod="web-1", previous=True, tail=100),
        RevisionDiff(workload=WEB),
        Events(namespace="prod", subject=POD),
    )
    story.probed()
    assert isinstance(await story.decide(), Propose)


async def test_without_probes_left_it_goes_on_without() -> None:
    story = Story(suspicion(BACK, cause=Cause.CRASH_LOOP, confidence=0.65), budget=Budget(probes=0))
    assert isinstance(await story.decide(), Propose)


async def test_a_verified_repair_ends_the_run_with_the_diagnosis() -> None:
    story = Story(suspicion(BACK))
    await story.propose()
    story.verified(Improvement.RESOLVED)
    done = await conclude(story)
    assert done.resolved
    assert done.summary.startswith("Resolved")
    assert done.diagnosis.components == (WEB,)
    assert done.diagnosis.cause is Cause.IMAGE_PULL
    assert done.diagnosis.system_level is SystemLevel.VIRTUALIZATION
    assert done.diagnosis.fault_type is FaultType.MISCONFIGURATION


async def test_a_second_fault_is_treated_after_the_first() -> None:
    other = suspicion(Scale(target=API, replicas=2), cause=Cause.ZERO_REPLICAS, subject=API)
    story = Story(suspicion(BACK), other)
    await story.propose()
    story.verified(Improvement.RESOLVED, other)
    assert (await story.propose()).action == Scale(target=API, replicas=2)


async def test_a_repair_without_effect_is_taken_back_before_the_next_candidate() -> None:
    held = suspicion(BACK, IMAGE)
    story = Story(held)
    await story.propose()
    plan = story.trajectory.proposals[-1].plan
    story.verified(Improvement.UNCHANGED, held)
    decision = await story.propose()
    assert decision.action == Undo(target=WEB, proposal_id="prop-1", change=plan.undo)
    assert "It is unchanged." in decision.summary
    story.verified(Improvement.UNCHANGED, held)
    assert (await story.propose()).action == IMAGE


async def test_a_repair_that_made_it_worse_is_taken_back() -> None:
    held = suspicion(BACK, IMAGE)
    story = Story(held)
    await story.propose()
    plan = story.trajectory.proposals[-1].plan
    story.verified(Improvement.WORSE, held)
    decision = await story.propose()
    assert decision.action == Undo(target=WEB, proposal_id="prop-1", change=plan.undo)
    story.verified(Improvement.UNCHANGED, held)
    assert (await story.propose()).action == IMAGE


async def test_after_an_undo_without_other_repairs_people_take_over() -> None:
    held = suspicion(BACK)
    story = Story(held)
    await story.propose()
    story.verified(Improvement.WORSE, held)
    await story.propose()
    story.verified(Improvement.RESOLVED, held)
    done = await conclude(story)
    assert not done.resolved
    assert done.advice


async def test_a_useless_change_is_taken_back_before_it_hands_over() -> None:
    held = suspicion(BACK)
    story = Story(held)
    await story.propose()
    story.verified(Improvement.UNCHANGED, held)
    assert isinstance((await story.propose()).action, Undo)
    story.verified(Improvement.UNCHANGED, held)
    assert not (await conclude(story)).resolved


async def test_a_roll_back_is_never_answered_by_rolling_back_to_the_bad_revision() -> None:
    """After a roll back the revisions are numbered anew; the way back then leads into the fault."""
    story = Story(suspicion(BACK))
    await story.propose()
    story.verified(Improvement.IMPROVED, suspicion(RollBack(target=WEB, revision=4)))
    assert not (await conclude(story)).resolved


async def test_a_rejection_leads_to_the_next_repair_and_repeats_the_reason() -> None:
    story = Story(suspicion(BACK, IMAGE))
    await story.propose()
    story.ruled(Verdict.REJECTED, "the release has a migration")
    decision = await story.propose()
    assert decision.action == IMAGE
    assert "the release has a migration" in decision.summary


async def test_a_rejection_that_asks_for_another_repair_gets_it() -> None:
    scale = Scale(target=WEB, replicas=1)
    story = Story(suspicion(BACK, IMAGE, scale))
    await story.propose()
    story.ruled(Verdict.REJECTED, "No, just scale it down for now")
    assert (await story.propose()).action == scale


async def test_a_rejection_that_says_hands_off_ends_the_run() -> None:
    story = Story(suspicion(BACK, IMAGE))
    await story.propose()
    story.ruled(Verdict.REJECTED, "Leave it, we will do it after the freeze")
    done = await conclude(story)
    assert not done.resolved
    assert "You take it from here" in done.advice


async def test_words_inside_other_words_are_no_wish() -> None:
    """`support` does not ask for a port."""
    port = PatchServicePort(target=Ref(kind="Service", name="web", namespace="prod"), port=80, target_port=8080)
    story = Story(suspicion(BACK, IMAGE, port))
    await story.propose()
    story.ruled(Verdict.REJECTED, "support depends on item 7")
    assert (await story.propose()).action == IMAGE


async def test_a_rollout_that_is_not_through_is_handed_over_as_better() -> None:
    story = Story(suspicion(BACK))
    await story.propose()
    story.verified(Improvement.IMPROVED)
    done = await conclude(story)
    assert not done.resolved
    assert done.summary.startswith("Better, but not finished")
    assert done.diagnosis.components == (WEB,)


async def test_the_last_repair_rejected_hands_over_with_advice() -> None:
    story = Story(suspicion(BACK))
    await story.propose()
    story.ruled(Verdict.REJECTED, "too risky")
    done = await conclude(story)
    assert "no other repair that is safe" in done.advice
    assert done.diagnosis.anomaly


async def test_silence_hands_over() -> None:
    story = Story(suspicion(BACK, IMAGE))
    await story.propose()
    story.ruled(Verdict.EXPIRED)
    assert "Nobody decided in time" in (await conclude(story)).advice


async def test_a_refused_action_is_followed_by_the_next_and_says_why() -> None:
    story = Story(suspicion(BACK, IMAGE))
    await story.decide()
    story.refused("That registry is not allowed.")
    decision = await story.propose()
    assert decision.action == IMAGE
    assert "That registry is not allowed." in decision.summary


async def test_a_failed_execution_is_followed_by_the_next_candidate() -> None:
    story = Story(suspicion(BACK, IMAGE))
    await story.propose()
    story.executed(Effect.FAILED, "The API server found it invalid.")
    assert (await story.propose()).action == IMAGE


async def test_read_only_says_what_it_would_have_proposed() -> None:
    done = await conclude(Story(suspicion(BACK), read_only=True))
    assert not done.resolved
    assert "roll Deployment prod/web back to revision 3" in done.advice


async def test_no_known_repair_hands_over_with_advice() -> None:
    done = await conclude(Story(suspicion(cause=Cause.RBAC_FORBIDDEN)))
    assert "RoleBinding" in done.advice
    assert done.diagnosis.fault_type is FaultType.AUTHENTICATION


async def test_no_proposals_left_hands_over() -> None:
    story = Story(suspicion(BACK, IMAGE), budget=Budget(proposals=1))
    await story.propose()
    story.ruled(Verdict.REJECTED, "no")
    assert not (await conclude(story)).resolved


async def test_repairs_that_helped_spend_no_budget_and_all_their_subjects_are_told() -> None:
    other = suspicion(IMAGE, cause=Cause.IMAGE_PULL, subject=API)
    story = Story(suspicion(BACK), other, budget=Budget(proposals=1))
    await story.propose()
    story.verified(Improvement.RESOLVED, other)
    await story.propose()
    story.verified(Improvement.RESOLVED)
    done = await conclude(story)
    assert done.resolved
    assert set(done.diagnosis.components) == {WEB, API}


async def test_a_fault_that_no_revision_brought_was_made_by_hand() -> None:
    done = await conclude(Story(suspicion(cause=Cause.MISSING_CONFIG)))
    assert done.diagnosis.fault_type is FaultType.OPERATION_ERROR


async def test_weak_suspicions_are_told_but_not_blamed() -> None:
    weak = suspicion(cause=Cause.APPLICATION_ERROR, subject=API, confidence=0.35)
    done = await conclude(Story(suspicion(cause=Cause.NODE_NOT_READY), weak))
    assert done.diagnosis.components == (WEB,)
    assert weak in done.hypotheses


async def test_the_same_sight_gets_the_same_decision() -> None:
    story = Story(suspicion(BACK, IMAGE))
    assert await story.policy.decide(story.sight) == await story.policy.decide(story.sight)


async def test_a_setting_that_its_own_write_has_mended_is_not_set_back_to_what_was_declared() -> None:
    """What was declared may be what was wrong: only an undo takes a write back."""
    config = Ref(kind="ConfigMap", name="web", namespace="prod")
    mended, declared = (SetConfigKey(target=config, key="MODE", value=value) for value in ("safe", "fast"))
    story = Story(suspicion(mended, cause=Cause.BAD_ENVIRONMENT, subject=config))
    assert (await story.propose()).action == mended
    again = suspicion(declared, cause=Cause.BAD_ENVIRONMENT, subject=config)
    stale = suspicion(Restart(target=WEB), cause=Cause.BAD_ENVIRONMENT)
    story.verified(Improvement.IMPROVED, again, stale)
    assert (await story.propose()).action == Restart(target=WEB)


async def test_a_value_that_did_not_help_may_be_followed_by_another() -> None:
    config = Ref(kind="ConfigMap", name="web", namespace="prod")
    first, other = (SetConfigKey(target=config, key="MODE", value=value) for value in ("safe", "fast"))
    held = suspicion(first, other, cause=Cause.BAD_ENVIRONMENT, subject=config)
    story = Story(held)
    await story.propose()
    story.verified(Improvement.UNCHANGED, held)
    assert isinstance((await story.propose()).action, Undo)
    story.verified(Improvement.UNCHANGED, held)
    assert (await story.propose()).action == other
