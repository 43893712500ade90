"""The parts of a click that listeners need."""

from dataclasses import dataclass
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.cards.blocks import section
from bot.cards.gate import guarded_blocks
from bot.cards.modals import View, read_modal
from bot.desk import Clicker, Done, Not
from bot.slack import Slack


@dataclass(frozen=True)
class Click:
    """Who pressed what, and where. Only ids; none of it is believed."""

    user: str
    value: str
    channel: str
    thread: str
    trigger: str
    ts: str = ""
    """Of the message with the button."""

    @property
    def shown(self) -> str:
        """Channel and timestamp of the message, as a form carries them."""
        return f"{self.channel} {self.ts}".strip()

    @property
    def by(self) -> Clicker:
        """Who, and in which channel."""
        return Clicker(self.user, self.channel)

    @property
    def place(self) -> str:
        """Channel and thread, as a form carries them."""
        return f"{self.channel} {self.thread}".strip()


def click_of(body: dict[str, Any]) -> Click:
    """Read a `block_actions` payload; what a forged one lacks is empty, and leads nowhere."""
    message = body.get("message") or {}
    action = (body.get("actions") or [{}])[0]
    return Click(
        user=str((body.get("user") or {}).get("id", "")),
        value=str(action.get("value") or ""),
        channel=str((body.get("channel") or {}).get("id", "")),
        thread=str(message.get("thread_ts") or message.get("ts") or ""),
        trigger=str(body.get("trigger_id") or ""),
        ts=str(message.get("ts") or ""),
    )


def filled_of(body: dict[str, Any]) -> tuple[Clicker, str, dict[str, str | None]]:
    """Who, the id that the form is about, and the answers by field, of a `view_submission` payload.

    A form stands in no channel; it carries the one in which the click was that opened it.
    """
    view = body.get("view") or {}
    subject, _, place = str(view.get("private_metadata") or "").partition(" ")
    answers: dict[str, str | None] = {}
    for inputs in ((view.get("state") or {}).get("values") or {}).values():
        for name, held in inputs.items():
            chosen = (held.get("selected_option") or {}).get("value")
            answers[name] = held.get("value") or chosen
    user = str((body.get("user") or {}).get("id", ""))
    return Clicker(user, place.partition(" ")[0]), subject, answers


def rest_of(body: dict[str, Any]) -> str:
    """What a form carries beside the id that it is about."""
    return str((body.get("view") or {}).get("private_metadata") or "").partition(" ")[2]


async def say(outcome: Done | Not, click: Click, ack: AsyncAck, slack: Slack) -> None:
    """Acknowledge a click that is decided; what it could not do is told to that person alone."""
    await ack()
    if isinstance(outcome, Not):
        await slack.whisper(click.channel, click.user, outcome.words, click.thread)


async def close(outcome: Done | Not, ack: AsyncAck) -> None:
    """Acknowledge a form that is decided: it closes, or turns into the reason why not."""
    if isinstance(outcome, Not):
        await ack(response_action="update", view=note("Nothing was changed", outcome.words))
    else:
        await ack()


def note(title: str, words: str) -> View:
    """A modal that only says something."""
    view: View = guarded_blocks(read_modal(title, [section(words)]))
    return view
