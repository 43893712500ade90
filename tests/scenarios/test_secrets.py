"""Secrets of the namespace and of the people get nowhere: no message, row, checkpoint, log line or error.

The run is a whole one: investigation, evidence, proposal, an edit that a secret stands in the way of, repair.
"""

import io
import json
import logging
import sqlite3
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from app.logs import set_up_logs
from domain.incident import Status
from lab.operations import Behave, Patch, SetImage
from tests.scenarios.scene import ONE_PATCH, QUESTION, Scene
from tests.scenarios.world import BAD, World
from tools.redact.service import Redactor

AWS = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzPLANTED1"
PASSWORD = "Tr0ub4dor-planted-2"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwbGFudGVkIn0.c2lnbmF0dXJlLXBsYW50ZWQtMw"
POSTGRES = "s3cr3t-planted-4"
GITHUB = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"
PASTED = "hunter2-planted-6"
SECRETS = (AWS, PASSWORD, JWT, POSTGRES, GITHUB, PASTED)

URL = f"postgres://shop:{POSTGRES}@db.example.com:5432/shop"
EVERY_KIND = f"password={PASSWORD} token={JWT} url={URL} aws_secret_access_key={AWS} git {GITHUB}"
LAST_WORDS = (
    f"connecting to {URL}",
    f"FATAL: login failed, password={PASSWORD}, Authorization: Bearer {JWT}",
    f"aws_secret_access_key={AWS} refused; cloning with {GITHUB}",
)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A cluster of its own: nobody else wants what is planted here."""
    world = World.up()
    yield world
    world.demo.stop()


@pytest.fixture
def planted(world: World) -> None:
    """Every kind of secret in every kind of place, and a release that crashes with secrets as its last words."""
    world.begin(ill=False)
    env = [
        {"name": "DB_PASSWORD", "value": PASSWORD},
        {"name": "AWS_SECRET_ACCESS_KEY", "value": AWS},
        {"name": "LEDGER", "value": URL},
        {"name": "GREETING", "value": f"use {GITHUB} and {JWT}"},
    ]
    notes = {"example.com/handover": EVERY_KIND, "example.com/token": JWT}
    container = {"name": "checkout", "env": env}
    template = {"metadata": {"annotations": notes}, "spec": {"containers": [container]}}
    settings = {"data": {"application.properties": EVERY_KIND, "ledger-url": URL, "session": JWT, "key": AWS}}
    world.run(
        Patch(target="ConfigMap/checkout-config", body=settings),
        Patch(target="Service/checkout", body={"metadata": {"annotations": notes}}),
        Patch(
            target="Deployment/checkout", body={"metadata": {"annotations": notes}, "spec": {"template": template}}
        ),
        Behave(image=BAD, behaviour={"exits": [{"code": 2, "lines": LAST_WORDS}], "log": {"start": LAST_WORDS}}),
    )
    world.demo.cluster.advance(60)
    world.run(SetImage(target="Deployment/checkout", container="checkout", image=BAD))
    world.demo.cluster.advance(45)
    world.demo.cluster.apply([_event(world)])
    world.counted = len(world.demo.cluster.audit)


def _event(world: World) -> dict[str, Any]:
    now = world.demo.cluster.clock.iso()
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "checkout.planted", "namespace": "shop"},
        "involvedObject": {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "shop", "name": "checkout"},
        "type": "Warning",
        "reason": "HookFailed",
        "message": f"pre-deploy hook failed: {EVERY_KIND}",
        "source": {"component": "deployer"},
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 3,
    }


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """What the process logs; everything set up for the test is taken back after it."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, logging.raiseExceptions, sys.excepthook, threading.excepthook)
    yield io.StringIO()
    logging.captureWarnings(False)
    structlog.reset_defaults()
    root.handlers[:], level, logging.raiseExceptions, sys.excepthook, threading.excepthook = before
    root.setLevel(level)


async def test_planted_and_pasted_secrets_get_nowhere(scene: Scene, planted: None, stream: io.StringIO) -> None:
    set_up_logs("debug", "json", Redactor().text, stream)
    async with scene.bot():
        thread = await scene.ada.mention(f"{QUESTION} I tried with password={PASTED} and {URL} and {GITHUB}")
        card = await scene.said("Approve", thread)
        shown = [await _evidence(scene, thread)]
        await scene.ben.say(f"aoi, why? The login is password: {PASTED} with {JWT}", thread)
        await scene.answer("Revision", thread, after=card.ts)
        for question in ("what would change?", "how do you know?", "what did you look at?"):
            at = await scene.ben.say(question, thread)
            await scene.answer("", thread, after=at)
        await scene.ben.click(card, "Approve")
        run = await scene.ended(thread)
        assert run.incident.status is Status.RESOLVED, run.diagnosis
        assert scene.world.effects() == ONE_PATCH
        result = await scene.said("👎 Wrong", thread)
        await scene.ada.click(result, "👎 Wrong")
        told = {"What was it really?": f"the password {PASTED!r} was wrong", "What helped?": f"password={PASTED}"}
        await scene.ada.submit(await scene.ada.modal(), told)
        await scene.answer("👎 <@U0ADA>", thread)
        await scene.ada.command(f"investigate is password={PASTED} still in use? -n shop")
        opener = await scene.answer("<@U0ADA> asks: is password=[redacted:password] still in use?")
        with scene.world.hurried():
            await scene.said("👎 Wrong", opener.ts)
        bot = scene.slack.bot_user
        messages = [m for person in (scene.ada, scene.ben) for m in await person.messages() if m.user == bot]
        shown += [json.dumps([m.text, m.blocks], ensure_ascii=False) for m in messages]

    for kind in ("password", "jwt", "url-password", "credential"):
        assert f"[redacted:{kind}" in "".join(shown), f"no {kind} was in sight"
    leaks = {"messages": _leaks("\n".join(shown)), "log": _leaks(stream.getvalue())}
    for path in sorted((scene.folder).glob("*.db*")):
        leaks[f"bytes of {path.name}"] = _leaks(path.read_bytes().decode("utf-8", "replace"))
        if path.suffix == ".db":
            leaks |= {f"{path.name} {place}": found for place, found in _leaks_in_rows(path).items()}
    assert {place: found for place, found in leaks.items() if found} == {}
    assert "bot_ready" in stream.getvalue()
    assert len(leaks) > 20, "every table of both databases was read"


async def _evidence(scene: Scene, thread: str) -> str:
    """The modal with the raw output, as Slack was given it."""
    await scene.chloe.click(await scene.said("Show evidence", thread), "Show evidence")
    return json.dumps((await scene.chloe.modal()).view, ensure_ascii=False)


def _leaks(text: str) -> list[str]:
    """Which secrets a text holds, as they are or as JSON writes them."""
    return [secret for secret in SECRETS if secret in text or json.dumps(secret)[1:-1] in text]


def _leaks_in_rows(path: Path) -> dict[str, list[str]]:
    """Secrets by table and column, of every row."""
    found: dict[str, list[str]] = {}
    with sqlite3.connect(path) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            cursor = connection.execute(f'SELECT * FROM "{table}"')
            rows = cursor.fetchall()
            for number, column in enumerate(cursor.description):
                values = [row[number] for row in rows]
                text = "\n".join(v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in values)
                found[f"{table}.{column[0]} ({len(rows)} rows)"] = _leaks(text)
    connection.close()
    return found
