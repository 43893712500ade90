"""Every command in both forms, and whatever else people type."""

import pytest

from domain.incident import Status
from tests.scenarios.scene import QUESTION, Scene


@pytest.mark.usefixtures("well")
async def test_nothing_is_wrong_and_every_command_in_both_forms(scene: Scene) -> None:
    async with scene.bot():
        await scene.ada.command("incidents")
        await scene.answer("There are no incidents yet")
        await scene.ada.command("status")
        await scene.answer("Nothing is being looked into")
        await scene.ada.command("investigate is everything all right? -n shop")
        opener = await scene.answer("<@U0ADA> asks: is everything all right?")
        assert opener.only_for is None
        end = await scene.answer("Nothing is wrong", opener.ts)
        assert "👍 Helped" in (await scene.said("👍 Helped", opener.ts)).buttons
        assert end.only_for is None
        run = await scene.run(opener.ts)
        assert run.incident.status is Status.RESOLVED
        assert run.diagnosis is not None
        assert not run.diagnosis.anomaly
        assert run.incident.scope.namespaces == ("shop",)

        other = await scene.ben.mention("investigate the shop in namespace shop --read-only")
        await scene.answer("Nothing is wrong", other)
        assert (await scene.run(other)).incident.read_only

        await scene.chloe.command("incidents")
        listed = await scene.answer("Incidents, newest first", who=scene.chloe)
        assert listed.only_for == "U0CHLOE"
        assert "is everything all right? (shop): resolved" in listed.words
        thread = await scene.chloe.mention("incidents")
        assert "is everything all right? (shop): resolved" in (await scene.answer("newest first", thread)).words
        thread = await scene.chloe.mention("status")
        await scene.answer("Nothing is being looked into", thread)
        at = await scene.chloe.mention("status", other)
        assert "Nothing is wrong" in (await scene.answer("✅", other, after=at)).words
        thread = await scene.chloe.mention("help")
        await scene.answer("What you can say to me", thread)
        await scene.chloe.command("help")
        await scene.whisper("What you can say to me", scene.chloe)
        assert scene.world.effects() == []
        assert await scene.doubles() == {}


MISTAKES = {
    "frobnicate": "I do not know the command `frobnicate`",
    "investigate": "What should I look at?",
    "investigate checkout is down --force": "I do not know the option `--force`",
    "investigate checkout is down -n nowhere": "There is no namespace 'nowhere' that I may look at; there are: ",
    "investigate checkout is down -n Shop_1": "Shop_1",
}


async def test_what_cannot_be_done_is_said_with_the_way_out(scene: Scene) -> None:
    """In the thread for a mention, to that person alone for a slash command; no incident is opened."""
    async with scene.bot() as parts:
        for text, words in MISTAKES.items():
            thread = await scene.ada.mention(text)
            await scene.answer(words, thread)
            at = (await scene.ada.messages())[-1].ts
            await scene.ada.command(text)
            await scene.whisper(words, scene.ada, after=at)
        opener = await scene.answer("<@U0ADA> asks: checkout is down")
        await scene.answer("There is no namespace 'nowhere'", opener.ts)
        for text in ("", "   "):
            thread = await scene.ada.mention(text)
            await scene.answer("What you can say to me", thread)
        assert await parts.store.incidents.latest(10) == ()


@pytest.mark.usefixtures("ill")
async def test_fifty_thousand_characters(scene: Scene) -> None:
    """The head is the question, the rest is said to be left out; in the thread it does no harm either."""
    log = "2026-11-22 ERROR upstream failed " * 1_515
    assert len(log) > 49_900
    async with scene.bot():
        thread = await scene.ada.mention(f"{QUESTION} {log}")
        note = await scene.answer("I read the first 4,000", thread)
        assert "Your message has 50," in note.words
        card = await scene.said("Approve", thread)
        await scene.ben.say(f"aoi, why? Here is the whole log: {log}", thread)
        answered = await scene.answer("Revision", thread, after=card.ts)
        assert "I read the first 8,000" in answered.words
        run = await scene.run(thread)
        assert len(run.incident.question) == 4_000
        assert run.incident.status is Status.WAITING
        assert scene.world.effects() == []
