"""HTTP events mode: only what Slack signed is taken."""

import socket
import time

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.events import PATH, Events
from domain.errors import Misconfigured

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
BODY = '{"type": "url_verification", "challenge": "c-1"}'


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listening(port: int) -> Events:
    return Events(AsyncApp(client=AsyncWebClient(token="xoxb-1"), signing_secret=SECRET), port)


@pytest.mark.parametrize(("secret", "status"), [(SECRET, 200), ("another secret", 401)])
async def test_only_slack_is_heard(secret: str, status: int) -> None:
    events = listening(free_port())
    stamp = str(int(time.time()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=BODY)
    headers = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature or "",
    }
    await events.start()
    try:
        assert events.ready
        url = f"http://127.0.0.1:{events.port}{PATH}"
        async with aiohttp.ClientSession() as session, session.post(url, data=BODY, headers=headers) as answer:
            assert answer.status == status
    finally:
        await events.close()
    assert not events.ready


async def test_a_taken_port_is_one_sentence() -> None:
    first = listening(free_port())
    await first.start()
    try:
        with pytest.raises(Misconfigured, match=rf"AOI_SLACK_PORT is {first.port}, which is taken"):
            await listening(first.port).start()
    finally:
        await first.close()
