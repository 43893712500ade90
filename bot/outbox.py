"""The sender: makes Slack agree with the outbox. Posts once, updates in place, never faster than Slack likes."""

import asyncio
import logging
from collections import defaultdict
from dataclasses import dataclass, field

from bot.cards.blocks import MOST_TEXT
from bot.cards.text import cut
from bot.errors import SlackBusy, SlackRefused
from bot.names import OUTBOX
from bot.pace import Pace
from bot.slack import Slack
from domain.errors import AoiError
from domain.ports import Bell, Clock, Message, Outbox, Unsent

log = logging.getLogger(__name__)

_GONE = {"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"}
_TOO_RICH = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "block_mismatch", "msg_too_long"}
_BATCH = 200
_PATIENCE_SECONDS = 12.0
"""Age of another sender's try after which it has failed for sure: longer than one call to Slack may take."""
_CREDENTIALS_WAIT = 30.0
"""Seconds between tries while Slack refuses the token."""


@dataclass(frozen=True)
class Limits:
    """Slack: about one message a second and channel; `chat.update` is tier 3, some 50 a minute."""

    posts_per_second: float = 1.0
    posts_burst: int = 4
    updates_per_second: float = 0.8
    updates_burst: int = 3
    poll_seconds: float = 1.0
    """How often the outbox is looked at without a bell, for what other processes want said."""
    close_seconds: float = 5.0


@dataclass
class _Lane:
    """One channel: its two paces, and the task that writes to it now."""

    posts: Pace
    updates: Pace
    task: asyncio.Task[None] | None = None


@dataclass
class Sender:
    """Run `run` as a task; `close` ends it within its limit."""

    outbox: Outbox
    slack: Slack
    clock: Clock
    bell: Bell
    owner: str
    """Names this process where it claims a post: of two replicas, one posts."""
    limits: Limits = Limits()
    _lanes: dict[str, _Lane] = field(default_factory=dict)

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            try:
                pause = await self.flush()
            except AoiError as e:
                log.warning("The outbox cannot be read, trying again: %s", e)
                pause = self.limits.poll_seconds
            await self.bell.wait(OUTBOX, pause)

    async def flush(self) -> float:
        """Start what may go now, each channel by itself; returns the seconds after which to look again."""
        # Taken before the outbox is read: what a busy channel sends meanwhile was read as unsent, and went twice.
        busy = {channel for channel, lane in self._lanes.items() if self._busy(lane)}
        by_channel: dict[str, list[Unsent]] = defaultdict(list)
        for item in await self.outbox.unsent(_BATCH):
            if item.message.channel not in busy:
                by_channel[item.message.channel].append(item)
        pauses = [self.limits.poll_seconds]
        for channel, items in by_channel.items():
            lane = self._lane(channel)
            wait = min(self._pace(lane, item).wait(self.clock.monotonic()) for item in items)
            if wait > 0:
                pauses.append(wait)
                continue
            lane.task = asyncio.create_task(self._send_all(lane, items), name=f"outbox:{channel}")
            lane.task.add_done_callback(lambda _: self.bell.ring(OUTBOX))
        return min(pauses)

    async def close(self) -> None:
        """Let the calls under way end, within the limit; what is unsent stays in the outbox."""
        tasks = [lane.task for lane in self._lanes.values() if lane.task is not None]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=self.limits.close_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _send_all(self, lane: _Lane, items: list[Unsent]) -> None:
        """Posts before updates: a waiting proposal matters more than a fresher status."""
        for item in sorted(items, key=lambda item: item.ts is not None):
            pace = self._pace(lane, item)
            if pace.wait(self.clock.monotonic()) > 0:
                continue
            pace.take(self.clock.monotonic())
            await self._send(pace, item)

    async def _send(self, pace: Pace, item: Unsent) -> None:
        key = item.message.key
        try:
            ts = await self._deliver(item)
            if ts is None:
                return
            await self.outbox.sent(key, item.revision, ts, self.clock.now())
            pace.worked()
        except SlackBusy as e:
            pace.hold(self.clock.monotonic(), e.seconds)
        except SlackRefused as e:
            if e.credentials:
                log.error("%s Check the bot token and its scopes.", e)
                pace.hold(self.clock.monotonic(), _CREDENTIALS_WAIT)
            else:
                log.error("Message %s is given up: %s", key, e)
                await self._drop(key, str(e))
        except AoiError as e:
            log.warning("Message %s has to wait: %s", key, e)
            pace.failed(self.clock.monotonic())

    async def _deliver(self, item: Unsent) -> str | None:
        """The timestamp at which it stands; `None` where another replica is at it."""
        try:
            return await self._show(item, item.message)
        except SlackRefused as e:
            if e.code not in _TOO_RICH:
                raise
            log.error("Slack refused the layout of %s (%s); it is sent as plain text.", item.message.key, e.code)
            return await self._show(item, plainer(item.message))

    async def _show(self, item: Unsent, message: Message) -> str | None:
        if item.ts is not None:
            try:
                await self.slack.update(message, item.ts)
            except SlackRefused as e:
                if e.code not in _GONE:
                    raise
                return await self._post(message, look_first=True)
            return item.ts
        return await self._post(message, look_first=item.attempted)

    async def _post(self, message: Message, look_first: bool) -> str | None:
        """Post, unless an earlier try whose answer was lost has posted it already, or another replica posts it."""
        if not await self.outbox.attempt(message.key, self.owner, self.clock.now(), _PATIENCE_SECONDS):
            return None
        if look_first:
            found = await self.slack.find(message)
            if found is not None:
                await self.slack.update(message, found)
                return found
        return await self.slack.post(message)

    async def _drop(self, key: str, reason: str) -> None:
        try:
            await self.outbox.drop(key, reason, self.clock.now())
        except AoiError as e:
            log.warning("That %s is given up could not be recorded: %s", key, e)

    def _busy(self, lane: _Lane) -> bool:
        if lane.task is not None and lane.task.done() and not lane.task.cancelled():
            lane.task.result()  # a mistake of ours must be loud, not a channel that falls silent
        return lane.task is not None and not lane.task.done()

    def _lane(self, channel: str) -> _Lane:
        if channel not in self._lanes:
            limits = self.limits
            self._lanes[channel] = _Lane(
                posts=Pace.of(limits.posts_per_second, limits.posts_burst),
                updates=Pace.of(limits.updates_per_second, limits.updates_burst),
            )
        return self._lanes[channel]

    def _pace(self, lane: _Lane, item: Unsent) -> Pace:
        return lane.posts if item.ts is None else lane.updates


def plainer(message: Message) -> Message:
    """The fallback text and the buttons alone, under the same key."""
    words = {
        "type": "section",
        "block_id": message.key,
        "text": {"type": "plain_text", "text": cut(message.text, MOST_TEXT) or "…"},
    }
    buttons = [block for block in message.blocks if block["type"] == "actions"]
    return message.model_copy(update={"blocks": (words, *buttons)})
