"""Looks are shared by those who asked before they began, and by nobody else."""

import asyncio
from collections import Counter

import pytest

from domain.errors import ClusterUnreachable
from tools.shared import Shared


class Camera:
    """Counts looks; each waits until it is let go."""

    def __init__(self) -> None:
        self.begun: Counter[str] = Counter()
        self.shutter = asyncio.Semaphore(0)

    async def look(self, namespace: str) -> str:
        self.begun[namespace] += 1
        name = f"{namespace} {self.begun[namespace]}"
        await self.shutter.acquire()
        return name


async def idle() -> None:
    """Let every task go as far as it can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_asks_during_a_look_shares_the_next_one() -> None:
    camera = Camera()
    shared = Shared(camera.look)
    first = asyncio.create_task(shared("web"))
    await idle()
    later = [asyncio.create_task(shared("web")) for _ in range(10)]
    await idle()
    assert camera.begun["web"] == 1, "one look at a time"
    for _ in range(2):
        camera.shutter.release()
    assert await first == "web 1"
    assert set(await asyncio.gather(*later)) == {"web 2"}
    assert camera.begun["web"] == 2


async def test_namespaces_do_not_wait_for_each_other() -> None:
    camera = Camera()
    shared = Shared(camera.look)
    both = [asyncio.create_task(shared(name)) for name in ("web", "shop")]
    await idle()
    assert camera.begun == {"web": 1, "shop": 1}
    for _ in both:
        camera.shutter.release()
    assert await asyncio.gather(*both) == ["web 1", "shop 1"]


async def test_one_who_goes_away_takes_the_look_from_nobody() -> None:
    camera = Camera()
    shared = Shared(camera.look)
    gone, stays = (asyncio.create_task(shared("web")) for _ in range(2))
    await idle()
    gone.cancel()
    camera.shutter.release()
    assert await stays == "web 1"


async def test_a_failed_look_fails_those_who_share_it_and_is_forgotten() -> None:
    answers = ["well", ""]

    async def look(_: str) -> str:
        answer = answers.pop()
        if not answer:
            raise ClusterUnreachable("No answer.")
        return answer

    shared = Shared(look)
    outcomes = await asyncio.gather(shared("web"), shared("web"), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ClusterUnreachable, ClusterUnreachable]
    assert await shared("web") == "well"


async def test_a_look_sees_what_was_done_before_it_was_asked_for() -> None:
    """The watch after a write must not be shown a snapshot that began before the write."""
    world = {"repaired": False}
    camera = Camera()

    async def look(namespace: str) -> bool:
        seen = world["repaired"]
        await camera.look(namespace)
        return seen

    shared = Shared(look)
    early = asyncio.create_task(shared("web"))
    await idle()
    world["repaired"] = True
    late = asyncio.create_task(shared("web"))
    for _ in range(2):
        camera.shutter.release()
    assert (await early, await late) == (False, True)


@pytest.mark.parametrize("times", [1, 3])
async def test_nothing_is_kept(times: int) -> None:
    camera = Camera()
    shared = Shared(camera.look)
    for number in range(1, times + 1):
        camera.shutter.release()
        assert await shared("web") == f"web {number}"
