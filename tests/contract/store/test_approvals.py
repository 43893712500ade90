"""Approvals: decided once, in time, by whoever came first."""

import asyncio
from datetime import datetime

import pytest

from domain.approval import Approval, Verdict
from store.build import Store
from tests.contract.store.values import EXPIRY, LATE, NOW, SOON, opened, proposal


@pytest.fixture(autouse=True)
async def submitted(store: Store) -> None:
    await opened(store)
    await store.approvals.submit(proposal())


async def test_a_proposal_waits_as_it_was_shown(store: Store) -> None:
    shown = await store.approvals.proposal("pro-1")
    assert shown == proposal()
    assert shown.computed_digest() == shown.digest
    pending = Approval(proposal_id="pro-1", digest=proposal().digest, verdict=Verdict.PENDING)
    assert await store.approvals.approval("pro-1") == pending


async def test_submitting_again_does_not_reopen_a_decision(store: Store) -> None:
    await store.approvals.decide("pro-1", Verdict.REJECTED, "U2", "too risky", SOON)
    again = await store.approvals.submit(proposal())
    assert (again.verdict, again.reason) == (Verdict.REJECTED, "too risky")


async def test_the_decision_says_who_when_and_why(store: Store) -> None:
    decided = await store.approvals.decide("pro-1", Verdict.REJECTED, "U2", "not\x00now", SOON)
    assert decided is not None
    assert decided.won
    assert decided.approval == await store.approvals.approval("pro-1")
    assert decided.approval.decided_by == "U2"
    assert decided.approval.decided_at == SOON
    assert decided.approval.reason == "not\N{REPLACEMENT CHARACTER}now"


async def test_the_second_decision_loses_and_learns_of_the_first(store: Store, other: Store) -> None:
    await store.approvals.decide("pro-1", Verdict.APPROVED, "U2", "", NOW)
    second = await other.approvals.decide("pro-1", Verdict.REJECTED, "U3", "no", SOON)
    assert second is not None
    assert not second.won
    assert (second.approval.verdict, second.approval.decided_by) == (Verdict.APPROVED, "U2")


async def test_the_same_click_twice_wins_once(store: Store) -> None:
    clicks = [await store.approvals.decide("pro-1", Verdict.APPROVED, "U2", "", NOW) for _ in range(2)]
    assert [click is not None and click.won for click in clicks] == [True, False]


async def test_of_many_clicks_at_once_one_wins(store: Store, other: Store) -> None:
    stores = (store, other)
    verdicts = (Verdict.APPROVED, Verdict.REJECTED, Verdict.SUPERSEDED)
    decided = await asyncio.gather(
        *(stores[n % 2].approvals.decide("pro-1", verdicts[n % 3], f"U{n}", "", NOW) for n in range(30))
    )
    winners = [answer.approval for answer in decided if answer is not None and answer.won]
    assert len(winners) == 1
    assert {answer.approval for answer in decided if answer is not None} == set(winners)


@pytest.mark.parametrize("verdict", [Verdict.APPROVED, Verdict.REJECTED, Verdict.SUPERSEDED])
@pytest.mark.parametrize("at", [EXPIRY, LATE])
async def test_after_the_expiry_time_has_decided(store: Store, verdict: Verdict, at: datetime) -> None:
    decided = await store.approvals.decide("pro-1", verdict, "U2", "a reason", at)
    assert decided is not None
    assert not decided.won
    assert decided.approval.verdict is Verdict.EXPIRED
    assert (decided.approval.decided_by, decided.approval.reason) == (None, "")


async def test_expire_marks_what_is_past_its_time_once(store: Store) -> None:
    await store.approvals.submit(proposal("pro-2", revision=2))
    await store.approvals.submit(proposal("pro-3", revision=3))
    await store.approvals.decide("pro-3", Verdict.APPROVED, "U2", "", SOON)
    assert await store.approvals.expire(SOON) == ()
    assert await store.approvals.expire(EXPIRY) == ("inc-1",)
    assert await store.approvals.expire(LATE) == ()
    verdicts = [await store.approvals.approval(f"pro-{n}") for n in (1, 2, 3)]
    assert [a.verdict for a in verdicts if a] == [Verdict.EXPIRED, Verdict.EXPIRED, Verdict.APPROVED]


async def test_an_unknown_proposal_is_none(store: Store) -> None:
    assert await store.approvals.proposal("pro-9") is None
    assert await store.approvals.approval("pro-9") is None
    assert await store.approvals.decide("pro-9", Verdict.APPROVED, "U2", "", NOW) is None


async def test_pending_is_no_decision(store: Store) -> None:
    with pytest.raises(ValueError, match="decides nothing"):
        await store.approvals.decide("pro-1", Verdict.PENDING, "U2", "", NOW)
