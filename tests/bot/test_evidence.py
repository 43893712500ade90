"""From a finding to the raw output it rests on: one click, for one pair of eyes, within Slack's limits."""

import json
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any, Literal

import pytest

from bot.build import SlackSettings, build
from bot.cards.blocks import Place
from bot.cards.modals import evidence_modal
from bot.cards.raw import raw_modal
from bot.cards.status import status_card
from bot.names import Press
from bot.outbox import Limits
from domain.cluster import Severity
from domain.evidence import Artifact, Finding
from domain.execution import Improvement, Verification
from domain.incident import Origin, Request
from domain.journal import Probed, Triaged, Verified
from domain.policy import built_in
from domain.probes import Events
from lab.slack.strictness import complaint
from tests.bot.night import night
from tests.bot.samples import Tale, opened
from tests.bot.server import web_api
from tests.bot.shop import CHECKOUT
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


def artifact(text: str) -> Artifact:
    return Artifact.of(f"probe of {text}", text, START)


def about(text: str, severity: Severity = Severity.INFO) -> Finding:
    """A finding that an artifact of its own shows."""
    return Finding.of(severity, CHECKOUT, text, (artifact(text).id,))


def probed(status: Literal["ok", "failed"], *texts: str) -> Probed:
    findings = tuple(about(text) for text in texts)
    return Probed(call=Events(namespace="shop"), status=status, note="Looked.", findings=findings)


def every_kind() -> Tale:
    """Findings of each origin: the first look, a probe, one that failed, a model that shortened, the watch."""
    watched = Verification(improvement=Improvement.UNCHANGED, detail="Looked again.", seconds=10)
    return opened().tell(
        Triaged(looked_at="Looked.", findings=(about("of the look", Severity.CRITICAL),), hypotheses=()),
        probed("ok", "of a probe", "In short, by the model: of a probe"),
        probed("failed", "The probe events failed: it hangs"),
        Verified(proposal_id="p", verification=watched, findings=(about("of the watch", Severity.WARNING),)),
    )


def leads(blocks: Iterable[dict[str, Any]]) -> set[str]:
    """Ids of the artifacts to which a click leads."""
    places = [b.get("accessory") for b in blocks] + [e for b in blocks for e in b.get("elements", ())]
    pressed = (place for place in places if place and place.get("action_id") == Press.RAW)
    return {place["value"].partition(" ")[2] for place in pressed}


def test_a_finding_of_every_kind_is_one_click_from_its_raw_output() -> None:
    run = every_kind().trajectory
    wanted = {finding.artifacts[0] for finding in run.findings.values()}
    assert len(wanted) == 5
    card = status_card(run, Place(run.incident.id, "C1", "1.0"))
    assert leads(card.blocks) == wanted
    seen = {artifact(finding.text).id: artifact(finding.text) for finding in run.findings.values()}
    assert leads(evidence_modal(run, seen)["blocks"]) == wanted


def test_of_many_findings_none_is_out_of_reach() -> None:
    texts = [f"thing {number} is odd" for number in range(45)]
    run = opened().tell(probed("ok", *texts)).trajectory
    view = evidence_modal(run, {artifact(text).id: artifact(text) for text in texts})
    assert leads(view["blocks"]) == {artifact(text).id for text in texts}
    assert complaint("views.open", {"view": view}) is None


async def test_a_click_on_the_card_opens_the_raw_output_at_once(scene: Scene) -> None:
    await scene.click(Press.RAW, "U0BEN", f"inc-k1 {RAW.id}")
    (opened_view,) = scene.api.of("views.open")
    assert "`first line`" in words(view_of(opened_view))
    assert scene.api.of("views.push") == []


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
