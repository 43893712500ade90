"""The sender: each message once, as it should stand, whatever Slack answers."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.cards.blocks import Place, actions, button, message, section
from bot.outbox import Limits, Sender
from bot.slack import Slack
from domain.ports import Message, Unsent
from store.build import Store, open_store
from tests.bot.server import WebApi, web_api
from tests.fakes import HandClock, SilentBell


@dataclass
class Desk:
    """A sender, its outbox, and the Slack it writes to."""

    store: Store
    api: WebApi
    sender: Sender
    clock: HandClock

    async def want(self, text: str, key: str = "status:1", channel: str = "C1", thread: str = "1.0") -> Message:
        card = message(
            key, Place(None, channel, thread), text, [section(text), actions(button("Approve", "a", "v"))]
        )
        await self.store.outbox.want(card, self.clock.now())
        return card

    async def send(self) -> None:
        """Let everything go that may go now."""
        await self.sender.flush()
        await self.sender.close()

    @property
    def shown(self) -> list[str]:
        return [m["text"] for m in self.api.messages]


@pytest.fixture
async def desk(folder: Path) -> AsyncIterator[Desk]:
    store = await open_store(f"sqlite:///{folder / 'aoi.db'}")
    async with web_api() as web:
        clock = HandClock()
        yield Desk(store, web.api, Sender(store.outbox, web.slack, clock, SilentBell(), "test", Limits()), clock)
    await store.close()


async def test_a_message_is_posted_once_and_then_updated_in_place(desk: Desk) -> None:
    await desk.want("first")
    await desk.send()
    await desk.send()
    await desk.want("second")
    await desk.want("third")
    await desk.send()
    assert desk.shown == ["third"]
    assert len(desk.api.of("chat.postMessage")) == 1
    assert [call["text"] for call in desk.api.of("chat.update")] == ["third"]


async def test_a_post_whose_answer_was_lost_is_found_again(desk: Desk) -> None:
    await desk.want("first")
    desk.api.lost.add("chat.postMessage")
    await desk.send()
    await desk.clock.sleep(60)
    await desk.send()
    assert desk.shown == ["first"]
    assert len(desk.api.of("chat.postMessage")) == 1
    assert await desk.store.outbox.unsent(10) == ()


async def test_slack_s_wish_to_wait_is_honoured(desk: Desk) -> None:
    await desk.want("first")
    desk.api.scripts["chat.postMessage"] = [429]
    await desk.send()
    await desk.clock.sleep(6)
    await desk.send()
    assert desk.shown == []
    await desk.clock.sleep(1)
    await desk.send()
    assert desk.shown == ["first"]


async def test_a_server_error_is_tried_again_later(desk: Desk) -> None:
    await desk.want("first")
    desk.api.scripts["chat.postMessage"] = [503, {"ok": False, "error": "internal_error"}]
    for _ in range(3):
        await desk.send()
        await desk.clock.sleep(10)
    assert desk.shown == ["first"]


async def test_a_message_that_somebody_deleted_is_posted_anew(desk: Desk) -> None:
    await desk.want("first")
    await desk.send()
    desk.api.messages.clear()
    await desk.want("second")
    await desk.send()
    assert desk.shown == ["second"]
    await desk.want("third")
    await desk.send()
    assert desk.shown == ["third"]


async def test_a_layout_that_slack_refuses_is_sent_plain_with_its_buttons(desk: Desk) -> None:
    await desk.want("first")
    desk.api.scripts["chat.postMessage"] = [{"ok": False, "error": "invalid_blocks"}]
    await desk.send()
    (shown,) = desk.api.messages
    assert [b["type"] for b in shown["blocks"]] == ["section", "actions"]
    assert shown["blocks"][0]["block_id"] == "status:1"
    assert await desk.store.outbox.unsent(10) == ()


async def test_what_slack_never_takes_is_given_up_until_it_changes(desk: Desk) -> None:
    await desk.want("first")
    desk.api.scripts["chat.postMessage"] = [{"ok": False, "error": "not_in_channel"}]
    await desk.send()
    await desk.send()
    assert len(desk.api.of("chat.postMessage")) == 1
    await desk.want("second")
    await desk.send()
    assert desk.shown == ["second"]


async def test_a_refused_token_loses_nothing(desk: Desk) -> None:
    await desk.want("first")
    desk.api.scripts["chat.postMessage"] = [{"ok": False, "error": "token_expired"}]
    await desk.send()
    await desk.clock.sleep(31)
    await desk.send()
    assert desk.shown == ["first"]


async def test_a_channel_gets_a_burst_and_then_one_a_second_others_are_not_held_up(desk: Desk) -> None:
    for n in range(7):
        await desk.want(f"busy {n}", key=f"answer:{n}", channel="C1")
    await desk.want("quiet", key="answer:quiet", channel="C2")
    await desk.send()
    assert sorted(desk.shown) == ["busy 0", "busy 1", "busy 2", "busy 3", "quiet"]
    await desk.clock.sleep(2)
    await desk.send()
    assert len(desk.shown) == 7


async def test_new_messages_go_before_updates(desk: Desk) -> None:
    await desk.want("status")
    await desk.send()
    await desk.want("status again")
    await desk.want("proposal", key="proposal:1")
    desk.api.calls.clear()
    await desk.send()
    assert [name for name, _ in desk.api.calls] == ["chat.postMessage", "chat.update"]


async def test_what_is_being_sent_is_not_sent_twice(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The outbox is read while a post is under way, and the answer comes before the reading ends."""
    outbox, read = desk.store.outbox, asyncio.Event()

    class Slow:
        def __getattr__(self, name: str) -> Any:
            return getattr(outbox, name)

        async def unsent(self, limit: int) -> tuple[Unsent, ...]:
            found = await outbox.unsent(limit)
            await read.wait()
            return found

    await desk.want("first")
    await desk.sender.flush()
    desk.sender.outbox = Slow()
    second = asyncio.create_task(desk.sender.flush())
    await desk.sender.close()
    read.set()
    await second
    await desk.sender.close()
    assert desk.shown == ["first"]
    assert len(desk.api.of("chat.postMessage")) == 1


async def test_a_channel_that_hangs_holds_up_no_other(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    hang, free = asyncio.Event(), asyncio.Event()
    post = desk.sender.slack.post

    async def slow(self: Slack, card: Message) -> str:
        if card.channel == "C1":
            await hang.wait()
        ts = await post(card)
        free.set()
        return ts

    monkeypatch.setattr(Slack, "post", slow)
    await desk.want("stuck", key="answer:1", channel="C1")
    await desk.sender.flush()
    await desk.want("free", key="answer:2", channel="C2")
    await asyncio.wait_for(desk.sender.flush(), 1)
    await asyncio.wait_for(free.wait(), 5)
    assert desk.shown == ["free"]
    hang.set()
    await desk.sender.close()
    assert desk.shown == ["free", "stuck"]
