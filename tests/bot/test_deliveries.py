"""What Slack delivers, what of it is for us, and that it is stored before the ack."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.response import BoltResponse

from bot.clients import client_of
from bot.deliveries import Commanded, Keyed, Mentioned, Reacted, Said, Thumbed, UndoAsked, read
from bot.inbox import Gate
from bot.slack import Slack
from domain.errors import StoreUnavailable
from domain.ports import Received
from store.build import open_store
from tests.fakes import HandClock, SilentBell

ME = "U0AOI"
MENTION = {
    "type": "app_mention",
    "channel": "C1",
    "user": "U0ADA",
    "text": "<@U0AOI> checkout is down",
    "ts": "1.0",
}


def event(fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "event_callback", "event_id": "Ev1", "event": {**fields, **more}}


def pressed(action_id: str, value: object, **more: Any) -> dict[str, Any]:
    body = {"type": "block_actions", "trigger_id": "t1", "user": {"id": "U0ADA"}, "channel": {"id": "C1"}}
    return {
        **body,
        "message": {"ts": "1.5", "thread_ts": "1.0"},
        "actions": [{"action_id": action_id, "value": value}],
        **more,
    }


def test_a_mention_opens_or_joins_a_thread() -> None:
    words = {"channel": "C1", "user": "U0ADA", "text": MENTION["text"], "length": 25}
    assert read(event(MENTION), ME) == Keyed(key="event:Ev1", delivery=Mentioned(thread="1.0", **words))
    joined = read(event(MENTION, thread_ts="0.5"), ME)
    assert joined is not None
    assert joined.delivery == Mentioned(thread="0.5", **words)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (
            event(
                {"type": "message", "channel": "C1", "user": "U1", "text": "why?", "ts": "2.0", "thread_ts": "1.0"}
            ),
            Said,
        ),
        (
            event(
                {"type": "message", "channel": "D1", "channel_type": "im", "user": "U1", "text": "hi", "ts": "2.0"}
            ),
            Mentioned,
        ),
        ({"command": "/aoi", "trigger_id": "t", "channel_id": "C1", "user_id": "U1", "text": "help"}, Commanded),
        (
            event(
                {
                    "type": "reaction_added",
                    "user": "U1",
                    "reaction": "+1::skin-tone-4",
                    "item": {"type": "message", "channel": "C1", "ts": "1.0"},
                }
            ),
            Reacted,
        ),
        (pressed("aoi.thumb.down", "inc-1 outcome"), Thumbed),
        (pressed("aoi.undo", "prop-1"), UndoAsked),
    ],
)
def test_kinds_of_ours(body: dict[str, Any], kind: type) -> None:
    found = read(body, ME)
    assert found is not None
    assert isinstance(found.delivery, kind)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "event_callback"},
        {"type": "event_callback", "event_id": "Ev1", "event": None},
        event({"type": "team_join", "user": {}}),
        event({"type": "message", "channel": "C1", "user": "U1", "text": "lunch?", "ts": "2.0"}),
        event(
            {
                "type": "message",
                "channel": "C1",
                "user": "U1",
                "text": "<@U0AOI> x",
                "ts": "2.0",
                "thread_ts": "1.0",
            }
        ),
        event(
            {
                "type": "message",
                "channel": "C1",
                "bot_id": "B1",
                "user": "U1",
                "text": "x",
                "ts": "2.0",
                "thread_ts": "1.0",
            }
        ),
        event({"type": "message", "subtype": "message_changed", "channel": "C1", "ts": "2.0"}),
        event(
            {
                "type": "reaction_added",
                "user": "U1",
                "reaction": "eyes",
                "item": {"type": "message", "channel": "C1", "ts": "1.0"},
            }
        ),
        event({"type": "reaction_added", "user": "U1", "reaction": "+1", "item": {"type": "file"}}),
        {"command": "/other", "trigger_id": "t"},
        pressed("aoi.thumb.up", "inc-1 everything"),
        pressed("aoi.thumb.up", None),
        pressed("aoi.approve", "prop-1"),
        {"type": "block_actions", "trigger_id": "t", "actions": []},
        {"type": "view_submission", "view": {"callback_id": "aoi.form.correct", "private_metadata": "x"}},
        {"type": "shortcut", "callback_id": "x"},
    ],
)
def test_what_is_not_for_the_inbox_is_left_out_and_never_breaks(body: dict[str, Any]) -> None:
    assert read(body, ME) is None


async def test_a_delivery_is_stored_once_redacted_and_cut(folder: Path) -> None:
    store = await open_store(f"sqlite:///{folder / 'aoi.db'}")
    clock = HandClock()
    gate = Gate(
        store.inbox, clock, SilentBell(), lambda text: text.replace("hunter2", "[secret]"), ME, Whispers(CLIENT)
    )
    long = event(MENTION, text="<@U0AOI> password hunter2 " + "x" * 50_000)
    for _ in range(2):
        assert (await gate.keep(long, acknowledged)).status == 200
    item = await store.inbox.take("me", clock.now(), 60)
    assert item is not None
    assert "hunter2" not in item.body["text"]
    assert (len(item.body["text"]) < 9_000, item.body["length"] > 50_000) == (True, True)
    assert await store.inbox.take("me", clock.now(), 60) is None
    await store.close()


class Locked:
    """A database that does not answer."""

    async def receive(self, item: Received) -> bool:
        raise StoreUnavailable("The database is locked.")

    async def take(self, owner: str, now: object, lease_seconds: float) -> Received | None:
        raise StoreUnavailable("The database is locked.")

    async def done(self, key: str) -> None:
        raise StoreUnavailable("The database is locked.")


@dataclass(frozen=True)
class Whispers(Slack):
    """Remembers what it was to tell whom."""

    told: list[tuple[str, str, str]] = field(default_factory=list)

    async def whisper(self, channel: str, user: str, text: str, thread: str = "") -> None:
        self.told.append((user, thread, text))


CLIENT = client_of("xoxb-test")


async def test_what_cannot_be_stored_is_not_acknowledged_and_its_author_is_told() -> None:
    """Slack then delivers it again; talk among people is not commented on."""
    slack = Whispers(CLIENT)
    gate = Gate(Locked(), HandClock(), SilentBell(), str, ME, slack)
    for _ in range(3):
        assert (await gate.keep(event(MENTION), acknowledged)).status == 503
    ((user, thread, words),) = slack.told
    assert (user, thread) == ("U0ADA", MENTION["ts"])
    assert words.startswith("I could not take that: The database is locked.")
    assert "say it again" in words
    said = {**MENTION, "type": "message", "text": "on my way", "thread_ts": "1.0"}
    assert (await gate.keep(event(said), acknowledged)).status == 503
    assert len(slack.told) == 1
    assert (await gate.keep(event({"type": "team_join"}), acknowledged)).status == 200


async def acknowledged() -> BoltResponse:
    return BoltResponse(status=200)
