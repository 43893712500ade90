"""Clicks and forms as payloads into the app: decided once, answered in words, never a crash."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.border import WORDS
from bot.build import Bot, SlackSettings, build
from bot.listeners.unknown import but
from bot.names import Form, Press
from bot.outbox import Limits
from domain.approval import Verdict
from domain.audit import Deed, Record
from domain.errors import StoreUnavailable
from domain.incident import Origin, Request
from domain.journal import Noted
from domain.policy import built_in
from domain.ports import Decided
from tests.bot.night import Night, night
from tests.bot.server import WebApi, web_api
from tests.fakes import HandClock

PROPOSAL = "prop-inc-k1"
POLICY = built_in(("U0ADA", "U0BEN"), self_approval=True)


@dataclass
class Scene:
    """A waiting proposal, the app that takes clicks, and the Slack that sees what it says."""

    night: Night
    api: WebApi
    bot: Bot
    clock: HandClock

    async def send(self, body: dict[str, Any]) -> BoltResponse:
        """Dispatch, and wait for what the listener does after its ack."""
        before = asyncio.all_tasks()
        answer = await self.bot.app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body))
        after = asyncio.all_tasks() - before
        if after:
            await asyncio.wait(after, timeout=5)
        return answer

    async def click(self, action: str, user: str = "U0ADA", value: str = PROPOSAL) -> BoltResponse:
        return await self.send(clicked(action, user, value))

    async def denials(self) -> list[tuple[str, str, str]]:
        """Who was refused, on which proposal and why, by the audit."""
        links, _ = await self.night.store.audit.chain()
        told = (Record.model_validate_json(link.text) for link in links)
        return [(r.by, r.proposal_id, r.rule) for r in told if r.deed is Deed.DENIED]

    async def verdict(self) -> Verdict:
        approval = await self.night.store.approvals.approval(PROPOSAL)
        assert approval is not None
        return approval.verdict

    @property
    def whispers(self) -> list[tuple[str, str]]:
        return [(call["user"], call["text"]) for call in self.api.of("chat.postEphemeral")]


def clicked(action: str, user: str, value: str) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "trigger_id": f"t-{user}-{action}",
        "team": {"id": "T1"},
        "user": {"id": user, "team_id": "T1"},
        "channel": {"id": "C1"},
        "message": {"ts": "1.5", "thread_ts": "1.0"},
        "actions": [{"type": "button", "action_id": action, "block_id": "b", "value": value}],
    }


def submitted(form: str, subject: str, values: dict[str, Any], user: str = "U0ADA") -> dict[str, Any]:
    view = {
        "id": "V1",
        "type": "modal",
        "callback_id": form,
        "private_metadata": subject,
        "state": {"values": {name: {name: {"value": value}} for name, value in values.items()}},
    }
    return {"type": "view_submission", "team": {"id": "T1"}, "user": {"id": user, "team_id": "T1"}, "view": view}


@pytest.fixture
async def scene(folder: Path) -> AsyncIterator[Scene]:
    clock = HandClock()
    async with night(folder, clock) as there, web_api() as web:
        settings = SlackSettings("xoxb-test", "xapp-test", POLICY, web.api.base_url, 1, Limits())
        bot = await build(settings, there.house())
        origin = Origin(surface="slack", channel="C1", thread="1.0", user="U0ADA")
        await there.service.open(Request(key="k1", origin=origin, question="checkout is down"))
        yield Scene(there, web.api, bot, clock)


async def test_the_decision_is_committed_when_the_ack_goes_out(scene: Scene) -> None:
    assert (await scene.click(Press.APPROVE)).status == 200
    assert await scene.verdict() is Verdict.APPROVED
    assert scene.whispers == []


async def test_of_two_clicks_at_once_one_decides_and_the_other_is_told(scene: Scene) -> None:
    await asyncio.gather(scene.click(Press.APPROVE, "U0ADA"), scene.click(Press.APPROVE, "U0BEN"))
    ((loser, words),) = scene.whispers
    approval = await scene.night.store.approvals.approval(PROPOSAL)
    assert approval is not None
    assert {loser, approval.decided_by} == {"U0ADA", "U0BEN"}
    assert f"by <@{approval.decided_by}>" in words
    assert "changed nothing" in words


async def test_the_same_click_twice_is_one_decision(scene: Scene) -> None:
    """A nervous finger, or a delivery that Slack repeats."""
    await asyncio.gather(scene.click(Press.APPROVE), scene.click(Press.APPROVE))
    assert scene.whispers == []


async def test_a_click_after_the_expiry_is_told_so(scene: Scene) -> None:
    await scene.clock.sleep(31 * 60)
    assert (await scene.click(Press.APPROVE)).status == 200
    ((_, words),) = scene.whispers
    assert "Expired" in words
    assert await scene.verdict() is Verdict.EXPIRED
    assert await scene.denials() == [("U0ADA", PROPOSAL, "expired")]


async def test_a_click_that_is_replayed_later_is_refused_recorded_and_answered(scene: Scene) -> None:
    """The very payload that approved it, once more: by the same person, and in another one's name."""
    await scene.click(Press.APPROVE)
    await scene.clock.sleep(60)
    await scene.click(Press.APPROVE)
    await scene.click(Press.APPROVE, "U0BEN")
    (_, once), (_, late) = scene.whispers
    assert "That was you already; it counts once" in once
    assert "Approved* by <@U0ADA>" in late
    assert await scene.denials() == [("U0ADA", PROPOSAL, "repeated"), ("U0BEN", PROPOSAL, "late")]


