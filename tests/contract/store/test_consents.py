"""Several people: each counts once, the last one decides, and nobody gets in twice at once."""

import asyncio

import pytest

from domain.approval import Approval, Grant, Verdict, grant
from domain.proposal import Proposal
from domain.terms import Mode, Terms
from store.build import Store
from tests.contract.store.values import EXPIRY, NOW, SOON, opened, proposal

TWO = Terms(rule="two", mode=Mode.APPROVE, approvers=("U2", "U3", "S1"), need=2, glass=("U9",))


def sealed(terms: Terms) -> Proposal:
    fresh = proposal().model_copy(update={"terms": terms})
    return fresh.model_copy(update={"digest": fresh.computed_digest()})


@pytest.fixture(autouse=True)
async def submitted(store: Store) -> None:
    await opened(store)
    await store.approvals.submit(sealed(TWO))


async def approve(store: Store, user: str, glass: bool = False, reason: str = "") -> tuple[bool, bool, Approval]:
    decided = await store.approvals.decide("pro-1", Verdict.APPROVED, user, reason, SOON, glass)
    assert decided is not None
    return decided.won, decided.counted, decided.approval


async def test_the_second_of_two_people_decides(store: Store) -> None:
    won, counted, first = await approve(store, "U2")
    assert (won, counted, first.verdict) == (False, True, Verdict.PENDING)
    assert [consent.user for consent in first.consents] == ["U2"]
    won, counted, second = await approve(store, "U3")
    assert (won, counted, second.verdict, second.decided_by) == (True, True, Verdict.APPROVED, "U3")
    assert second == await store.approvals.approval("pro-1")
    assert isinstance(grant(sealed(TWO), second, SOON), Grant)


async def test_nobody_counts_twice(store: Store) -> None:
    await approve(store, "U2")
    assert (await approve(store, "U2"))[:2] == (False, False)
    approval = await store.approvals.approval("pro-1")
    assert approval is not None
    assert (approval.verdict, len(approval.consents)) == (Verdict.PENDING, 1)


async def test_people_that_the_terms_do_not_name_do_not_decide(store: Store) -> None:
    await store.approvals.submit(sealed(TWO))
    await approve(store, "terminal:eve")
    await approve(store, "terminal:mallory")
    approval = await store.approvals.approval("pro-1")
    assert approval is not None
    assert approval.verdict is Verdict.PENDING


async def test_two_people_at_once_are_two(store: Store, other: Store) -> None:
    """Each replica has to see the other's consent, or both would wait for ever."""
    clicks = await asyncio.gather(approve(store, "U2"), approve(other, "U3"))
    assert sorted(won for won, _, _ in clicks) == [False, True]


async def test_many_clicks_of_one_person_at_once_are_one_person(store: Store, other: Store) -> None:
    clicks = await asyncio.gather(*(approve((store, other)[n % 2], "U2") for n in range(10)))
    assert [won for won, _, _ in clicks] == [False] * 10
    assert sum(counted for _, counted, _ in clicks) == 1


async def test_a_rejection_between_two_approvals_decides(store: Store) -> None:
    await approve(store, "U2")
    await store.approvals.decide("pro-1", Verdict.REJECTED, "U4", "no", SOON)
    assert (await approve(store, "U3"))[:2] == (False, False)


async def test_the_expiry_between_two_approvals_decides(store: Store) -> None:
    await approve(store, "U2")
    late = await store.approvals.decide("pro-1", Verdict.APPROVED, "U3", "", EXPIRY)
    assert late is not None
    assert (late.won, late.counted, late.approval.verdict) == (False, False, Verdict.EXPIRED)


async def test_breaking_the_glass_takes_one_person_and_a_reason(store: Store) -> None:
    assert not (await approve(store, "U2", glass=True, reason="I may not"))[0]
    assert not (await approve(store, "U9", glass=True, reason=" "))[0]
    won, _, approval = await approve(store, "U9", glass=True, reason="The shop burns.")
    assert (won, approval.verdict, approval.reason) == (True, Verdict.APPROVED, "The shop burns.")


async def test_breaking_the_glass_after_an_ordinary_approval_counts(store: Store) -> None:
    await approve(store, "U9")
    won, _, approval = await approve(store, "U9", glass=True, reason="The shop burns.")
    assert (won, approval.verdict, approval.reason) == (True, Verdict.APPROVED, "The shop burns.")
    assert [consent.glass for consent in approval.consents] == [True]
    assert isinstance(grant(sealed(TWO), approval, NOW), Grant)
