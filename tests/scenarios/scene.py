"""AOI in a workspace: people, the bot as `aoi serve` runs it, its database, and the cluster behind."""

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from app.ambient import SystemClock
from app.parts import Parts, open_parts
from app.rbac import READER, WRITER, user_of
from app.serving import run_bot
from app.settings import Settings
from domain.journal import Trajectory
from lab.slack.engineer import Engineer, Shown
from lab.slack.server import LocalSlack
from tests.scenarios.world import World

SECONDS = 20.0
"""Wall time for what should take a fraction of a second; the machine may be busy."""
QUESTION = "Customers cannot pay. checkout in namespace shop is down, please have a look."
ONE_PATCH = ["patch deployments.apps shop/checkout"]
_POLL = 0.02


@dataclass
class Scene:
    """What a test acts in and looks at."""

    world: World
    slack: LocalSlack
    folder: Path
    session: aiohttp.ClientSession
    parts: Parts | None = None
    """Of the bot that runs now."""

    @property
    def ada(self) -> Engineer:
        """On call; may approve."""
        return self._person(0)

    @property
    def ben(self) -> Engineer:
        """May approve, too."""
        return self._person(1)

    @property
    def chloe(self) -> Engineer:
        """May not approve."""
        return self._person(2)

    def settings(self, **changes: Any) -> Settings:
        """Those of the demo, with a quick Slack."""
        cluster = self.world.demo.cluster
        given: dict[str, Any] = {
            "data_dir": self.folder,
            "slack_base_url": self.slack.api,
            "slack_bot_token": self.slack.bot_token,
            "slack_app_token": self.slack.app_token,
            "slack_posts_per_second": 50,
            "approvers": self.slack.users[:2],
            "reader_kubeconfig": cluster.kubeconfig(user_of(READER), self.folder / "reader.yaml"),
            "writer_kubeconfig": cluster.kubeconfig(user_of(WRITER), self.folder / "writer.yaml"),
            "verify_settle_seconds": 5,
            "health_port": _free_port(),
        }
        return Settings(_env_file=None, **(given | changes))

    @asynccontextmanager
    async def bot(
        self, wrap: Callable[[Parts], Parts] = lambda parts: parts, **changes: Any
    ) -> AsyncIterator[Parts]:
        """The bot as `aoi serve` runs it, ready on entry; at the end it is stopped as by Ctrl-C."""
        settings = self.settings(**changes)
        async with open_parts(settings, self.world.clock) as parts:
            self.parts = wrap(parts)
            serving = asyncio.create_task(run_bot(self.parts), name="bot")
            try:
                await self._ready(settings.health_port, serving)
                yield self.parts
            finally:
                serving.cancel()
                with suppress(asyncio.CancelledError):
                    await serving

    @asynccontextmanager
    async def unacknowledged(self, act: Coroutine[Any, Any, Any]) -> AsyncIterator[None]:
        """Act beside: local-slack holds what a person does until the bot acknowledges it, or for five seconds."""
        acting = asyncio.create_task(act)
        try:
            yield
        finally:
            acting.cancel()
            with suppress(asyncio.CancelledError):
                await acting

    # ---- what came of it ----

    async def said(self, label: str, thread: str, seconds: float = SECONDS) -> Shown:
        """The newest message of the bot in the thread that has this button."""
        return await self.ada.wait_for(f"a {label} button", lambda m: label in m.buttons, seconds, thread)

    async def answer(
        self, words: str, thread: str | None = None, who: Engineer | None = None, after: str = "0"
    ) -> Shown:
        """The newest message of the bot with these words, as `who` sees it; only what was posted after a `ts`."""
        return await self._answer(words, thread, who or self.ada, after, lambda _: True)

    async def whisper(self, words: str, who: Engineer, after: str = "0") -> Shown:
        """The same, of what that person alone sees."""
        return await self._answer(words, None, who, after, lambda message: message.only_for == who.user)

    async def now(self, message: Shown, thread: str) -> Shown:
        """The same message as it stands now."""
        return next(m for m in await self.ada.messages(thread) if m.ts == message.ts)

    async def run(self, thread: str) -> Trajectory:
        """The journal of the incident of a thread."""
        trajectory = await self._run(thread)
        assert trajectory is not None, "there is no incident in this thread"
        return trajectory

    async def until(self, what: str, holds: Callable[[Trajectory], bool], thread: str) -> Trajectory:
        """The journal once something holds in it."""
        for _ in range(int(SECONDS / _POLL)):
            trajectory = await self._run(thread)
            if trajectory is not None and holds(trajectory):
                return trajectory
            await asyncio.sleep(_POLL)
        raise AssertionError(
            f"{what} did not come; the incident: {trajectory and trajectory.incident.status.value}"
        )

    async def ended(self, thread: str) -> Trajectory:
        """The journal once the run is over; time runs fast meanwhile."""
        with self.world.hurried():
            return await self.until("the end", lambda t: t.incident.status.final, thread)

    async def doubles(self) -> dict[str, int]:
        """Messages of the bot that stand twice, by their key."""
        keys = Counter(
            message.blocks[0].get("block_id", message.ts)
            for message in await self.ada.messages()
            if message.user == self.slack.bot_user and message.blocks
        )
        return {key: count for key, count in keys.items() if count > 1}

    async def _answer(
        self, words: str, thread: str | None, who: Engineer, after: str, more: Callable[[Shown], bool]
    ) -> Shown:
        def fits(message: Shown) -> bool:
            ours = message.user == self.slack.bot_user and float(message.ts) > float(after)
            return ours and words in message.words and more(message)

        return await who.wait_for(f"“{words}”", fits, SECONDS, thread)

    async def _run(self, thread: str) -> Trajectory | None:
        assert self.parts is not None
        store = self.parts.store
        incident = await store.incidents.by_thread(self.slack.channel, thread)
        return await store.journal.trajectory(incident.id) if incident else None

    def _person(self, number: int) -> Engineer:
        slack = self.slack
        return Engineer(slack.url, slack.users[number], slack.channel, slack.bot_user, self.session, SystemClock())

    async def _ready(self, port: int, serving: "asyncio.Task[None]") -> None:
        for _ in range(int(SECONDS / _POLL)):
            if serving.done():
                serving.result()
            with suppress(aiohttp.ClientError):
                async with self.session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(_POLL)
        raise AssertionError("the bot was not ready in time")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
