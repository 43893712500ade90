"""Mention to decision through the real protocol: local-slack, Socket Mode, the whole bot, a scripted graph."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot.build import Bot, House, SlackSettings, build
from bot.outbox import Limits
from domain.feedback import Thumb
from domain.policy import built_in
from lab.slack.engineer import Engineer
from lab.slack.errors import LocalSlackMissing
from lab.slack.install import default_cache, install
from lab.slack.server import LocalSlack, local_slack
from tests.bot.night import Night, night

QUICK = Limits(posts_per_second=50, posts_burst=50, updates_per_second=50, updates_burst=50, poll_seconds=0.1)
SECONDS = 10.0


@dataclass
class Scene:
    """A night with people in it."""

    night: Night
    bot: Bot
    ada: Engineer
    ben: Engineer
    chloe: Engineer


@pytest.fixture(scope="module")
def binary() -> Path:
    try:
        return install(default_cache())
    except LocalSlackMissing as e:
        pytest.skip(str(e))


@pytest.fixture
async def scene(binary: Path, folder: Path) -> AsyncIterator[Scene]:
    async with local_slack(binary, folder) as slack, night(folder) as house, ClientSession() as session:
        bot = await build(settings(slack), house_of(house))
        await bot.start()
        people = [Engineer(slack.url, u, slack.channel, slack.bot_user, session, house.clock) for u in slack.users]
        try:
            yield Scene(house, bot, *people)
        finally:
            await bot.close()


def settings(slack: LocalSlack, connections: int = 1) -> SlackSettings:
    rules = built_in(("U0ADA", "U0BEN"), self_approval=True)
    return SlackSettings(slack.bot_token, slack.app_token, rules, slack.api, connections, QUICK)


def house_of(house: Night) -> House:
    return house.house(redact=lambda text: text.replace("hunter2", "[secret]"))


async def test_from_mention_to_approval_and_thumb(scene: Scene) -> None:
    """One status card, one proposal; the click decides once, the buttons go, the result takes a thumb."""
    thread = await scene.ada.mention("checkout is failing")
    status = await scene.ada.wait_for("the status card", lambda m: "Show evidence" in m.buttons, SECONDS, thread)
    assert "checkout cannot start" in status.words
    card = await scene.ada.wait_for("the proposal", lambda m: "Approve" in m.buttons, SECONDS, thread)
    await scene.ben.click(card, "Approve")
    done = await scene.ada.wait_for("the result", lambda m: "👍 Helped" in m.buttons, SECONDS, thread)
    await scene.ada.wait_for("the decision", lambda m: m.ts == card.ts and "Approved" in m.words, SECONDS, thread)
    shown = next(m for m in await scene.ada.messages(thread) if m.ts == card.ts)
    assert not shown.buttons
    assert "<@U0BEN>" in shown.words
    await scene.ada.click(done, "👍 Helped")
    rated = await scene.ada.wait_for("the thumb", lambda m: "👍 <@U0ADA>" in m.words, SECONDS, thread)
    assert rated.ts == done.ts
    assert len(await scene.ada.messages(thread)) == 4  # the mention, status, proposal, result


async def test_a_losing_click_is_answered_to_that_person_alone(scene: Scene) -> None:
    thread = await scene.ada.mention("checkout is failing")
    card = await scene.ada.wait_for("the proposal", lambda m: "Approve" in m.buttons, SECONDS, thread)
    await scene.chloe.click(card, "Approve")
    no = await scene.chloe.wait_for("the refusal", lambda m: m.only_for is not None, SECONDS)
    assert "may not approve" in no.words
    assert "<@U0BEN>" in no.words
    await scene.ben.click(card, "Approve")
    await scene.ada.click(card, "Approve")
    late = await scene.ada.wait_for("the answer", lambda m: m.only_for is not None, SECONDS)
    assert "by <@U0BEN>" in late.words
    assert all(m.only_for is None for m in await scene.ben.messages())


async def test_a_rejection_asks_why_and_keeps_the_words(scene: Scene) -> None:
    thread = await scene.ada.mention("checkout is failing")
    card = await scene.ada.wait_for("the proposal", lambda m: "Reject" in m.buttons, SECONDS, thread)
    await scene.ada.click(card, "Reject")
    modal = await scene.ada.modal()
    assert await scene.ada.submit(modal, {"Why not?": "the migration ran, password hunter2"}) == {}
    shown = await scene.ada.wait_for("the decision", lambda m: "Rejected" in m.words, SECONDS, thread)
    assert "the migration ran, password [secret]" in shown.words
    assert not shown.buttons


async def test_an_edit_is_checked_in_the_form(scene: Scene) -> None:
    thread = await scene.ada.mention("checkout is failing")
    card = await scene.ada.wait_for("the proposal", lambda m: "Edit" in m.buttons, SECONDS, thread)
    await scene.ada.click(card, "Edit")
    modal = await scene.ada.modal()
    errors = await scene.ada.submit(modal, {"Revision": "the old one"})
    assert "revision" in next(iter(errors.values()))
    assert await scene.ada.submit(modal, {"Revision": "2"}) == {}
    await scene.ada.wait_for("the replacement", lambda m: "Replaced" in m.words, SECONDS, thread)


async def test_a_correction_after_a_thumb_down(scene: Scene) -> None:
    thread = await scene.ada.mention("checkout is failing")
    card = await scene.ada.wait_for("the proposal", lambda m: "Approve" in m.buttons, SECONDS, thread)
    await scene.ada.click(card, "Approve")
    done = await scene.ada.wait_for("the result", lambda m: "👎 Wrong" in m.buttons, SECONDS, thread)
    await scene.ben.click(done, "👎 Wrong")
    modal = await scene.ben.modal()
    await scene.ben.submit(modal, {"What was it really?": "the registry was down", "What helped?": "waiting"})
    await scene.ben.wait_for("the correction", lambda m: "the registry was down" in m.words, SECONDS, thread)
    incident = await scene.night.service.by_thread(scene.ada.channel, thread)
    assert incident is not None
    trajectory = await scene.night.service.trajectory(incident.id)
    assert trajectory is not None
    (feedback,) = trajectory.feedback
    assert (feedback.user, feedback.thumb) == ("U0BEN", Thumb.DOWN)
    assert feedback.correction is not None
    assert feedback.correction.helped == "waiting"


async def test_words_in_the_thread_are_noted_and_questions_answered(scene: Scene) -> None:
    """A waiting proposal keeps its buttons; people talking to each other get no answer."""
    thread = await scene.ada.mention("checkout is failing")
    card = await scene.ada.wait_for("the proposal", lambda m: "Approve" in m.buttons, SECONDS, thread)
    await scene.ben.say("I am on my way to the laptop", thread)
    await scene.ben.say("why is that?", thread)
    answer = await scene.ben.wait_for("an answer", lambda m: "Because" in m.words, SECONDS, thread)
    assert "&lt;is&gt; missing, <@U0BEN>" in answer.words
    assert scene.night.service.remarks == ["I am on my way to the laptop", "why is that?"]
    assert "Approve" in next(m for m in await scene.ada.messages(thread) if m.ts == card.ts).buttons


async def test_the_slash_command_opens_a_thread_and_lists(scene: Scene) -> None:
    await scene.ada.command("investigate checkout is failing -n shop")
    opener = await scene.ada.wait_for("the opener", lambda m: "asks: checkout is failing" in m.words, SECONDS)
    await scene.ada.wait_for("the proposal", lambda m: "Approve" in m.buttons, SECONDS, opener.ts)
    await scene.ben.command("incidents")
    listed = await scene.ben.wait_for("the list", lambda m: m.only_for == "U0BEN", SECONDS)
    assert "checkout is failing (shop): waiting for a decision" in listed.words
    await scene.ben.command("frobnicate")
    await scene.ben.wait_for("the way out", lambda m: "I do not know the command" in m.words, SECONDS)


async def test_a_namespace_that_is_not_there(scene: Scene) -> None:
    thread = await scene.ada.mention("investigate checkout is failing -n nowhere")
    await scene.ada.wait_for("the way out", lambda m: "there are: shop" in m.words, SECONDS, thread)


async def test_a_reaction_counts(scene: Scene) -> None:
    thread = await scene.ada.mention("checkout is failing")
    card = await scene.ada.wait_for("the status card", lambda m: "Show evidence" in m.buttons, SECONDS, thread)
    await scene.ada.react(card.ts, "+1")
    incident = await scene.night.service.by_thread(scene.ada.channel, thread)
    assert incident is not None
    for _ in range(200):
        trajectory = await scene.night.service.trajectory(incident.id)
        if trajectory is not None and trajectory.feedback:
            break
        await scene.night.clock.sleep(0.02)
    assert trajectory is not None
    assert [(f.user, f.thumb, f.target) for f in trajectory.feedback] == [("U0ADA", Thumb.UP, "outcome")]


async def test_evidence_is_shown(scene: Scene) -> None:
    thread = await scene.ada.mention("checkout is failing")
    card = await scene.ada.wait_for("the status card", lambda m: "Show evidence" in m.buttons, SECONDS, thread)
    await scene.ben.click(card, "Show evidence")
    modal = await scene.ben.modal()
    assert "ImagePullBackOff" in modal.words


async def test_several_connections_that_all_get_everything(binary: Path, folder: Path) -> None:
    """local-slack repeats each payload on every connection, as two replicas would see it: still one of each."""
    async with local_slack(binary, folder) as slack, night(folder) as house, ClientSession() as session:
        bot = await build(settings(slack, connections=3), house_of(house))
        await bot.start()
        ada = Engineer(slack.url, "U0ADA", slack.channel, slack.bot_user, session, house.clock)
        try:
            thread = await ada.mention("checkout is failing")
            card = await ada.wait_for("the proposal", lambda m: "Approve" in m.buttons, SECONDS, thread)
            await ada.click(card, "Approve")
            await ada.wait_for("the result", lambda m: "👍 Helped" in m.buttons, SECONDS, thread)
            await ada.say("why?", thread)
            await ada.wait_for("an answer", lambda m: "Because" in m.words, SECONDS, thread)
            assert [m.words for m in await ada.messages() if m.only_for] == []
            assert len(await ada.messages(thread)) == 6
        finally:
            await bot.close()
