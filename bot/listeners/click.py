"""The parts of a click that listeners need."""

from dataclasses import dataclass
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.cards.blocks import section
from bot.cards.gate import guarded_blocks
from bot.cards.modals import View, read_modal
from bot.desk import Done, Not
from bot.slack import Slack


@dataclass(frozen=True)
class Click:
    """Who pressed what, and where. Only ids; none of it is believed."""

    user: str
    value: str
    channel: str
    thread: str
    trigger: str

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
    )


def filled_of(body: dict[str, Any]) -> tuple[str, str, dict[str, str | None]]:
    """User, the id that the form is about, and the answers by field, of a `view_submission` payload."""
    view = body.get("view") or {}
    subject = str(view.get("private_metadata") or "").partition(" ")[0]
    answers: dict[str, str | None] = {}
    for inputs in ((view.get("state") or {}).get("values") or {}).values():
        for name, held in inputs.items():
            chosen = (held.get("selected_option") or {}).get("value")
            answers[name] = held.get("value") or chosen
    return str((body.get("user") or {}).get("id", "")), subject, answers


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