@pytest.mark.parametrize("action", [Press.APPROVE, Press.REJECT, Press.EDIT])
async def test_a_click_from_another_channel_is_refused_recorded_and_answered(scene: Scene, action: str) -> None:
    body = clicked(action, "U0ADA", PROPOSAL) | {"channel": {"id": "C0OTHER"}}
    await scene.send(body)
    ((user, words),) = scene.whispers
    assert (user, "belongs to another channel" in words) == ("U0ADA", True)
    assert await scene.verdict() is Verdict.PENDING
    assert await scene.denials() == [("U0ADA", PROPOSAL, "other-channel")]
    assert scene.api.of("views.open") == []


async def test_a_form_from_another_channel_is_refused(scene: Scene) -> None:
    answer = await scene.send(submitted(Form.REJECT, f"{PROPOSAL} C0OTHER 1.0", {"reason": "no"}))
    assert "belongs to another channel" in answer.body
    assert await scene.verdict() is Verdict.PENDING


FOREIGN: list[dict[str, Any]] = [
    {"team": {"id": "T2"}},
    {"user": {"id": "U0ADA", "team_id": "T2"}},
    {"team": None, "user": {"id": "U0ADA"}},
]


@pytest.mark.parametrize("foreign", FOREIGN, ids=["workspace", "person", "nowhere"])
async def test_a_click_from_another_workspace_is_refused_recorded_and_answered(
    scene: Scene, foreign: dict[str, Any]
) -> None:
    """Also of somebody who has the id of an approver there."""
    for action in (Press.APPROVE, Press.UNDO):
        await scene.send(clicked(action, "U0ADA", PROPOSAL) | foreign)
    assert [words for _, words in scene.whispers] == [WORDS] * 2
    answer = await scene.send(submitted(Form.REJECT, f"{PROPOSAL} C1 1.0", {"reason": "no"}) | foreign)
    assert "another workspace" in answer.body
    assert await scene.verdict() is Verdict.PENDING
    assert await scene.denials() == [("U0ADA", "", "other-workspace")] * 3


async def test_who_may_not_is_told_who_may_and_it_is_on_record(scene: Scene) -> None:
    await scene.click(Press.APPROVE, "U0EVE")
    ((user, words),) = scene.whispers
    assert (user, "<@U0ADA>, <@U0BEN>" in words) == ("U0EVE", True)
    assert await scene.verdict() is Verdict.PENDING
    trajectory = await scene.night.service.trajectory("inc-k1")
    assert trajectory is not None
    last = trajectory.entries[-1].step
    assert isinstance(last, Noted)
    assert "@U0EVE tried to approve" in last.text


@pytest.mark.parametrize("action", [Press.APPROVE, Press.REJECT, Press.EDIT])
async def test_a_forged_proposal_id_is_answered(scene: Scene, action: str) -> None:
    assert (await scene.click(action, value="prop-forged")).status == 200
    ((_, words),) = scene.whispers
    assert "do not know this proposal" in words
    assert await scene.verdict() is Verdict.PENDING
    assert await scene.denials() == [("U0ADA", "", "unknown")]


async def test_a_button_that_is_not_ours_is_answered(scene: Scene) -> None:
    assert (await scene.click("somebody.else")).status == 200
    ((_, words),) = scene.whispers
    assert "do not know this button" in words


