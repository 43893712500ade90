"""From a finding to the raw output it rests on: two clicks, for one pair of eyes, within Slack's limits."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.build import SlackSettings, build
from bot.cards.raw import raw_modal
from bot.names import Press
from bot.outbox import Limits
from domain.evidence import Artifact
from domain.incident import Origin, Request
from domain.policy import built_in
from lab.slack.strictness import complaint
from tests.bot.night import night
from tests.bot.server import web_api
from tests.bot.test_clicks import Scene, clicked
from tests.fakes import START, HandClock

RAW = Artifact(
    id="a" * 64, probe="logs shop/checkout-1", text="first line\nERROR <!channel> `boom`\n", taken_at=START
)


@pytest.fixture
async def scene(folder: Path) -> AsyncIterator[Scene]:
    clock = HandClock()
    async with night(folder, clock) as there, web_api() as web:
        settings = SlackSettings("xoxb-test", "xapp-test", built_in(("*",)), web.api.base_url, 1, Limits())
        bot = await build(settings, there.house())
        origin = Origin(surface="slack", channel="C1", thread="1.0", user="U0ADA")
        await there.service.open(Request(key="k1", origin=origin, question="checkout is down"))
        await there.store.artifacts.put([RAW])
        yield Scene(there, web.api, bot, clock)


def view_of(call: dict[str, Any]) -> dict[str, Any]:
    view: dict[str, Any] = call["view"] if isinstance(call["view"], dict) else json.loads(call["view"])
    return view


def words(view: dict[str, Any]) -> str:
    return "\n".join(b["text"]["text"] for b in view["blocks"] if b["type"] == "section")


def in_modal(value: str) -> dict[str, Any]:
    """A click in a modal, which has neither a channel nor a message."""
    body = clicked(Press.RAW, "U0BEN", value)
    del body["channel"], body["message"]
    return body | {"view": {"id": "V1", "type": "modal", "callback_id": "aoi.form.read"}}


async def test_a_finding_leads_to_its_raw_output(scene: Scene) -> None:
    await scene.click(Press.EVIDENCE, "U0BEN", "inc-k1")
    (opened,) = scene.api.of("views.open")
    buttons = [e for b in view_of(opened)["blocks"] if b["type"] == "actions" for e in b["elements"]]
    assert [b["action_id"] for b in buttons] == [Press.RAW]
    assert (await scene.send(in_modal(buttons[0]["value"]))).status == 200
    (pushed,) = scene.api.of("views.push")
    assert pushed["trigger_id"] == f"t-U0BEN-{Press.RAW}"
    assert "`ERROR &lt;!channel&gt; ˋboomˋ`" in words(view_of(pushed))
    assert scene.whispers == []  # nothing goes to the channel


@pytest.mark.parametrize("value", ["", "inc-k1", f"inc-other {RAW.id}", f"inc-k1 {'b' * 64}", "x y z"])
async def test_only_what_belongs_to_the_incident_is_shown(scene: Scene, value: str) -> None:
    await scene.night.store.artifacts.put([RAW.model_copy(update={"id": "b" * 64, "text": "of another incident"})])
    assert (await scene.send(in_modal(value))).status == 200
    (pushed,) = scene.api.of("views.push")
    assert words(view_of(pushed)) == "I do not have this output any more."


@pytest.mark.parametrize("line", ["x" * 200, "&" * 3_000, "ü<`>" * 1_000, "."])
def test_what_does_not_fit_is_cut_and_says_how_to_get_it_whole(line: str) -> None:
    big = RAW.model_copy(update={"text": "\n".join([line] * 40_000)})
    view = raw_modal(big)
    assert complaint("views.push", {"view": view}) is None
    assert len(json.dumps(view)) < 250_000
    assert f"of 40000 lines fit here. The whole: `aoi incident artifact {RAW.id}`" in words(view)


def test_what_fits_is_whole() -> None:
    text = "\n".join(f"line {n} {'y' * 700}" for n in range(50))
    view = raw_modal(RAW.model_copy(update={"text": text}))
    shown = words(view).replace("`\n`", "").replace("`", "")
    assert "fit here" not in words(view)
    assert all(f"line {n} " in shown for n in range(50))
    assert shown.count("y") == text.count("y")


def test_an_empty_output_is_called_empty() -> None:
    assert "It is empty" in words(raw_modal(RAW.model_copy(update={"text": ""})))
