"""The whole loop with real parts: incidents and thumbs in Slack, a retrain, the gate, Promote, and the way back.

A random model of two layers decides by a real vLLM. It is trained on runs of the lab beside what people said, has
to prove itself on three faults of another application, and is promoted by a button.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from app.ambient import SystemClock
from app.bot_process import SERVE, running_bot
from app.demo import bot_settings, strike
from app.model import adapters_of
from app.rbac import manifests
from domain.audit import Deed
from domain.journal import Trajectory
from domain.model import CallOutcome
from domain.retrain import Outcome, Retrain
from lab.demo import Demo, bring_up
from lab.slack.engineer import Engineer, Shown
from lab.slack.install import default_cache, install
from lab.slack.server import LocalSlack, local_slack
from store.build import Store, open_store
from tests.serving.conftest import MODEL, PYTHON, Served, environment, serving, told

pytestmark = [pytest.mark.loop, pytest.mark.timeout(900)]

HERE = Path(__file__).parent
NEW = "aoi-observer-v1"
UP, DOWN = "👍 Helped", "👎 Wrong"
ANSWER_SECONDS, RETRAIN_SECONDS, SWITCH_SECONDS = 120.0, 600.0, 120.0
"""Wall time on a machine that is busy."""


@dataclass
class Loop:
    """Everything that runs, and what the test looks at."""

    served: Served
    world: Demo
    slack: LocalSlack
    ada: Engineer
    store: Store
    seen: list[str] = field(default_factory=list)
    """What the card of the retrain said, one after the other."""

    async def asks(self) -> tuple[Trajectory, Shown]:
        """An incident to its end: the run, and the message that a thumb goes on."""
        thread = await self.ada.mention(f"investigate {self.world.question} -n {self.world.namespace}")
        report = await self.ada.wait_for("the answer", lambda m: UP in m.buttons, ANSWER_SECONDS, thread)
        incident = await self.store.incidents.by_thread(self.slack.channel, thread)
        assert incident is not None
        run = await self.store.journal.trajectory(incident.id)
        assert run is not None
        return run, report

    async def decider(self) -> set[str]:
        """Who answers when the next incident is asked about, by the calls on record."""
        run, _ = await self.asks()
        calls = await self.store.model_calls.of(run.incident.id)
        return {call.model for call in calls if call.outcome is CallOutcome.ANSWERED}

    async def card(self, until: str, seconds: float) -> Shown:
        """The retrain's card once it says so; it is one message however often it changes."""

        def fits(shown: Shown) -> bool:
            if not any("retrain:" in block.get("block_id", "") for block in shown.blocks):
                return False
            if not self.seen or self.seen[-1] != shown.words:
                self.seen.append(shown.words)
            return until in shown.words

        return await self.ada.wait_for(until, fits, seconds)

    async def retrain(self) -> Retrain:
        (newest,) = await self.store.retrains.latest(1)
        return newest

    async def listed(self) -> set[str]:
        """What vLLM has, by its own word."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.served.url}/models") as answer:
            return {model["id"] for model in (await answer.json())["data"]}

    @property
    def active(self) -> str | None:
        adapter = adapters_of(self.served.settings).roster().active
        return adapter.name if adapter else None

    async def aoi(self, *words: str) -> str:
        """A command at a terminal, which ends well."""
        run = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app", *words),
            env=environment(self.served.settings),
            cwd=self.served.settings.data_dir,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await run.communicate()
        assert run.returncode == 0, said.decode()
        return " ".join(said.decode().split())


@asynccontextmanager
async def loop_of(weights: Path, folder: Path) -> AsyncIterator[Loop]:
    """Model server, cluster, Slack and bot, each a process of its own."""
    learning = {
        "model_form": "compact",
        "model_temperature": 0.2,
        "model_reply_tokens": 200,
        "train_python": PYTHON,
        "retrain_profile": str(HERE / "loop.yaml"),
        "gate_suite": str(HERE / "held_out"),
        "gate_epochs": 5,
        "budget_proposals": 0,
        "budget_steps": 4,
    }
    with serving(weights, folder, **learning) as served:
        home = served.settings.data_dir
        binary = await asyncio.to_thread(install, default_cache())
        world = await asyncio.to_thread(bring_up)
        world.cluster.apply(manifests())
        store = await open_store(served.settings.store_url)
        try:
            async with local_slack(binary, folder) as slack, aiohttp.ClientSession() as session:
                ada = Engineer(slack.url, slack.users[0], slack.channel, slack.bot_user, session, SystemClock())
                bot = bot_settings(world, slack, home) | told(served.settings)
                async with running_bot(bot, home, SERVE):
                    yield Loop(served, world, slack, ada, store)
        finally:
            await store.close()
            world.stop()


async def test_from_thumbs_to_a_better_model_and_back(weights: Path, tmp_path: Path) -> None:
    async with loop_of(weights, tmp_path) as loop:
        await strike(loop.world)
        _, answer = await loop.asks()
        await loop.ada.click(answer, DOWN)
        modal = await loop.ada.modal()
        said = {"What was it really?": "The new image of checkout does not work."}
        assert await loop.ada.submit(modal, said) == {}
        assert await loop.decider() == {MODEL}
        suite = ("--suite", "aiopslab-86:train", "--tasks", "*")
        await loop.aoi("lab", "run", *suite, "--policy", "playbook", "--epochs", "1", "--record")

        await loop.ada.command("retrain")
        card = await loop.card("waits for your decision", RETRAIN_SECONDS)
        assert (await loop.retrain()).outcome is Outcome.READY
        assert any("▶️ training" in words and "%" in words for words in loop.seen)
        assert "→" in card.words, "a table before and after"
        assert (await loop.retrain()).harvest.thumbs == 1
        assert (loop.active, await loop.listed()) == (None, {MODEL})

        await loop.ada.click(card, "Promote")
        promoted = await loop.card(f"{NEW} decides from now on", SWITCH_SECONDS)
        assert promoted.ts == card.ts
        assert (loop.active, await loop.listed()) == (NEW, {MODEL, NEW})
        assert await loop.decider() == {NEW}

        assert f"{MODEL} decides again." in await loop.aoi("learn", "rollback")
        assert loop.active is None
        assert await loop.decider() == {MODEL}
        links, _ = await loop.store.audit.chain()
        deeds = [deed for link in links for deed in (Deed.PROMOTED, Deed.ROLLED_BACK) if f'"{deed}"' in link.text]
        assert deeds == [Deed.PROMOTED, Deed.ROLLED_BACK]
