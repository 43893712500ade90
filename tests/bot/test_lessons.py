"""Lessons in Slack: the list with its buttons, what people change by them, and the lines on a card."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.build import SlackSettings, build
from bot.cards.blocks import Place
from bot.cards.lessons import lessons_card
from bot.cards.status import status_card
from bot.names import Form, Press
from bot.outbox import Limits
from bot.parse import ListLessons, RetireLesson, parse
from domain.audit import Deed
from domain.diagnosis import Cause
from domain.journal import Taught
from domain.lessons import Conclusion, Lesson, State, Word
from domain.policy import built_in
from domain.ports import Message
from lab.slack.strictness import complaint
from tests.bot import samples
from tests.bot.night import night
from tests.bot.server import web_api
from tests.bot.test_clicks import Scene, clicked, submitted
from tests.fakes import START, HandClock
from tests.taught import lesson, when

AT = "9.9"
PLACE = Place(incident_id=None, channel="C1", thread="1.0")
TOLD = lesson(signature=when(texts=("lease <is> held",)), not_actions=("restart",), edited_by="U0BEN")


@pytest.fixture
async def scene(folder: Path) -> AsyncIterator[Scene]:
    clock = HandClock()
    async with night(folder, clock) as there, web_api() as web:
        policy = built_in(("U0ADA", "U0BEN"), self_approval=True)
        settings = SlackSettings("xoxb-test", "xapp-test", policy, web.api.base_url, 1, Limits())
        bot = await build(settings, there.house())
        await there.store.lessons.keep(TOLD)
        yield Scene(there, web.api, bot, clock)


def mention(text: str, at: str = "2.0") -> dict[str, Any]:
    event = {"type": "app_mention", "channel": "C1", "ts": at, "user": "U0ADA", "text": f"<@U0AOI> {text}"}
    return {"type": "event_callback", "event_id": f"Ev{at}", "team_id": "T1", "event": event}


async def listed(scene: Scene) -> Message:
    """The list, as Slack shows it at `AT` after somebody asked for it."""
    await scene.send(mention("lessons"))
    while await scene.bot.clerk.step():
        pass
    outbox = scene.night.store.outbox
    (unsent,) = await outbox.unsent(9)
    await outbox.sent(unsent.message.key, unsent.revision, AT, scene.clock.now())
    return unsent.message


async def stored(scene: Scene) -> Lesson:
    found = await scene.night.store.lessons.get("les-1")
    assert found is not None
    return found


def words(message: Message) -> str:
    return "\n".join(block["text"]["text"] for block in message.blocks if block["type"] == "section")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("lessons", ListLessons()),
        ("Lessons?", ListLessons()),
        ("lessons retire les-k3f9", RetireLesson("les-k3f9")),
        ("lesson retire `les-k3f9` it is wrong", RetireLesson("les-k3f9", "it is wrong")),
    ],
)
def test_what_people_say(text: str, meant: object) -> None:
    assert parse(text, "U0AOI") == meant


def test_the_list_says_when_what_and_what_stands_behind_it() -> None:
    card = lessons_card("k", PLACE, [TOLD], START)
    assert complaint("chat.postMessage", {"text": card.text, "blocks": list(card.blocks)}) is None
    _, section, buttons = card.blocks
    assert section["text"]["text"] == (
        "📗 `les-1` ‹it› asks for a tag that was never pushed.\n"
        "When image-pull at a Deployment and a finding says “lease &lt;is&gt; held”: "
        "*roll back the Deployment at fault*. _restarting last_\n"
        "_3 of 3 replays; a lesson from inc-old (22 November, @U0ADA); until 20 Feb 2027, edited by <@U0BEN>_"
    )
    assert [each["value"] for each in buttons["elements"]] == ["les-1", "les-1"]


def test_many_lessons_fit_into_a_message() -> None:
    many = [lesson(f"les-{n}", says="word " * 190) for n in range(40)]
    card = lessons_card("k", PLACE, many, START)
    assert complaint("chat.postMessage", {"text": card.text, "blocks": list(card.blocks)}) is None
    assert "25 more" in str(card.blocks[-1])
    assert "no lessons yet" in str(lessons_card("k", PLACE, [], START).blocks)


def test_a_card_tells_by_which_lesson_the_run_goes() -> None:
    step = Taught(lessons=(TOLD,), guiding=(Word(lesson_id="les-1", says="web <asks> for a tag."),))
    card = status_card(samples.waiting().tell(step).trajectory, PLACE)
    told = words(card)
    assert "*Lessons*\n• By a lesson from inc-old (22 November, <@U0ADA>): web &lt;asks&gt; for a tag." in told
    assert "*Lessons*" not in words(status_card(samples.waiting().trajectory, PLACE))


async def test_retire_by_button_asks_why_and_the_list_follows(scene: Scene) -> None:
    assert "les-1" in words(await listed(scene))
    click = clicked(Press.LESSON_RETIRE, "U0BEN", "les-1")
    click["message"] = {"ts": AT, "thread_ts": "2.0"}
    await scene.send(click)
    view = scene.api.of("views.open")[-1]["view"]
    assert complaint("views.open", {"view": view}) is None
    about = view["private_metadata"]
    await scene.send(submitted(Form.LESSON_RETIRE, about, {"why": "not since May"}, "U0BEN"))
    retired = await stored(scene)
    assert (retired.state, retired.why, retired.edited_by) == (State.RETIRED, "not since May", "U0BEN")
    (row,) = await scene.night.store.audit.of("inc-old")
    assert (row.deed, row.by) == (Deed.LESSON_RETIRED, "U0BEN")
    (again,) = await scene.night.store.outbox.unsent(9)
    assert (again.ts, "no lessons yet" in words(again.message)) == (AT, True)


async def test_edit_by_a_form_that_checks_what_is_written(scene: Scene) -> None:
    await scene.send(clicked(Press.LESSON_EDIT, "U0ADA", "les-1"))
    view = scene.api.of("views.open")[-1]["view"]
    assert complaint("views.open", {"view": view}) is None
    assert "lease <is> held" in json.dumps(view)
    about = view["private_metadata"]
    good = {"says": "The tag is late.", "texts": "lease <is> held", "advice": "Wait.", "days": "30"}
    for name, value, complaint_ in (
        ("days", "soon", "no number of days"),
        ("texts", "<name>", "match nearly anything"),
    ):
        answer = await scene.send(submitted(Form.LESSON_EDIT, about, {**good, name: value}))
        assert complaint_ in json.loads(answer.body)["errors"]["texts"]
    await scene.send(submitted(Form.LESSON_EDIT, about, good))
    edited = await stored(scene)
    assert (edited.says, edited.advice, edited.state) == ("The tag is late.", "Wait.", State.ACTIVE)
    await scene.send(submitted(Form.LESSON_EDIT, about, {**good, "texts": "lease is over"}))
    assert (await stored(scene)).state is State.CANDIDATE


async def test_who_may_not_teach_changes_nothing(scene: Scene) -> None:
    for press in (Press.LESSON_EDIT, Press.LESSON_RETIRE):
        await scene.send(clicked(press, "U0EVE", "les-1"))
    assert [user for user, said in scene.whispers if "You may not decide what AOI learns" in said] == ["U0EVE"] * 2
    assert scene.api.of("views.open") == []
    answers = {"says": "x", "texts": "", "advice": "", "days": "9", "why": ""}
    for form in (Form.LESSON_EDIT, Form.LESSON_RETIRE):
        answer = await scene.send(submitted(form, "les-1 C1 1.0", answers, "U0EVE"))
        assert "Nothing was changed" in answer.body
    assert await stored(scene) == TOLD
    assert await scene.night.store.audit.of("inc-old") == ()


async def test_a_lesson_that_is_not_there_is_told(scene: Scene) -> None:
    await scene.send(clicked(Press.LESSON_EDIT, "U0ADA", "les-gone"))
    ((_, said),) = scene.whispers
    assert "There is no lesson 'les-gone'" in said


async def test_retire_by_words(scene: Scene) -> None:
    known = lesson("les-2", conclude=Conclusion(cause=Cause.IMAGE_PULL, blame=TOLD.conclude.blame))
    await scene.night.store.lessons.keep(known)
    for at, text in (("3.0", "lessons retire les-2 it is wrong"), ("4.0", "lessons retire les-2")):
        await scene.send(mention(text, at))
    while await scene.bot.clerk.step():
        pass
    found = await scene.night.store.lessons.get("les-2")
    assert found is not None
    assert (found.state, found.why) == (State.RETIRED, "it is wrong")
    told = [unsent.message.text for unsent in await scene.night.store.outbox.unsent(9)]
    assert told[0] == "Retired les-2; it guides nobody now."
    assert "The lesson les-2 is retired already" in told[1]
