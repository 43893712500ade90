"""From a mention to a verified repair, with everything that people do on the way."""

import pytest

from domain.approval import Verdict
from domain.execution import Effect
from domain.feedback import Thumb
from domain.incident import Status
from domain.journal import Proposed
from tests.scenarios.scene import ONE_PATCH, QUESTION, Scene
from tests.scenarios.world import BAD, GOOD

pytestmark = pytest.mark.usefixtures("ill")


async def test_mention_repair_thumb_and_undo(scene: Scene) -> None:
    """One effect for the approval and one for the undo, which asks for an approval of its own."""
    async with scene.bot(verify_timeout_seconds=60):
        thread = await scene.ada.mention(QUESTION)
        card = await scene.said("Approve", thread)
        await scene.ben.click(card, "Approve")
        run = await scene.ended(thread)
        assert run.incident.status is Status.RESOLVED
        assert [e.effect for e in run.executions.values()] == [Effect.DONE]
        assert scene.world.effects() == ONE_PATCH
        assert scene.world.image() == GOOD

        result = await scene.said("👍 Helped", thread)
        assert "✅ Fixed" in result.words
        await scene.ada.click(result, "👍 Helped")
        await scene.answer("👍 <@U0ADA>", thread)
        await scene.ada.click(result, "Undo")
        back = await scene.said("Approve", thread)
        assert "Undo the change of Deployment `shop/checkout`" in back.words
        assert scene.world.image() == GOOD, "the button alone changes nothing"
        await scene.ben.click(back, "Approve")
        with scene.world.hurried():
            end = await scene.answer("Handed over to you", thread)
        assert "Undone as <@U0ADA> asked" in end.words
        assert "Undo the change of Deployment `shop/checkout`: taken back" in end.words
        await scene.answer("↩️ Taken back", thread)
        assert scene.world.image() == BAD
        assert scene.world.effects() == ONE_PATCH * 2
        assert await scene.doubles() == {}


async def test_a_rejection_ends_with_the_reason_and_nothing_changed(scene: Scene) -> None:
    """Anybody may reject; who takes over finds the cause, the reason and a place for a thumb."""
    async with scene.bot():
        thread = await scene.ada.mention(QUESTION)
        card = await scene.said("Reject", thread)
        await scene.chloe.click(card, "Reject")
        modal = await scene.chloe.modal()
        assert await scene.chloe.submit(modal, {"Why not?": "The migration ran; I will fix it by hand."}) == {}
        end = await scene.said("👎 Wrong", thread)
        assert "Handed over to you" in end.words
        assert "I will fix it by hand" in end.words
        decided = await scene.answer("Rejected* by <@U0CHLOE>", thread)
        assert (decided.ts, decided.buttons) == (card.ts, {})
        run = await scene.run(thread)
        assert [r.reason for r in run.rulings.values()] == ["The migration ran; I will fix it by hand."]
        assert run.incident.status is Status.HANDED_OVER
        assert scene.world.effects() == []


async def test_a_rejection_that_asks_for_something_else_gets_it_or_hands_over(scene: Scene) -> None:
    """Whatever comes next, the rejected change does not come again."""
    async with scene.bot():
        thread = await scene.ada.mention(QUESTION)
        card = await scene.said("Reject", thread)
        await scene.ben.click(card, "Reject")
        assert await scene.ben.submit(await scene.ben.modal(), {"Why not?": "3.1.0 has a security hole"}) == {}
        run = await scene.until("what follows", lambda t: t.incident.status.final or len(t.proposals) > 1, thread)
        following = [p.plan.kubectl for p in run.proposals[1:]]
        assert run.proposals[0].plan.kubectl not in following
        assert run.incident.status is Status.HANDED_OVER
        end = await scene.said("👎 Wrong", thread)
        assert "I know no other repair that is safe" in end.words
        assert scene.world.effects() == []


