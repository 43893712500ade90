"""The whole product with real processes: the demo ends well, also when the bot is killed; one effect, no doubles.

Run by `make test-demo`.
"""

import sys
from collections import Counter
from pathlib import Path

import pytest
from rich.console import Console

from app.bot_process import SERVE
from app.demo import Theatre, play_headless, theatre
from app.rbac import WRITER, user_of
from lab.demo import DEFAULT_SCENARIO
from tests.demo.mortal_bot import POINTS

ROOT = Path(__file__).parents[2]
RUNS = 10

pytestmark = [pytest.mark.demo, pytest.mark.timeout(300)]


def effects(house: Theatre) -> list[str]:
    """What the writer really changed, by the cluster's own audit list."""
    return [
        f"{event.verb} {event.resource} {event.namespace}/{event.name}"
        for event in house.world.cluster.audit
        if event.user == user_of(WRITER) and not event.dry_run and 200 <= event.code < 300
        and event.resource != "selfsubjectaccessreviews.authorization.k8s.io"
    ]  # fmt: skip


async def doubles(house: Theatre) -> dict[str, int]:
    """Messages of the bot that stand twice, by their key."""
    messages = await house.asker.messages()
    keys = Counter(
        message.blocks[0].get("block_id", message.ts)
        for message in messages
        if message.user == house.slack.bot_user and message.blocks
    )
    return {key: count for key, count in keys.items() if count > 1}


@pytest.mark.parametrize("run", range(RUNS))
async def test_the_demo_ends_well_time_and_again(run: int) -> None:
    async with theatre(DEFAULT_SCENARIO, Console(quiet=True), SERVE) as house:
        played = await play_headless(house)
        assert played.resolved
        assert played.approved_by == house.approver.user
        assert played.feedback == "up"
        assert played.seconds["first_message"] < played.seconds["proposal"] < played.seconds["resolved"]
        assert effects(house) == ["patch deployments.apps shop/checkout"]
        assert await doubles(house) == {}


@pytest.mark.parametrize("point", POINTS)
async def test_a_killed_bot_goes_on_where_it_was(
    point: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    command = (sys.executable, "-m", "tests.demo.mortal_bot", point, str(tmp_path))
    async with theatre(DEFAULT_SCENARIO, Console(quiet=True), command) as house:
        played = await play_headless(house)
        assert (tmp_path / f"died-{point}").exists(), "the bot was to die and did not"
        assert played.resolved
        assert effects(house) == ["patch deployments.apps shop/checkout"]
        assert await doubles(house) == {}
