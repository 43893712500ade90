"""The server listens on loopback only, and the engineer sees what a person sees."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from lab.slack.engineer import Engineer
from lab.slack.errors import LocalSlackFailed, LocalSlackMissing, NotSeen
from lab.slack.install import default_cache, install
from lab.slack.server import LocalSlack, foreign, local_slack
from tests.bot.night import WallClock

TABLE = """  sl  local_address rem_address   st
   0: {address}:1F90 00000000:0000 {state} 00000000:00000000 00:00000000 00000000
"""


@pytest.fixture(scope="module")
def binary() -> Path:
    try:
        return install(default_cache())
    except LocalSlackMissing as e:
        pytest.skip(str(e))


@pytest.fixture
async def slack(binary: Path, tmp_path: Path) -> AsyncIterator[LocalSlack]:
    async with local_slack(binary, tmp_path) as running:
        yield running


@pytest.mark.parametrize(
    ("address", "state", "port", "open_to_others"),
    [
        ("00000000", "0A", 8080, True),
        ("00000000000000000000000000000000", "0A", 8080, True),
        ("0100007F", "0A", 8080, False),
        ("00000000000000000000000001000000", "0A", 8080, False),
        ("00000000", "01", 8080, False),
        ("00000000", "0A", 9090, False),
    ],
)
def test_a_listener_beyond_loopback_is_recognised(
    address: str, state: str, port: int, open_to_others: bool
) -> None:
    assert foreign(TABLE.format(address=address, state=state), port) is open_to_others


async def test_only_this_machine_is_answered(slack: LocalSlack) -> None:
    """Not by another address of the machine, not for a foreign web page, not under a rebound name."""
    port = int(slack.url.rpartition(":")[2])
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), port, socket.AF_INET)} - {
        "127.0.0.1"
    }
    for address in others:
        with pytest.raises(OSError):
            await asyncio.open_connection(str(address), port)
    async with ClientSession() as session:
        for headers in ({"Origin": "http://evil.example"}, {"Host": "evil.example"}, {"Origin": "null"}):
            async with session.get(f"{slack.url}/_control/state", headers=headers) as answer:
                assert answer.status == 403
        async with session.get(f"{slack.url}/_control/state", headers={"Origin": slack.url}) as answer:
            assert answer.status == 200


async def test_a_server_that_opens_to_others_is_stopped(
    binary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the binary no longer reads its preload: we look at the socket, not at the wish."""
    harmless = tmp_path / "harmless.js"
    harmless.write_text("// no binding")
    monkeypatch.setattr("lab.slack.server._LOOPBACK", harmless)
    with pytest.raises(LocalSlackFailed, match="more than loopback"):
        async with local_slack(binary, tmp_path):
            pytest.fail("it ran open to others")


async def test_a_port_that_is_taken_is_one_sentence(slack: LocalSlack, binary: Path, tmp_path: Path) -> None:
    port = int(slack.url.rpartition(":")[2])
    with pytest.raises(LocalSlackFailed, match=f"port {port} taken"):
        async with local_slack(binary, tmp_path / "other", port):
            pytest.fail("two servers on one port")


async def test_the_engineer_writes_reacts_and_waits(slack: LocalSlack) -> None:
    async with ClientSession() as session:
        ada, ben = (
            Engineer(slack.url, user, slack.channel, slack.bot_user, session, WallClock())
            for user in slack.users[:2]
        )
        thread = await ada.say("hello")
        await ben.say("hello yourself", thread)
        await ben.react(thread, "+1")
        seen = await ada.wait_for("an answer", lambda m: "yourself" in m.words, 5, thread)
        assert (seen.user, seen.only_for) == ("U0BEN", None)
        with pytest.raises(NotSeen, match="hello yourself"):
            await ada.wait_for("a miracle", lambda m: "miracle" in m.words, 0.1)
        with pytest.raises(NotSeen, match="no button 'Approve'"):
            await ada.click(seen, "Approve")
