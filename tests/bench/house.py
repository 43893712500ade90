"""Real processes for a bench: the cluster, the local Slack, and `aoi serve` as often as it is wanted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import yaml
from aiohttp import ClientSession

from app.ambient import SystemClock
from app.bot_process import SERVE, BotProcess, running_bot
from lab.slack.engineer import Engineer
from lab.slack.install import default_cache, install
from lab.slack.server import WORKSPACE, LocalSlack, local_slack
from tests.bench.page import NotInTime, Page, open_page
from tests.bench.world import World, separate_world

CHANNELS = 10
"""Slack takes about one message a second and channel, so a crowd spreads out."""
POSTS_PER_SECOND = 20
"""As in the demo: local-slack does not mind."""
SETTLE_SECONDS = 1
SYMPTOM_SECONDS = 60


@dataclass(frozen=True)
class House:
    """What a bench needs around the bot."""

    world: World
    slack: LocalSlack
    page: Page
    engineers: tuple[Engineer, ...]
    """One a channel."""
    settings: dict[str, str]

    def bot(self, folder: Path) -> AbstractAsyncContextManager[BotProcess]:
        """A bot with a database of its own in `folder`, ready on entry."""
        folder.mkdir()
        return running_bot({**self.settings, "AOI_DATA_DIR": str(folder)}, folder, SERVE)

    async def strike(self) -> None:
        """Inject the fault, and wait until customers feel it."""
        await asyncio.to_thread(self.world.strike)
        for _ in range(int(SYMPTOM_SECONDS / 0.2)):
            if await asyncio.to_thread(self.world.symptoms):
                return
            await asyncio.sleep(0.2)
        raise NotInTime(f"The fault was not felt within {SYMPTOM_SECONDS} s.")


@asynccontextmanager
async def open_house(folder: Path) -> AsyncIterator[House]:
    """Cluster and Slack while the context lasts; no bot yet."""
    binary = await asyncio.to_thread(install, default_cache())
    with separate_world() as world:
        async with local_slack(binary, folder, workspace=_workspace(folder)) as slack, ClientSession() as session:
            engineers = tuple(
                Engineer(slack.url, slack.users[0], channel, slack.bot_user, session, SystemClock())
                for channel in (slack.channel, *_more_channels())
            )
            settings = {
                "AOI_SLACK_BASE_URL": slack.api,
                "AOI_SLACK_BOT_TOKEN": slack.bot_token,
                "AOI_SLACK_APP_TOKEN": slack.app_token,
                "AOI_SLACK_POSTS_PER_SECOND": str(POSTS_PER_SECOND),
                "AOI_APPROVERS": ",".join(slack.users),
                "AOI_ALLOW_SELF_APPROVAL": "true",
                "AOI_VERIFY_SETTLE_SECONDS": str(SETTLE_SECONDS),
                **await asyncio.to_thread(world.kubeconfigs, folder),
            }
            async with open_page(slack, session) as page:
                yield House(world, slack, page, engineers, settings)


def serving() -> psutil.Process:
    """The process of `aoi serve`."""
    return next(child for child in psutil.Process().children() if child.cmdline()[1:] == list(SERVE[1:]))


def _workspace(folder: Path) -> Path:
    """The lab's workspace with more channels."""
    workspace = yaml.safe_load(WORKSPACE.read_text())
    first = workspace["channels"][0]
    workspace["channels"] += [{**first, "id": channel, "name": channel.lower()} for channel in _more_channels()]
    path = folder / "many-channels.yaml"
    path.write_text(yaml.safe_dump(workspace))
    return path


def _more_channels() -> list[str]:
    return [f"C0TEAM{number}" for number in range(1, CHANNELS)]
