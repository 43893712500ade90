"""Clicks that come late, twice, from the wrong person, or from nobody that we know."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.names import Press
from domain.approval import Verdict
from domain.incident import Status
from lab.operations import Scale
from lab.slack.engineer import Shown
from tests.scenarios.scene import ONE_PATCH, QUESTION, SECONDS, Scene

pytestmark = pytest.mark.usefixtures("ill")


async def test_two_clicks_at_once_are_one_effect(scene: Scene) -> None:
    """The same person twice and another one: one decision, one write, and one word to whoever lost."""
    async with scene.bot():
        thread = await scene.ada.mention(QUESTION)
        card = await scene.said("Approve", thread)
        await asyncio.gather(
            scene.ada.click(card, "Approve"), scene.ben.click(card, "Approve"), scene.ada.click(card, "Approve")
        )
        run = await scene.ended(thread)
        assert run.incident.status is Status.RESOLVED
        assert scene.world.effects() == ONE_PATCH
        (ruling,) = run.rulings.values()
        winner, loser = (scene.ada, scene.ben) if ruling.decided_by == "U0ADA" else (scene.ben, scene.ada)
        late = await scene.whisper("Your click changed nothing", loser, after=card.ts)
        assert f"*Approved* by <@{winner.user}>" in late.words
        assert await scene.doubles() == {}


async def test_clicks_on_what_is_decided_change_nothing(scene: Scene) -> None:
    """The card that somebody has open still shows the buttons; each says what was decided and by whom."""
    async with scene.bot():
        thread = await scene.ada.mention(QUESTION)
        card = await scene.said("Approve", thread)
        await scene.chloe.click(card, "Approve")
        denied = await scene.answer("You may not approve this; ask <@U0ADA>, <@U0BEN>", who=scene.chloe)
        assert denied.only_for == "U0CHLOE"
        await scene.ben.click(card, "Reject")
        await scene.ben.submit(await scene.ben.modal(), {"Why not?": "I do it myself"})
        await scene.said("👎 Wrong", thread)
        for label in ("Approve", "Reject", "Edit"):
            at = (await scene.ada.messages())[-1].ts
            await scene.ada.click(card, label)
            late = await scene.whisper("Your click changed nothing", scene.ada, after=at)
            assert "*Rejected* by <@U0BEN>" in late.words
        run = await scene.run(thread)
        assert [r.verdict for r in run.rulings.values()] == [Verdict.REJECTED]
        assert scene.world.effects() == []


async def test_what_nobody_decided_expires(scene: Scene) -> None:
    """A late click is told so; AOI hands over and does not do it after all."""
    async with scene.bot():
        thread = await scene.ada.mention(QUESTION)
        card = await scene.said("Approve", thread)
        scene.world.demo.cluster.clock.advance(16 * 60)
        await scene.ben.click(card, "Approve")
        await scene.whisper("Mention me to look again", scene.ben, after=card.ts)
        end = await scene.said("👎 Wrong", thread)
        assert "Nobody decided in time" in end.words
        assert (await scene.answer("⌛ *Expired*", thread)).buttons == {}
        run = await scene.run(thread)
        assert run.incident.status is Status.HANDED_OVER
        assert [r.verdict for r in run.rulings.values()] == [Verdict.EXPIRED]
        assert scene.world.effects() == []


async def test_a_click_on_what_somebody_changed_meanwhile_shows_it_anew(scene: Scene) -> None:
    async with scene.bot():
        thread = await scene.ada.mention(QUESTION)
        card = await scene.said("Approve", thread)
        scene.world.run(Scale(target="Deployment/checkout", replicas=3, by="kate"))
        began = len(scene.world.demo.cluster.audit)
        await scene.ben.click(card, "Approve")
        told = await scene.whisper(
            "Deployment shop/checkout has changed since it was shown", scene.ben, after=card.ts
        )
        assert "look at the new proposal" in told.words
        assert "Replaced" in (await scene.answer("Replaced", thread)).words
        fresh = await scene.ada.wait_for(
            "a new proposal", lambda m: "Approve" in m.buttons and m.ts != card.ts, SECONDS, thread
        )
        assert scene.world.effects(began) == []
        await scene.ben.click(fresh, "Approve")
        run = await scene.ended(thread)
        assert run.incident.status is Status.RESOLVED
        assert [r.verdict for r in run.rulings.values()] == [Verdict.SUPERSEDED, Verdict.APPROVED]
        assert scene.world.effects(began) == ONE_PATCH


FORGED = {
    (Press.APPROVE, "prop-forged"): "I do not know this proposal",
    (Press.REJECT, "prop-forged"): "I do not know this proposal",
    (Press.EDIT, "prop-forged"): "I do not know this proposal",
    (Press.UNDO, "prop-forged"): "I do not know that proposal",
    (Press.UP, "inc-forged outcome"): "I do not know this incident",
    (Press.EVIDENCE, "inc-forged"): "I do not know this incident",
    ("aoi.delete_everything", "prop-forged"): "I do not know this button",
    ("workflow_builder.next", "42"): "I do not know this button",
}


async def test_payloads_that_are_not_ours_are_answered_and_change_nothing(scene: Scene) -> None:
    async with scene.bot():
        thread = await scene.ada.mention(QUESTION)
        card = await scene.said("Approve", thread)
        for (action, value), words in FORGED.items():
            at = (await scene.ben.messages())[-1].ts
            await scene.ben.click(forged(card, action, value), "Press me")
            assert (await scene.answer(words, who=scene.ben, after=at)).only_for == "U0BEN"
        run = await scene.run(thread)
        assert run.incident.status is Status.WAITING
        assert not run.rulings
        assert not run.feedback
        assert scene.world.effects() == []
        await scene.ben.click(card, "Approve")
        assert (await scene.ended(thread)).incident.status is Status.RESOLVED
        assert scene.world.effects() == ONE_PATCH


def forged(card: Shown, action: str, value: str) -> Shown:
    """The card with a button that we never made."""
    button: dict[str, Any] = {
        "type": "button",
        "action_id": str(action),
        "value": value,
        "text": {"type": "plain_text", "text": "Press me"},
    }
    return replace(card, blocks=({"type": "actions", "block_id": "forged", "elements": [button]},))