async def test_an_edit_is_a_new_proposal_with_an_approval_of_its_own(scene: Scene) -> None:
    async with scene.bot():
        thread = await scene.ada.mention(QUESTION)
        card = await scene.said("Edit", thread)
        await scene.ada.click(card, "Edit")
        assert await scene.ada.submit(await scene.ada.modal(), {"Revision": "1"}) == {}
        edited = await scene.answer("to revision 1*", thread)
        assert "<@U0ADA> asked for it" in edited.words
        assert (await scene.answer("Replaced", thread)).ts == card.ts
        assert scene.world.effects() == []
        fresh = await scene.said("Approve", thread)
        await scene.ada.click(fresh, "Approve")
        await scene.answer("somebody else must approve it", who=scene.ada)
        await scene.ben.click(fresh, "Approve")
        run = await scene.ended(thread)
        assert run.incident.status is Status.RESOLVED
        assert [r.verdict for r in run.rulings.values()] == [Verdict.SUPERSEDED, Verdict.APPROVED]
        assert scene.world.effects() == ONE_PATCH
        assert scene.world.image().endswith("checkout:3.0.4")


ANSWERS = {
    "why?": "Revision",
    "what else could it be?": "no other explanation",
    "what would change?": "checkout:3.1.0",
    "what did you look at?": "Looked at shop:",
    "how risky is that?": "To take it back: Return to",
    "how do you know?": "more findings",
    "who is on it?": "<@U0ADA> asked me",
    "how is it going?": "I wait for a decision on",
}


async def test_questions_while_an_approval_waits(scene: Scene) -> None:
    """They are answered from what is known; the decision stays open, and people may talk to each other."""
    async with scene.bot():
        thread = await scene.ada.mention(QUESTION)
        card = await scene.said("Approve", thread)
        await scene.ben.say("I am at the laptop in five minutes", thread)
        for question, words in ANSWERS.items():
            at = await scene.ben.say(question, thread)
            await scene.answer(words, thread, after=at)
        at = await scene.chloe.mention("status", thread)
        await scene.answer("Waiting for your decision until", thread, after=at)
        assert set((await scene.now(card, thread)).buttons) == {"Approve", "Reject", "Edit"}
        run = await scene.run(thread)
        assert run.incident.status is Status.WAITING
        assert len(run.proposals) == 1
        answers = [m for m in await scene.ada.messages(thread) if m.user == scene.slack.bot_user]
        assert len(answers) == 2 + len(ANSWERS) + 1, "status, proposal, and one answer to each question"
        assert scene.world.effects() == []
        await scene.ada.click(card, "Approve")
        assert (await scene.ended(thread)).incident.status is Status.RESOLVED


async def test_thumbs_down_with_a_correction_and_reactions(scene: Scene) -> None:
    async with scene.bot():
        thread = await scene.ada.mention(QUESTION)
        card = await scene.said("Approve", thread)
        await scene.ada.react(card.ts, "+1")
        run = await scene.until("the reaction", lambda t: bool(t.feedback), thread)
        proposed = next(e.seq for e in run.entries if isinstance(e.step, Proposed))
        assert [(f.user, f.thumb, f.target) for f in run.feedback] == [("U0ADA", Thumb.UP, f"step:{proposed}")]
        await scene.ben.click(card, "Approve")
        await scene.ended(thread)
        result = await scene.said("👎 Wrong", thread)
        await scene.chloe.click(result, "👎 Wrong")
        told = {"What was it really?": "a bad feature flag", "What helped?": "turning it off"}
        assert await scene.chloe.submit(await scene.chloe.modal(), told) == {}
        await scene.answer("👎 <@U0CHLOE>: a bad feature flag", thread)
        await scene.ben.react(result.ts, "-1")
        run = await scene.until(
            "both thumbs",
            lambda t: {f.user for f in t.feedback if f.target == "outcome"} >= {"U0CHLOE", "U0BEN"},
            thread,
        )
        by = {f.user: f for f in run.feedback if f.target == "outcome"}
        assert by["U0CHLOE"].correction is not None
        assert by["U0CHLOE"].correction.helped == "turning it off"
        assert by["U0BEN"].thumb is Thumb.DOWN
