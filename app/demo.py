"""`aoi demo`: a whole incident on embedded parts, for somebody to watch or played to its end."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from rich.console import Console

from app.ambient import SystemClock
from app.bot_process import SERVE, running_bot
from app.demo_engineer import Played, play_engineer
from app.output import save
from app.rbac import READER, WRITER, manifests, user_of
from app.signals import stopped
from domain.errors import AoiError
from lab.cluster.server import Cluster
from lab.demo import DEFAULT_SCENARIO, Demo, bring_up
from lab.slack.engineer import Engineer
from lab.slack.install import default_cache, install
from lab.slack.server import LocalSlack, local_slack


@dataclass(frozen=True)
class Theatre:
    """Everything that runs while a demo does."""

    world: Demo
    slack: LocalSlack
    asker: Engineer
    approver: Engineer
    store_url: str


async def play(headless: bool, scenario: str | None, out: Path | None) -> int:
    """Play until Ctrl-C, or headless to the end; 1 with a reason when a part fails."""
    console = Console()
    async with theatre(scenario or DEFAULT_SCENARIO, console) as house:
        if not headless:
            await _watch(house, console)
            return 0
        played = await play_headless(house)
    save(out, json.dumps(played.contract(), indent=2))
    seconds = played.seconds
    console.print(
        f"Resolved: {played.diagnosis} First message after {seconds['first_message']:.2f} s, "
        f"proposal after {seconds['proposal']:.2f} s, verified after {seconds['resolved']:.1f} s.",
        highlight=False,
    )
    return 0


async def play_headless(house: Theatre) -> Played:
    """Strike, and play the engineers until the thumb.

    Raises:
        DemoFailed: names the part that failed.
    """
    await strike(house.world)
    return await play_engineer(house.asker, house.approver, house.world, house.store_url)


@asynccontextmanager
async def theatre(scenario: str, console: Console, bot_command: Sequence[str] = SERVE) -> AsyncIterator[Theatre]:
    """Bring everything up: cluster, Slack, bot; take everything down at the end."""
    with tempfile.TemporaryDirectory(prefix="aoi-demo-") as name:
        folder = Path(name)
        binary = await asyncio.to_thread(install, default_cache())
        console.print("Bringing up a cluster with a shop in it, a Slack for three engineers, and AOI …")
        world = await asyncio.to_thread(bring_up, scenario)
        try:
            world.cluster.apply(manifests())
            async with (
                local_slack(binary, folder) as slack,
                running_bot(bot_settings(world, slack, folder), folder, bot_command),
                aiohttp.ClientSession() as session,
            ):
                asker, approver = (
                    Engineer(slack.url, user, slack.channel, slack.bot_user, session, SystemClock())
                    for user in slack.users[:2]
                )
                yield Theatre(world, slack, asker, approver, f"sqlite:///{folder / 'aoi.db'}")
        finally:
            world.stop()


async def strike(world: Demo) -> None:
    """Let the incident happen.

    Raises:
        AoiError: nothing was felt.
    """
    await asyncio.to_thread(world.strike)
    if not await asyncio.to_thread(world.symptoms):
        raise AoiError(f"The fault of {world.scenario.name} is not felt; `aoi lab validate` says why.")


def demo_settings(cluster: Cluster, slack_api: str, folder: Path) -> dict[str, str]:
    """The bot's settings: local parts only, so that a demo never meets a real cluster."""
    return {
        "AOI_DATA_DIR": str(folder),
        "AOI_SLACK_BASE_URL": slack_api,
        "AOI_SLACK_POSTS_PER_SECOND": "20",
        "AOI_READER_KUBECONFIG": str(cluster.kubeconfig(user_of(READER), folder / "reader.yaml")),
        "AOI_WRITER_KUBECONFIG": str(cluster.kubeconfig(user_of(WRITER), folder / "writer.yaml")),
        "AOI_ALLOW_SELF_APPROVAL": "true",
        "AOI_VERIFY_SETTLE_SECONDS": "5",
    }


def bot_settings(world: Demo, slack: LocalSlack, folder: Path) -> dict[str, str]:
    """Those of a bot in this Slack, for this cluster."""
    return demo_settings(world.cluster, slack.api, folder) | {
        "AOI_SLACK_BOT_TOKEN": slack.bot_token,
        "AOI_SLACK_APP_TOKEN": slack.app_token,
        "AOI_APPROVERS": ",".join(slack.users),
        "AOI_PROMETHEUS_URL": world.telemetry.url,
        "AOI_JAEGER_URL": world.telemetry.url,
        "AOI_LOKI_URL": world.telemetry.url,
    }


async def _watch(house: Theatre, console: Console) -> None:
    """Strike, let an engineer mention AOI, and leave the rest to whoever watches."""
    await strike(house.world)
    thread = await house.asker.mention(house.world.question)
    console.print(
        "\nAOI investigates. Open its thread in #incidents:\n\n"
        f"  [bold]{house.slack.thread_url(thread)}[/bold]\n\n"
        "Press Approve, watch the service recover, and give a thumb. Ctrl-C ends the demo.\n",
        soft_wrap=True,
    )
    await stopped()
