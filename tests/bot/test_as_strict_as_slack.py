"""The bot before a Slack that delivers once, repeats what is not acknowledged, limits, and refuses."""

import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot.build import House, SlackSettings, build
from bot.cards.modals import correct_modal, edit_modal, evidence_modal, reject_modal
from bot.cards.render import render
from bot.errors import SlackRefused
from bot.outbox import Limits
from domain.errors import StoreUnavailable
from domain.evidence import Artifact
from domain.policy import built_in
from domain.ports import Inbox, Received
from lab.slack.engineer import Engineer
from lab.slack.errors import LocalSlackMissing
from lab.slack.install import default_cache, install
from lab.slack.server import local_slack
from lab.slack.shim import Shim, Strictness, shim
from lab.slack.strictness import complaint
from tests.bot.night import Night, WallClock, night
from tests.bot.samples import TALES, later
from tests.bot.test_cards import flooded
from tests.fakes import START

SECONDS = 15.0


@dataclass
class Strict:
    """A strict Slack and a night before it."""

    shim: Shim
    night: Night
    ada: Engineer
    ben: Engineer

    def house(self, inbox: Inbox | None = None) -> House:
        return self.night.house(inbox=inbox) if inbox else self.night.house()

    def settings(self, connections: int = 2) -> SlackSettings:
        slack = self.shim.slack
        rules = built_in(("S0ONCALL",), self_approval=True)
        return SlackSettings(
            slack.bot_token, slack.app_token, rules, self.shim.api, connections, Limits(poll_seconds=0.1)
        )


@pytest.fixture
async def strict(folder: Path) -> AsyncIterator[Strict]:
    try:
        binary = install(default_cache())
    except LocalSlackMissing as e:
        pytest.skip(str(e))
    rules = Strictness(groups={"S0ONCALL": ["U0BEN"]})
    clock = WallClock()
    async with (
        local_slack(binary, folder) as slack,
        shim(slack, rules, clock, random.Random(7)) as running,
        night(folder) as there,
        ClientSession() as session,
    ):
        people = [Engineer(slack.url, user, slack.channel, slack.bot_user, session, clock) for user in slack.users]
        yield Strict(running, there, *people[:2])


async def test_two_connections_share_the_deliveries_and_nothing_is_lost(strict: Strict) -> None:
    bot = await build(strict.settings(), strict.house())
    await bot.start()
    try:
        thread = await strict.ada.mention("checkout is failing")
        card = await strict.ada.wait_for("the proposal", lambda m: "Approve" in m.buttons, SECONDS, thread)
        await strict.ada.click(card, "Approve")
        no = await strict.ada.wait_for("the refusal", lambda m: m.only_for is not None, SECONDS)
        assert "S0ONCALL" in no.words
        for n in range(3):
            await strict.ben.say(f"and what about {n}?", thread)
        await strict.ben.click(card, "Approve")
        await strict.ada.wait_for("the result", lambda m: "👍 Helped" in m.buttons, SECONDS, thread)
    finally:
        await bot.close()
    assert {number for number, _ in strict.shim.relay.delivered} == {1, 2}
    assert strict.shim.relay.lost == []
    assert strict.shim.refused == []
    assert strict.shim.limited == 0  # the sender keeps below Slack's limit by itself


async def test_a_wrong_token_is_one_sentence_at_the_start(strict: Strict) -> None:
    with pytest.raises(SlackRefused, match="invalid_auth"):
        await build(replace(strict.settings(), bot_token="xoxb-wrong"), strict.house())
    bot = await build(replace(strict.settings(), app_token="xapp-wrong"), strict.house())
    try:
        with pytest.raises(SlackRefused, match="invalid_auth"):
            await bot.start()
        assert not bot.ready
    finally:
        await bot.close()