def test_a_slow_click_of_ours_is_no_unknown_button() -> None:
    """Bolt asks on when nothing was acknowledged within three seconds, as with a database that is slow."""
    assert not any(but(*Press).search(press) for press in Press)
    assert all(but(*Press).search(name) for name in ("somebody.else", "aoi.approve2", "x.aoi.approve", ""))


async def test_a_form_that_is_not_ours_is_answered(scene: Scene) -> None:
    answer = await scene.send(submitted("somebody.else", "x", {}))
    assert json.loads(answer.body)["response_action"] == "update"
    assert "do not know this form" in answer.body


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "block_actions"},
        {"type": "block_actions", "actions": [{"action_id": Press.APPROVE}], "user": {"id": "U0ADA"}},
        {
            "type": "view_submission",
            "user": {"id": "U0ADA"},
            "view": {"type": "modal", "callback_id": Form.REJECT},
        },
        {"type": "view_submission", "user": {"id": "U0ADA"}, "view": {"type": "modal", "callback_id": Form.EDIT}},
        {"type": "event_callback", "event": {"type": "app_mention"}},
        {"type": "shortcut", "callback_id": "x", "user": {"id": "U0ADA"}},
        {"command": "/aoi"},
        {"command": "/other", "user_id": "U0ADA"},
        {"what": ["is", "this"]},
    ],
)
async def test_broken_payloads_change_nothing_and_break_nothing(scene: Scene, body: dict[str, Any]) -> None:
    answer = await scene.send(body)
    assert answer.status in (200, 404)
    assert await scene.verdict() is Verdict.PENDING
    assert (await scene.click(Press.APPROVE)).status == 200  # and the next one is heard


async def test_a_form_that_comes_too_late_turns_into_the_reason(scene: Scene) -> None:
    await scene.click(Press.APPROVE, "U0BEN")
    answer = await scene.send(submitted(Form.REJECT, f"{PROPOSAL} C1 1.0", {"reason": "no"}))
    view = json.loads(answer.body)["view"]
    assert "Approved* by <@U0BEN>" in view["blocks"][0]["text"]["text"]


async def test_reject_on_a_decided_proposal_opens_no_form(scene: Scene) -> None:
    await scene.click(Press.APPROVE, "U0BEN")
    await scene.click(Press.REJECT, "U0ADA")
    assert scene.api.of("views.open") == []
    assert "by <@U0BEN>" in scene.whispers[0][1]


async def test_the_edit_form_holds_the_fields_and_says_what_is_wrong(scene: Scene) -> None:
    await scene.click(Press.EDIT)
    (call,) = scene.api.of("views.open")
    view = call["view"] if isinstance(call["view"], dict) else json.loads(call["view"])
    assert [b["block_id"] for b in view["blocks"] if b["type"] == "input"] == ["revision"]
    answer = await scene.send(submitted(Form.EDIT, f"{PROPOSAL} C1 1.0", {"revision": "minus one"}))
    assert "revision" in json.loads(answer.body)["errors"]["revision"]


async def test_who_may_not_approve_may_not_edit_but_may_reject(scene: Scene) -> None:
    answer = await scene.send(submitted(Form.EDIT, f"{PROPOSAL} C1", {"revision": "2"}, user="U0EVE"))
    assert "may not" in json.loads(answer.body)["view"]["blocks"][0]["text"]["text"]
    await scene.send(submitted(Form.REJECT, f"{PROPOSAL} C1", {"reason": ""}, user="U0EVE"))
    assert await scene.verdict() is Verdict.REJECTED


class Unstored:
    """A service whose database is gone, for decisions alone."""

    def __init__(self, night: Night) -> None:
        self._service = night.service

    def __getattr__(self, name: str) -> Any:
        return getattr(self._service, name)

    async def decide(
        self, proposal_id: str, verdict: Verdict, user: str, reason: str = "", glass: bool = False
    ) -> Decided | None:
        raise StoreUnavailable("The database is locked; try again in a moment.")


async def test_a_decision_that_cannot_be_stored_is_not_acknowledged_and_says_why(scene: Scene) -> None:
    settings = SlackSettings("xoxb-test", "xapp-test", built_in(("*",)), scene.api.base_url, 1, Limits())
    bot = await build(settings, scene.night.house(service=Unstored(scene.night)))
    request = AsyncBoltRequest(mode="socket_mode", body=clicked(Press.APPROVE, "U0ADA", PROPOSAL))
    assert (await bot.app.async_dispatch(request)).status != 200
    ((_, words),) = scene.whispers
    assert "The database is locked" in words
    assert await scene.verdict() is Verdict.PENDING
