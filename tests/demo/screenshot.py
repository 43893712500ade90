"""Take the screenshot of the README: an incident thread of the demo, in headless Chromium.

`python -m tests.demo.screenshot FILE`; wants a Chromium at /usr/bin/chromium.
"""

import asyncio
import sys
from pathlib import Path

from playwright.async_api import Page, async_playwright
from rich.console import Console

from app.demo import Theatre, play_headless, theatre
from lab.demo import DEFAULT_SCENARIO

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
SIZE = {"width": 1000, "height": 1980}


async def main(file: Path) -> None:
    """Play the demo to its end, open the thread, and take the picture."""
    async with theatre(DEFAULT_SCENARIO, Console()) as house, async_playwright() as playwright:
        await play_headless(house)
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page(viewport={"width": SIZE["width"], "height": SIZE["height"]})
        await open_thread(page, house)
        await page.screenshot(path=str(file))
        await browser.close()


async def open_thread(page: Page, house: Theatre) -> None:
    """The channel with the incident's thread beside it."""
    mention = next(m for m in await house.asker.messages() if m.user == house.asker.user)
    await page.goto(house.slack.thread_url(mention.ts))
    await page.wait_for_selector(".thread-pane, .thread")
    await page.wait_for_timeout(500)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
