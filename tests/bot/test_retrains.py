"""Learning in Slack: who may, one retrain at a time, a card that follows it, and buttons that are pressed once."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.approvers import Approvers
from bot.cards.bars import bar, curve
from bot.cards.retrain import retrain_card
from bot.deliveries import Deed, Taught, read
from bot.parse import AskLearning, CancelRetrain, Investigate, Problem, StartRetrain, parse
from bot.retrains import RetrainBoard
from bot.teacher import Teacher
from domain.policy import Learning, built_in
from domain.retrain import Harvest, Line, Outcome, Retrain, Stage
from tests.bot.night import Night, night
from tests.bot.server import WebApi, web_api
from tests.bot.test_cards import buttons, check_limits
from tests.fakes import START, HandClock

ADA, EVE = "U0ADA", "U0EVE"


@dataclass
class Class:
    """A teacher, and what people are shown."""

    night: Night
    teacher: Teacher
    board: RetrainBoard
    api: WebApi

    async def say(
        self, asked: StartRetrain | CancelRetrain | AskLearning, user: str = ADA, key: str = "k1"
    ) -> str:
        return await self.teacher.asked(asked, key, user, "C1", "") or ""

    async def press(self, deed: Deed, retrain: str = "ret-1", user: str = ADA) -> str:
        pressed = Taught(deed=deed, retrain_id=retrain, channel="C1", thread="", user=user)
        return await self.teacher.pressed(pressed) or ""

    async def got(self) -> Retrain:
        (newest,) = await self.night.store.retrains.latest(1)
        return newest

    async def ends(self, outcome: Outcome, **more: Any) -> None:
        """The worker, who is not here."""
        now = self.night.clock.now()
        await self.night.store.retrains.take("worker", now, 60)
        ended = (await self.got()).ended(outcome, "Because.", now, **more)
        assert await self.night.store.retrains.save(ended, "worker", now)


@pytest.fixture
async def school(folder: Path) -> AsyncIterator[Class]:
    clock = HandClock()
    async with night(folder, clock) as there, web_api() as web:
        approvers = Approvers(built_in((ADA,)), web.slack, clock)
        teacher = Teacher(there.learning, approvers, there.curator(approvers))
        board = RetrainBoard(there.learning, there.store.outbox, web.slack, clock, there.bell)
        yield Class(there, teacher, board, web.api)


async def test_a_retrain_is_asked_for_once_and_runs_alone(school: Class) -> None:
    assert await school.say(StartRetrain()) == ""
    assert await school.say(StartRetrain()) == ""  # the same delivery again
    assert "runs already (`ret-1`, tiny)" in await school.say(StartRetrain("qwen3-14b"), key="k2")
    assert (await school.got()).profile == "tiny"


async def test_who_may_not_teach_is_told_who_may(school: Class) -> None:
    for said in (await school.say(StartRetrain(), EVE), await school.say(CancelRetrain(), EVE)):
        assert said == "You may not decide what AOI learns; ask <@U0ADA>. Nothing was changed."
    assert await school.night.store.retrains.latest(1) == ()
    await school.say(StartRetrain())
    for deed in Deed:
        assert "You may not decide" in await school.press(deed, user=EVE)
    assert (await school.got()).running


async def test_the_policy_can_name_other_teachers(school: Class) -> None:
    policy = built_in((ADA,)).model_copy(update={"learning": Learning(approvers=(EVE,))})
    approvers = Approvers(policy, school.teacher.approvers.slack, school.night.clock)
    school.teacher = Teacher(school.night.learning, approvers, school.night.curator(approvers))
    assert "ask <@U0EVE>" in await school.say(StartRetrain())
    assert await school.say(StartRetrain(), EVE) == ""


async def test_cancel_stops_what_runs_and_says_when_nothing_does(school: Class) -> None:
    assert "No retrain is running" in await school.say(CancelRetrain())
    await school.say(StartRetrain())
    assert await school.say(CancelRetrain()) == ""
    assert (await school.got()).outcome is Outcome.CANCELLED
    assert "ended or was decided" in await school.press(Deed.CANCEL)


async def test_a_candidate_is_decided_on_once(school: Class) -> None:
    await school.say(StartRetrain())
    assert "decided on already" in await school.press(Deed.PROMOTE)  # not ready yet
    await school.ends(Outcome.WORSE, candidate="aoi-observer-v1")
    assert "decided on already" in await school.press(Deed.PROMOTE)
    assert "decided on already" in await school.press(Deed.DISCARD)


async def test_a_candidate_that_no_server_takes_can_be_tried_again(school: Class) -> None:
    await school.say(StartRetrain())
    await school.ends(Outcome.READY, candidate="aoi-observer-v1")
    assert await school.press(Deed.PROMOTE) == ""
    refused = await school.got()
    assert refused.outcome is Outcome.REFUSED
    assert "There is no adapter 'aoi-observer-v1'" in refused.why
    assert buttons(retrain_card(refused)) == ["Promote", "Discard"]
    assert await school.press(Deed.PROMOTE) == ""


async def test_a_promotion_whose_process_died_goes_on_by_the_same_click(school: Class) -> None:
    await school.say(StartRetrain())
    await school.ends(Outcome.READY, candidate="aoi-observer-v1")
    store, now = school.night.store, school.night.clock.now()
    await store.retrains.decide("ret-1", Outcome.READY, Outcome.PROMOTING, ADA, "", now)
    assert await school.press(Deed.PROMOTE, user=ADA) == ""
    assert (await school.got()).outcome is Outcome.REFUSED


async def test_the_card_follows_the_worker_and_is_one_message(school: Class) -> None:
    await school.say(StartRetrain())
    store, now = school.night.store, school.night.clock.now()
    await school.board.refresh()
    await store.retrains.take("worker", now, 60)
    ahead = (await school.got()).at_stage(Stage.TRAINING, "step 3 of 12").model_copy(update={"share": 0.25})
    await store.retrains.save(ahead, "worker", now)
    await school.board.refresh()
    await school.board.refresh()
    (unsent,) = await store.outbox.unsent(10)
    assert (unsent.message.key, unsent.revision) == ("retrain:ret-1", 2)
    assert "█████░░░░░░░░░░░░░░░ 25%" in str(unsent.message.blocks)


async def test_pictures_stand_below_the_card_once(school: Class, tmp_path: Path) -> None:
    report = tmp_path / "report"
    _paint(report)
    await school.say(StartRetrain())
    await school.ends(Outcome.WORSE, report=str(report))
    await school.board.refresh()
    assert school.api.of("files.getUploadURLExternal") == []  # the card is not there yet
    (unsent,) = await school.night.store.outbox.unsent(10)
    school.api.messages.append({"ts": "1.5", "blocks": list(unsent.message.blocks)})
    await school.board.refresh()
    assert [call["filename"] for call in school.api.of("files.getUploadURLExternal")] == ["calibration.png"]
    school.api.messages.append({"ts": "1.6", "files": [{"title": "ret-1: calibration"}]})
    again = RetrainBoard(
        school.night.learning, school.board.outbox, school.board.slack, school.night.clock, school.night.bell
    )
    await again.refresh()
    assert len(school.api.of("files.getUploadURLExternal")) == 1


async def test_the_week_is_told(school: Class) -> None:
    said = await school.say(AskLearning(), EVE)
    assert said.startswith("*Learning, 15 Nov to 22 Nov*")
    assert "Decides now: the playbook." in said


def test_what_can_be_said() -> None:
    assert parse("<@U0AOI> retrain", "U0AOI") == StartRetrain()
    assert parse("Retrain tiny", "U0AOI") == StartRetrain("tiny")
    assert parse("retrain cancel", "U0AOI") == CancelRetrain()
    assert parse("learning", "U0AOI") == AskLearning()
    assert isinstance(parse("retrain the new hires on checkout?", "U0AOI"), Investigate)
    assert isinstance(parse("relearn", "U0AOI"), Problem)


def test_a_press_is_stored_as_what_it_is() -> None:
    body = {
        "type": "block_actions",
        "trigger_id": "t1",
        "user": {"id": ADA},
        "channel": {"id": "C1"},
        "message": {"ts": "1.5"},
        "actions": [{"action_id": "aoi.promote", "value": "ret-1"}],
    }
    found = read(body, "U0AOI")
    assert found is not None
    assert found.delivery == Taught(deed=Deed.PROMOTE, retrain_id="ret-1", channel="C1", thread="", user=ADA)


RUN = Retrain(id="ret-1", key="k", profile="tiny", by=ADA, channel="C1", at=START, why="Because <!channel>.")
HARVEST = Harvest(incidents=9, resolved=5, failed=4, thumbs=3, lessons=2, rows=312)
TABLE = tuple(Line(name=f"figure {n}", before="42.9%", after="55.1%") for n in range(12))


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_end_has_a_card_within_slacks_limits(outcome: Outcome) -> None:
    ended = RUN.ended(outcome, RUN.why, START + timedelta(hours=1), decided_by=ADA, table=TABLE, harvest=HARVEST)
    card = retrain_card(ended.model_copy(update={"candidate": "aoi-observer-v2"}))
    check_limits(card)
    assert "<!channel>" not in str(card.blocks)
    decisive = outcome in (Outcome.READY, Outcome.REFUSED)
    assert buttons(card) == (["Promote", "Discard"] if decisive else [])


@pytest.mark.parametrize("stage", list(Stage))
def test_every_stage_has_a_card_that_can_be_cancelled(stage: Stage) -> None:
    news = {"share": 0.4, "rewards": (0.2, 0.4, 0.62), "seconds_left": 200.0, "harvest": HARVEST}
    card = retrain_card(RUN.at_stage(stage, "step 51 of 120").model_copy(update=news))
    check_limits(card)
    assert buttons(card) == ["Cancel"]
    if stage is Stage.TRAINING:
        assert "about 3 min left" in str(card.blocks)
        assert "312 steps to train on" in str(card.blocks)
        assert "reward ▁▄█ 0.62" in str(card.blocks)


def test_bars_and_curves_keep_their_ends() -> None:
    assert bar(0.0) == f"{'░' * 20} 0%"
    assert bar(7.0) == f"{'█' * 20} 100%"
    assert curve([]) == ""
    assert curve([3.0, 3.0]) == "▁▁"
    assert curve([0.0, 0.5, 1.0], 0.0, 1.0) == "▁▅█"


def _paint(folder: Path) -> None:
    folder.mkdir()
    (folder / "calibration.png").write_bytes(b"\x89PNG")
