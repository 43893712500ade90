"""Plays a person of the workspace through local-slack's control API, and sees what that person sees."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession, WSMsgType

from domain.ports import Clock
from lab.slack.errors import LocalSlackFailed, NotSeen

_POLL_SECONDS = 0.05
_MODAL_SECONDS = 10.0


@dataclass(frozen=True)
class Shown:
    """A message as it stands on the page."""

    ts: str
    user: str
    text: str
    """The fallback, for notifications."""
    blocks: tuple[dict[str, Any], ...]
    only_for: str | None
    """The one user who sees it, or `None` for everybody."""
    thread: str
    """Timestamp of the message that its thread begins with; its own at the root."""

    @property
    def words(self) -> str:
        """All that is to be read; the fallback when there are no blocks."""
        return "\n".join(_words(block) for block in self.blocks) if self.blocks else self.text

    @property
    def buttons(self) -> dict[str, dict[str, Any]]:
        """Buttons by label."""
        return {
            element["text"]["text"]: {**element, "block_id": block.get("block_id", "")}
            for block in self.blocks
            for element in block.get("elements", ())
            if element.get("type") == "button"
        }


@dataclass(frozen=True)
class Modal:
    """The modal on top."""

    title: str
    view: dict[str, Any]

    @property
    def inputs(self) -> dict[str, dict[str, Any]]:
        """Input blocks by label."""
        return {b["label"]["text"]: b for b in self.view["blocks"] if b["type"] == "input"}

    @property
    def words(self) -> str:
        """All that is to be read."""
        return "\n".join(_words(block) for block in self.view["blocks"])


@dataclass(frozen=True)
class Engineer:
    """One person in one channel."""

    url: str
    """Of local-slack."""
    user: str
    channel: str
    bot_user: str
    session: ClientSession
    clock: Clock

    async def say(self, text: str, thread: str = "") -> str:
        """Write a message; returns its timestamp, which names the thread below it."""
        body = {"channel": self.channel, "user": self.user, "text": text, "thread_ts": thread or None}
        return str((await self._control("message", body))["message"]["ts"])

    async def mention(self, text: str, thread: str = "") -> str:
        """Write a message that mentions the bot."""
        return await self.say(f"<@{self.bot_user}> {text}", thread)

    async def command(self, text: str, command: str = "/aoi") -> None:
        """Use the slash command."""
        body = {"channel": self.channel, "user": self.user, "command": command, "text": text}
        await self._control("command", body)

    async def click(self, message: Shown, label: str) -> None:
        """Press a button of a message.

        Raises:
            NotSeen: the message has no such button.
        """
        if label not in message.buttons:
            there = ", ".join(message.buttons) or "none"
            raise NotSeen(f"The message has no button {label!r}; it has {there}.")
        pressed = message.buttons[label]
        action = {"type": "button", **{k: pressed.get(k) for k in ("action_id", "block_id", "value", "text")}}
        body = {"channel": self.channel, "messageTs": message.ts, "user": self.user, "action": action}
        await self._control("interact", body)

    async def react(self, ts: str, name: str, present: bool = True) -> None:
        """Add a reaction, or take it away."""
        body = {"channel": self.channel, "ts": ts, "user": self.user, "name": name, "present": present}
        await self._control("reaction", body)

    async def messages(self, thread: str | None = None) -> list[Shown]:
        """What this person sees, oldest first: of one thread (its first message included), or of the channel."""
        async with self.session.get(f"{self.url}/_control/messages/{self.channel}") as answer:
            found = (await answer.json())["messages"]
        standing = [shown(m) for m in found if thread is None or thread in (m.get("thread_ts"), m["ts"])]
        return [message for message in standing if message.only_for in (None, self.user)]

    async def wait_for(
        self, what: str, seen: Callable[[Shown], bool], seconds: float, thread: str | None = None
    ) -> Shown:
        """The newest message for which `seen` holds, waiting for it that long.

        Raises:
            NotSeen: it did not come; says what came instead.
        """
        deadline = self.clock.monotonic() + seconds
        while True:
            messages = await self.messages(thread)
            found = [message for message in messages if seen(message)]
            if found:
                return found[-1]
            if self.clock.monotonic() >= deadline:
                last = " | ".join(" ".join(m.words.split())[:80] for m in messages[-4:]) or "nothing"
                raise NotSeen(f"Waited {seconds:.0f} s for {what}; the newest messages are: {last}.")
            await self.clock.sleep(_POLL_SECONDS)

    async def modal(self, seconds: float = _MODAL_SECONDS) -> Modal:
        """The modal on top, waiting for it that long.

        Raises:
            NotSeen: no modal opened.
        """
        deadline = self.clock.monotonic() + seconds
        while True:
            async with self.session.ws_connect(f"{self.url}/ui") as page:
                stack = (await page.receive_json())["state"]["modalStack"]
            if stack:
                return Modal(title=stack[-1]["title"]["text"], view=stack[-1])
            if self.clock.monotonic() >= deadline:
                raise NotSeen(f"Waited {seconds:.0f} s for a modal; none opened.")
            await self.clock.sleep(_POLL_SECONDS)

    async def submit(self, modal: Modal, answers: Mapping[str, str]) -> dict[str, str]:
        """Fill in the modal by label and submit it; returns Slack's errors by block id, empty when it closed."""
        values: dict[str, dict[str, Any]] = {}
        for label, answer in answers.items():
            block = modal.inputs[label]
            values[block["block_id"]] = {block["element"]["action_id"]: _answered(block["element"], answer)}
        async with self.session.ws_connect(f"{self.url}/ui") as page:
            await page.receive_json()
            await page.send_json({"t": "view_submit", "user": self.user, "values": values})
            async for message in page:
                if message.type is not WSMsgType.TEXT:
                    break
                event = json.loads(message.data)
                if event["t"] == "view_errors":
                    return dict(event["errors"])
                if event["t"] == "view":
                    return {}
        raise LocalSlackFailed("local-slack closed the page while a modal was submitted; is it still running?")

    async def _control(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        async with self.session.post(f"{self.url}/_control/{path}", json=body) as answer:
            said: dict[str, Any] = await answer.json()
        if not said.get("ok"):
            raise LocalSlackFailed(f"local-slack refused {path}: {said.get('error', answer.status)}.")
        return said


def _answered(element: dict[str, Any], answer: str) -> dict[str, Any]:
    if element["type"] == "static_select":
        return {
            "type": "static_select",
            "selected_option": next(o for o in element["options"] if o["value"] == answer),
        }
    return {"type": element["type"], "value": answer}


def shown(message: dict[str, Any]) -> Shown:
    """A message as local-slack stores and sends it."""
    return Shown(
        ts=str(message["ts"]),
        user=str(message.get("user", "")),
        text=str(message.get("text") or ""),
        blocks=tuple(message.get("blocks") or ()),
        only_for=message.get("ephemeral_to"),
        thread=str(message.get("thread_ts") or message["ts"]),
    )


def _words(block: dict[str, Any]) -> str:
    parts = [block.get("text"), *block.get("fields", ()), *block.get("elements", ())]
    return "\n".join(_text(part) for part in parts if part)


def _text(part: dict[str, Any]) -> str:
    inner = part.get("text", "")
    return inner if isinstance(inner, str) else str(inner.get("text", ""))
