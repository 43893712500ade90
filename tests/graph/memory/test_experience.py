"""The past orders repairs; it never adds, drops or approves one, and never overrules people."""

from datetime import timedelta

from domain.actions import Action, Restart
from domain.approval import Verdict
from domain.decisions import Conclude, Propose
from domain.diagnosis import Cause
from domain.memory import Fate, Recollection
from graph.policies.playbook import PlaybookPolicy
from tests.graph.memory.past import THEN, attempt, past, recollection
from tests.graph.policies.story import BACK, IMAGE, WEB, Story, suspicion

RESTART = Restart(target=WEB)


async def proposed(story: Story, *memories: Recollection) -> Action:
    decision = await PlaybookPolicy().decide(story.sight.model_copy(update={"memories": memories}))
    assert isinstance(decision, Propose), decision
    return decision.action


async def test_without_memories_nothing_changes() -> None:
    assert await proposed(Story(suspicion(BACK, IMAGE))) == BACK


async def test_what_was_undone_or_rejected_on_this_workload_for_this_cause_goes_to_the_back() -> None:
    for fate in (Fate.UNDONE, Fate.REJECTED, Fate.UNCHANGED, Fate.WORSE):
        assert await proposed(Story(suspicion(BACK, IMAGE)), recollection(past(attempt(BACK, fate)))) == IMAGE


async def test_what_resolved_it_goes_to_the_front() -> None:
    assert (
        await proposed(Story(suspicion(BACK, IMAGE)), recollection(past(attempt(IMAGE, Fate.RESOLVED)))) == IMAGE
    )


async def test_another_cause_or_another_workload_says_nothing() -> None:
    other = attempt(BACK, Fate.UNDONE, cause=Cause.CRASH_LOOP)
    elsewhere = attempt(BACK.model_copy(update={"target": WEB.model_copy(update={"name": "api"})}), Fate.UNDONE)
    assert await proposed(Story(suspicion(BACK, IMAGE)), recollection(past(other, elsewhere))) == BACK


async def test_the_newest_word_counts() -> None:
    bad = recollection(past(attempt(BACK, Fate.UNDONE)))
    good = recollection(past(attempt(BACK, Fate.RESOLVED), name="inc-new", at=THEN + timedelta(days=9)))
    assert await proposed(Story(suspicion(BACK, IMAGE)), bad, good) == BACK


async def test_a_repair_is_never_lost_and_a_weak_suspicion_never_jumps_ahead() -> None:
    story = Story(suspicion(BACK), suspicion(RESTART, cause=Cause.BAD_ENVIRONMENT, confidence=0.3))
    assert await proposed(story, recollection(past(attempt(BACK, Fate.UNDONE)))) == BACK


async def test_it_says_once_what_it_has_seen() -> None:
    story = Story(suspicion(BACK, IMAGE))
    memories = (recollection(past(attempt(BACK, Fate.UNDONE))),)
    first = await PlaybookPolicy().decide(story.sight.model_copy(update={"memories": memories}))
    assert "I have seen this on 3 May" in first.summary
    await story.propose()
    story.ruled(Verdict.REJECTED, "no")
    second = await PlaybookPolicy().decide(story.sight.model_copy(update={"memories": memories}))
    assert "I have seen" not in second.summary


async def test_without_a_repair_of_its_own_the_advice_tells_what_helped_then() -> None:
    story = Story(suspicion(confidence=0.95))
    memories = (recollection(past(attempt(BACK, Fate.RESOLVED))),)
    decision = await PlaybookPolicy().decide(story.sight.model_copy(update={"memories": memories}))
    assert isinstance(decision, Conclude)
    assert decision.advice.endswith(" (inc-old): rolling back helped then.")