class Forgetful:
    """An inbox whose database is locked the first few times."""

    def __init__(self, inbox: Inbox, failures: int) -> None:
        self.inbox = inbox
        self.failures = failures

    async def receive(self, item: Received) -> bool:
        if self.failures > 0:
            self.failures -= 1
            raise StoreUnavailable("The database is locked.")
        return await self.inbox.receive(item)

    async def take(self, owner: str, now: datetime, lease_seconds: float) -> Received | None:
        return await self.inbox.take(owner, now, lease_seconds)

    async def done(self, key: str) -> None:
        await self.inbox.done(key)


async def test_what_was_not_stored_is_delivered_again(strict: Strict) -> None:
    strict.shim.relay.ack_seconds = 0.3
    bot = await build(strict.settings(), strict.house(Forgetful(strict.night.store.inbox, failures=2)))
    await bot.start()
    try:
        thread = await strict.ada.mention("checkout is failing")
        await strict.ada.wait_for("the proposal", lambda m: "Approve" in m.buttons, SECONDS, thread)
    finally:
        await bot.close()
    tries = Counter(e.get("retry_attempt", 0) for _, e in strict.shim.relay.delivered if e["type"] == "events_api")
    assert tries[1] >= 1
    assert len(await strict.night.service.latest(10)) == 1


async def test_a_bot_that_comes_back_sends_what_is_unsent_and_repeats_nothing(strict: Strict) -> None:
    """Slack fails while the cards go out, the process ends, and another goes on."""
    first = await build(strict.settings(), strict.house())
    await first.start()
    strict.shim.strictness.fail["chat.postMessage"] = 1
    thread = await strict.ada.mention("checkout is failing")
    await strict.ada.wait_for("the first card", lambda m: m.user == "U0AOI", SECONDS, thread)
    await first.close()
    second = await build(strict.settings(), strict.house())
    await second.start()
    try:
        await strict.ada.wait_for("the proposal", lambda m: "Approve" in m.buttons, SECONDS, thread)
        await strict.ada.wait_for("the status card", lambda m: "Show evidence" in m.buttons, SECONDS, thread)
        assert len(await strict.ada.messages(thread)) == 3
    finally:
        await second.close()


@pytest.mark.parametrize("name", [*TALES, "flooded"])
def test_slack_takes_every_card_and_form(name: str) -> None:
    tale = flooded() if name == "flooded" else TALES[name]()
    trajectory = tale.trajectory
    for card in render(trajectory, later(5)):
        arguments = {"text": card.text, "blocks": list(card.blocks)}
        assert complaint("chat.postMessage", arguments) is None
    artifact = Artifact.of("snapshot of shop", "\n".join(f"line {n} " + "<&>" * 300 for n in range(500)), START)
    seen = {key: artifact for f in trajectory.findings.values() for key in f.artifacts}
    forms = [evidence_modal(trajectory, seen), correct_modal("inc-1", "outcome", "C1")]
    for proposal in trajectory.proposals:
        forms += [reject_modal(proposal, "C1 1.0"), edit_modal(proposal, "C1 1.0")]
    for view in forms:
        assert complaint("views.open", {"view": view}) is None


def test_the_strictness_itself_is_strict() -> None:
    """Or the test above could not fail."""
    long = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3_001}}
    assert complaint("chat.postMessage", {"text": "", "blocks": []}) == ("no_text", "neither text nor blocks")
    assert complaint("chat.postMessage", {"text": "x", "blocks": [long]}) is not None
    fine = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2_900}}
    assert complaint("chat.postMessage", {"text": "x", "blocks": [fine] * 4}) is None
    assert complaint("chat.postMessage", {"text": "x", "blocks": [fine] * 5}) == (
        "msg_blocks_too_long",
        "the blocks are too long together",
    )
    assert complaint("chat.update", {"text": "x", "blocks": [{"type": "divider"}] * 51}) is not None
    assert complaint("views.open", {"view": {"title": {"text": "x" * 25}, "blocks": []}}) is not None
