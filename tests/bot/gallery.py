"""Shows every sample card in local-slack and takes pictures: `python -m tests.bot.gallery FOLDER [CHROMIUM]`."""

import asyncio
import sys
from pathlib import Path

from playwright.async_api import async_playwright

from bot.cards.render import render
from bot.clients import client_of
from lab.slack.install import default_cache, install
from lab.slack.server import LocalSlack, local_slack
from tests.bot.samples import TALES, later

SIZE = {"width": 1100, "height": 2000}


async def post(slack: LocalSlack) -> dict[str, str]:
    """One thread for each tale; returns its first timestamp by name."""
    client = client_of(slack.bot_token, slack.api)
    threads = {}
    for name, tale in TALES.items():
        root = await client.chat_postMessage(channel=slack.channel, text=f"Sample: {name}")
        threads[name] = str(root["ts"])
        for card in render(tale().trajectory, later(5)):
            await client.chat_postMessage(
                channel=slack.channel, thread_ts=str(root["ts"]), text=card.text, blocks=list(card.blocks)
            )
    return threads


async def shoot(slack: LocalSlack, threads: dict[str, str], folder: Path, chromium: str) -> None:
    """A picture of each thread."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
        for name, ts in threads.items():
            await page.goto(f"{slack.url}/archives/{slack.channel}/p{ts.replace('.', '')}?thread_ts={ts}")
            await page.wait_for_selector(".thread-pane, .thread", timeout=10_000)
            await page.wait_for_timeout(300)
            await page.screenshot(path=folder / f"{name}.png")
        await browser.close()


async def main(folder: Path, chromium: str) -> None:
    """Run local-slack, post, shoot."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    async with local_slack(install(default_cache()), folder) as slack:
        await shoot(slack, await post(slack), folder, chromium)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2] if sys.argv[2:] else "/usr/bin/chromium"))
