"""The clerk: each stored delivery is answered once, and none stops those after it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.approvers import Approvers
from bot.clerk import Clerk
from bot.deliveries import Commanded, Delivery, Mentioned, Reacted, Said, Thumbed, UndoAsked
from bot.replies import Replies
from bot.teacher import Teacher
from bot.thumbs import Thumbs, target_of
from domain.errors import StoreUnavailable
from domain.feedback import Thumb
from domain.incident import Incident, Request
from domain.journal import Rated, Unrated
from domain.policy import built_in
from domain.ports import Received
from tests.bot import samples
from tests.bot.night import Night, night
from tests.bot.server import WebApi, web_api
from tests.fakes import HandClock


@dataclass
class Scene:
    """A clerk and what it answered."""

    night: Night
    api: WebApi
    clerk: Clerk
    clock: HandClock

    async def receive(self, key: str, delivery: Delivery) -> None:
        body = delivery.model_dump(mode="json")
        await self.night.store.inbox.receive(Received(key=key, kind=delivery.kind, body=body, at=self.clock.now()))

    async def work(self) -> int:
        """Work until there is nothing to do; how many deliveries that were."""
        count = 0
        while await self.clerk.step():
            count += 1
        return count

    async def answers(self) -> list[str]:
        return [
            u.message.text for u in await self.night.store.outbox.unsent(50) if u.message.key.startswith("answer:")
        ]


def mentioned(text: str, thread: str = "1.0", length: int = 0) -> Mentioned:
    return Mentioned(
        channel="C1", thread=thread, user="U0ADA", text=f"<@U0AOI> {text}", length=length or len(text)
    )


@pytest.fixture
async def scene(folder: Path) -> AsyncIterator[Scene]:
    clock = HandClock()
    async with night(folder, clock) as there, web_api() as web:
        store = there.store
        thumbs = Thumbs(there.service, store.outbox, clock)
        approvers = Approvers(built_in(("U0ADA",)), web.slack, clock)
        teacher = Teacher(there.learning, approvers, there.curator(approvers))
        replies = Replies(
            there.service, store.outbox, web.slack, thumbs, teacher, store.audit, clock, there.bell, "U0AOI"
        )
        yield Scene(there, web.api, Clerk(store.inbox, replies, clock, there.bell, "me"), clock)


async def test_a_mention_opens_one_incident(scene: Scene) -> None:
    await scene.receive("event:1", mentioned("checkout is down"))
    await scene.receive("event:1", mentioned("checkout is down"))
    assert await scene.work() == 1
    assert len(await scene.night.service.latest(10)) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("help", "What you can say to me"),
        ("status", "Nothing is being looked into"),
        ("incidents", "There are no incidents yet"),
        ("frobnicate", "I do not know the command"),
        ("investigate", "What should I look at?"),
        ("investigate it -n nowhere", "there are: shop"),
    ],
)
async def test_every_mention_is_answered(scene: Scene, text: str, said: str) -> None:
    await scene.receive("event:1", mentioned(text))
    await scene.work()
    (answer,) = await scene.answers()
    assert said in answer


async def test_a_long_message_is_taken_and_said_to_be_cut(scene: Scene) -> None:
    await scene.receive("event:1", mentioned("investigate " + "x " * 3_900, length=50_000))
    await scene.work()
    (answer,) = await scene.answers()
    assert "50,000 characters; I read the first 4,000" in answer
    (incident,) = await scene.night.service.latest(10)
    assert len(incident.question) == 4_000


async def test_a_mention_in_a_known_thread_is_an_answer_not_a_new_incident(scene: Scene) -> None:
    await scene.receive("event:1", mentioned("checkout is down"))
    await scene.receive("event:2", mentioned("why do you think so"))
    await scene.receive("event:3", mentioned("status"))
    await scene.work()
    assert len(await scene.night.service.latest(10)) == 1
    because, standing = await scene.answers()
    assert because.startswith("Because the image")
    assert "Waiting for your decision" in standing


async def test_a_thread_that_is_not_ours_is_left_alone(scene: Scene) -> None:
    await scene.receive("event:1", Said(channel="C1", thread="9.0", user="U0ADA", text="aoi?", length=4))
    assert await scene.work() == 1
    assert await scene.answers() == []
    assert scene.night.service.remarks == []


async def test_a_slash_command_opens_its_thread_once_even_after_a_crash(scene: Scene) -> None:
    """The process dies between the opener and the end: the second try finds the opener."""
    asked = Commanded(channel="C1", thread="", user="U0ADA", text="investigate checkout is down", length=28)
    await scene.receive("command:1", asked)
    await scene.clerk.replies.reply("command:1", asked)
    await scene.work()
    assert len(scene.api.of("chat.postMessage")) == 1
    (incident,) = await scene.night.service.latest(10)
    assert incident.origin.thread == scene.api.messages[0]["ts"]


async def test_undo_and_thumbs_that_lead_nowhere_are_told_to_that_person(scene: Scene) -> None:
    await scene.receive("a:1", UndoAsked(proposal_id="forged", channel="C1", thread="1.0", user="U0EVE"))
    thumb = Thumbed(incident_id="inc-forged", target="outcome", channel="C1", user="U0EVE", thumb=Thumb.UP)
    await scene.receive("a:2", thumb)
    await scene.work()
    told = [(call["user"], call["text"]) for call in scene.api.of("chat.postEphemeral")]
    assert [user for user, _ in told] == ["U0EVE", "U0EVE"]
    assert "do not know" in told[0][1]
    assert "do not know" in told[1][1]


async def test_a_database_that_fails_for_now_is_tried_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    async def locked(request: Request) -> Incident:
        raise StoreUnavailable("The database is locked.")

    monkeypatch.setattr(scene.night.service, "open", locked)
    await scene.receive("event:1", mentioned("checkout is down"))
    await scene.work()
    assert await scene.answers() == []
    monkeypatch.undo()
    await scene.clock.sleep(61)
    assert await scene.work() == 1
    assert len(await scene.night.service.latest(10)) == 1


async def test_a_delivery_that_breaks_the_clerk_stops_nothing_after_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(request: Request) -> Incident:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(scene.night.service, "open", broken)
    old = Received(key="event:0", kind="from-the-past", body={"kind": "from-the-past"}, at=scene.clock.now())
    await scene.night.store.inbox.receive(old)
    await scene.receive("event:1", mentioned("checkout is down"))
    await scene.receive("event:2", mentioned("help"))
    assert await scene.work() == 3
    broke, helped = await scene.answers()
    assert "Something broke in AOI" in broke
    assert "a mistake of ours" not in broke
    assert "What you can say" in helped


async def test_a_reaction_that_is_taken_back_counts_no_more_and_its_history_stays(scene: Scene) -> None:
    await scene.receive("event:1", mentioned("checkout is down"))
    await scene.work()
    store = scene.night.store
    (card, *_) = [u for u in await store.outbox.unsent(9) if u.message.key.startswith("status:")]
    await store.outbox.sent(card.message.key, card.revision, "9.9", scene.clock.now())
    (incident,) = await scene.night.service.latest(1)
    seen = []
    for number, (thumb, added) in enumerate(
        [(Thumb.UP, True), (Thumb.DOWN, True), (Thumb.DOWN, False), (Thumb.UP, False)]
    ):
        reacted = Reacted(channel="C1", ts="9.9", user="U0ADA", thumb=thumb, added=added)
        await scene.clock.sleep(1)
        await scene.receive(f"event:r{number}", reacted)
        await scene.work()
        trajectory = await scene.night.service.trajectory(incident.id)
        assert trajectory is not None
        seen.append([feedback.thumb for feedback in trajectory.feedback])
    assert seen == [[Thumb.UP], [Thumb.DOWN], [Thumb.UP], []]
    assert trajectory is not None
    assert sum(isinstance(entry.step, Rated | Unrated) for entry in trajectory.entries) == 4


def test_a_reaction_is_about_what_the_card_shows() -> None:
    trajectory = samples.resolved().trajectory
    assert target_of("status:inc-4k7q", trajectory) == "outcome"
    assert target_of("result:prop-81xz", trajectory) == "outcome"
    assert target_of("proposal:prop-81xz", trajectory) == "step:6"
    assert target_of("proposal:forged", trajectory) == "outcome"
