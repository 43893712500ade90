"""The outbox: what Slack should show, and what it shows."""

import asyncio
from datetime import timedelta

from domain.ports import Unsent
from store.build import Store
from tests.contract.store.values import NOW, SOON, message

LATER = NOW + timedelta(minutes=1)


async def keys(store: Store) -> list[str]:
    return [unsent.message.key for unsent in await store.outbox.unsent(10)]


async def test_a_wish_is_unsent_until_slack_shows_it(store: Store) -> None:
    assert await store.outbox.want(message(), NOW)
    assert await store.outbox.unsent(10) == (Unsent(message=message(), revision=1, ts=None, attempted=False),)
    await store.outbox.sent(message().key, 1, "7.7", SOON)
    assert await store.outbox.unsent(10) == ()


async def test_the_same_wish_again_changes_nothing(store: Store) -> None:
    await store.outbox.want(message(), NOW)
    assert not await store.outbox.want(message(), SOON)
    await store.outbox.sent(message().key, 1, "7.7", SOON)
    assert not await store.outbox.want(message(), LATER)
    assert await store.outbox.unsent(10) == ()


async def test_a_new_wish_is_an_update_of_the_posted_message(store: Store) -> None:
    await store.outbox.want(message(), NOW)
    await store.outbox.sent(message().key, 1, "7.7", NOW)
    assert await store.outbox.want(message(text="Found it"), SOON)
    assert await store.outbox.unsent(10) == (
        Unsent(message=message(text="Found it"), revision=2, ts="7.7", attempted=False),
    )


async def test_a_wish_that_came_during_the_post_is_still_unsent(store: Store) -> None:
    await store.outbox.want(message(), NOW)
    await store.outbox.attempt(message().key, "a", NOW, 12)
    await store.outbox.want(message(text="Found it"), SOON)
    await store.outbox.sent(message().key, 1, "7.7", SOON)
    assert [(u.revision, u.ts) for u in await store.outbox.unsent(10)] == [(2, "7.7")]


async def test_an_answer_that_was_lost_leaves_its_mark(store: Store) -> None:
    await store.outbox.want(message(), NOW)
    await store.outbox.attempt(message().key, "a", NOW, 12)
    assert [u.attempted for u in await store.outbox.unsent(10)] == [True]
    await store.outbox.sent(message().key, 1, "7.7", SOON)
    await store.outbox.want(message(text="Found it"), SOON)
    assert [u.attempted for u in await store.outbox.unsent(10)] == [False]


async def test_an_old_answer_does_not_turn_back_a_newer_one(store: Store) -> None:
    await store.outbox.want(message(), NOW)
    await store.outbox.want(message(text="Found it"), NOW)
    await store.outbox.sent(message().key, 2, "8.8", SOON)
    await store.outbox.sent(message().key, 1, "7.7", LATER)
    assert await store.outbox.unsent(10) == ()
    assert await store.outbox.at("C1", "8.8") == message(text="Found it")
    assert await store.outbox.at("C1", "7.7") is None


async def test_dropped_is_not_tried_until_it_changes(store: Store) -> None:
    await store.outbox.want(message(), NOW)
    await store.outbox.attempt(message().key, "a", NOW, 12)
    await store.outbox.drop(message().key, "invalid_blocks", NOW)
    assert await store.outbox.unsent(10) == ()
    assert not await store.outbox.want(message(), SOON)
    assert await store.outbox.want(message(text="shorter"), SOON)
    assert [u.revision for u in await store.outbox.unsent(10)] == [2]


async def test_a_refused_update_is_dropped_without_an_attempt_on_record(store: Store) -> None:
    await store.outbox.want(message(), NOW)
    await store.outbox.attempt(message().key, "a", NOW, 12)
    await store.outbox.sent(message().key, 1, "7.7", NOW)
    await store.outbox.want(message(text="too long"), NOW)
    await store.outbox.drop(message().key, "msg_too_long", SOON)
    assert await store.outbox.unsent(10) == ()


async def test_a_wish_that_came_during_a_refused_post_stands(store: Store) -> None:
    await store.outbox.want(message(), NOW)
    await store.outbox.attempt(message().key, "a", NOW, 12)
    await store.outbox.want(message(text="shorter"), SOON)
    await store.outbox.drop(message().key, "invalid_blocks", SOON)
    assert [u.revision for u in await store.outbox.unsent(10)] == [2]


async def test_oldest_wish_first_and_a_lively_card_keeps_its_place(store: Store) -> None:
    await store.outbox.want(message("status:a"), NOW)
    await store.outbox.want(message("status:b"), SOON)
    await store.outbox.want(message("proposal:b"), SOON)
    await store.outbox.want(message("status:a", text="again"), LATER)
    assert await keys(store) == ["status:a", "status:b", "proposal:b"]
    assert len(await store.outbox.unsent(2)) == 2
    await store.outbox.sent("status:a", 2, "7.7", LATER)
    await store.outbox.want(message("status:a", text="and again"), LATER)
    assert await keys(store) == ["status:b", "proposal:b", "status:a"]


async def test_a_message_is_found_where_slack_shows_it(store: Store) -> None:
    await store.outbox.want(message(), NOW)
    await store.outbox.want(message("status:2", channel="C2"), NOW)
    await store.outbox.sent(message().key, 1, "7.7", NOW)
    await store.outbox.sent("status:2", 1, "7.7", NOW)
    assert await store.outbox.at("C1", "7.7") == message()
    assert await store.outbox.at("C3", "7.7") is None


async def test_wishes_at_once_are_counted_one_by_one(store: Store, other: Store) -> None:
    stores = (store, other)
    await asyncio.gather(*(stores[n % 2].outbox.want(message(text=str(n)), NOW) for n in range(40)))
    assert [u.revision for u in await store.outbox.unsent(10)] == [40]


async def test_of_two_senders_one_posts_and_the_other_takes_over_when_it_is_gone(store: Store) -> None:
    await store.outbox.want(message(), NOW)
    assert await store.outbox.attempt(message().key, "a", NOW, 12)
    assert not await store.outbox.attempt(message().key, "b", NOW + timedelta(seconds=11), 12)
    assert await store.outbox.attempt(message().key, "a", NOW + timedelta(seconds=11), 12)
    assert await store.outbox.attempt(message().key, "b", NOW + timedelta(seconds=24), 12)


async def test_what_is_sent_is_not_claimed_again(store: Store) -> None:
    await store.outbox.want(message(), NOW)
    await store.outbox.sent(message().key, 1, "7.7", NOW)
    assert not await store.outbox.attempt(message().key, "b", SOON, 12)
