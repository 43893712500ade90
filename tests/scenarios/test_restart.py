"""The bot is stopped and started again in the middle: it goes on, posts nothing twice, does nothing twice."""

import pytest

from domain.incident import Status
from domain.journal import Executed, Triaged
from tests.scenarios.scene import ONE_PATCH, QUESTION, Scene

pytestmark = pytest.mark.usefixtures("ill")


async def test_stopped_while_it_looks_while_it_waits_and_while_it_watches(scene: Scene) -> None:
    """Four starts, one incident: status, proposal and result stand once each, and the old buttons still work."""
    async with scene.bot():
        thread = await scene.ada.mention(QUESTION)
        await scene.until("a look", lambda t: any(isinstance(e.step, Triaged) for e in t.entries), thread)
    async with scene.bot():
        card = await scene.said("Approve", thread)
        first = [m.ts for m in await scene.ada.messages(thread)]
    async with scene.bot():
        await scene.ada.say("aoi, why?", thread)
        await scene.answer("Revision", thread, after=card.ts)
        await scene.ben.click(card, "Approve")
        await scene.until("the effect", lambda t: any(isinstance(e.step, Executed) for e in t.entries), thread)
        assert scene.world.effects() == ONE_PATCH
    async with scene.bot():
        run = await scene.ended(thread)
        assert run.incident.status is Status.RESOLVED
        result = await scene.said("👍 Helped", thread)
        assert "✅ Fixed" in result.words
    async with scene.bot():
        await scene.ada.click(result, "👍 Helped")
        await scene.answer("👍 <@U0ADA>", thread)
    assert [m.ts for m in await scene.ada.messages(thread)][: len(first)] == first
    assert len(run.proposals) == 1
    assert scene.world.effects() == ONE_PATCH
    assert await scene.doubles() == {}
