"""The audit: a row for each decision and execution, and no way to change one unseen."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from sqlalchemy import text

from domain.approval import Grant, Verdict, grant
from domain.audit import Deed, Head, Record, flaws
from domain.errors import StoreUnavailable
from domain.execution import Effect
from domain.terms import Mode, Terms
from store.build import Store
from store.engine import connect
from store.urls import parse
from tests.contract.store.values import LATE, NOW, SOON, approved, opened, proposal

ONE = Terms(rule="one", mode=Mode.APPROVE, approvers=("U2",))
Tamper = Callable[[str], Awaitable[None]]


@pytest.fixture
async def tamper(url: str) -> AsyncIterator[Tamper]:
    """What somebody with the right to write to the database may do."""
    database = connect(parse(url))

    async def run(statements: str) -> None:
        def work(session: object) -> None:
            for statement in statements.split(";"):
                session.connection().execute(text(statement))  # type: ignore[attr-defined]

        await database.write(work)

    yield run
    await database.close()


def note(number: int) -> Record:
    return Record(deed=Deed.DONE, by="exec", at=NOW, proposal_id=f"pro-{number}", digest="d", rule="r")


async def noted(store: Store, count: int) -> Head:
    for number in range(1, count + 1):
        link = await store.audit.append(note(number))
    return Head(seq=link.seq, hash=link.hash)


async def found(store: Store, known: Head | None = None) -> list[str]:
    return [flaw.what for flaw in flaws(*await store.audit.chain(), known)]


async def deeds(store: Store) -> list[tuple[str, str]]:
    links, _ = await store.audit.chain()
    records = [Record.model_validate_json(link.text) for link in links]
    return [(record.deed.value, record.by) for record in records]


async def test_each_step_of_a_write_is_a_row(store: Store) -> None:
    given = await approved(store)
    await store.ledger.request(given, SOON)
    await store.ledger.take("exec", SOON, 60)
    await store.ledger.intend("pro-1", "exec", SOON)
    await store.ledger.finish("pro-1", "exec", Effect.DONE, "Changed it.", SOON)
    assert await deeds(store) == [
        ("proposed", "playbook"),
        ("consented", "U2"),
        ("approved", "U2"),
        ("granted", "U2"),
        ("intended", "exec"),
        ("done", "exec"),
    ]
    assert await found(store) == []
    told = await store.audit.of("inc-1")
    assert {record.digest for record in told} == {proposal().digest}
    assert told[-1].detail == "Changed it."


async def test_what_is_said_again_is_no_second_row(store: Store) -> None:
    given = await approved(store)
    await store.approvals.submit(proposal())
    await store.ledger.request(given, SOON)
    await store.ledger.request(given, SOON)
    await store.approvals.decide("pro-1", Verdict.APPROVED, "U2", "", SOON)
    assert not await store.ledger.intend("pro-1", "somebody else", SOON)
    assert len(await deeds(store)) == 4


async def test_expiries_and_withdrawals_are_rows_too(store: Store) -> None:
    given = await approved(store)
    await store.ledger.request(given, SOON)
    await store.ledger.withdraw("pro-1", "Nobody came.", SOON)
    for number in (2, 3):
        await store.approvals.submit(proposal(f"pro-{number}", revision=number))
    await store.approvals.expire(LATE)
    assert (await deeds(store))[4:] == [
        ("refused", "time"),
        ("proposed", "playbook"),
        ("proposed", "playbook"),
        ("expired", "time"),
        ("expired", "time"),
    ]


async def test_several_writers_stand_in_one_line(store: Store, other: Store) -> None:
    stores = (store, other)
    await asyncio.gather(*(stores[n % 2].audit.append(note(n)) for n in range(40)))
    links, head = await store.audit.chain()
    assert [link.seq for link in links] == list(range(1, 41))
    assert head is not None
    assert head.seq == 40
    assert await found(store) == []


async def test_decisions_of_several_replicas_stand_in_one_line(store: Store, other: Store) -> None:
    await opened(store)
    for number in range(10):
        await store.approvals.submit(proposal(f"pro-{number}", revision=number + 1))
    await asyncio.gather(
        *(
            each.approvals.decide(f"pro-{number}", Verdict.REJECTED, f"U{number}", "", SOON)
            for number in range(10)
            for each in (store, other)
        )
    )
    assert len(await deeds(store)) == 20
    assert await found(store) == []


@pytest.mark.parametrize(
    ("deed", "told"),
    [
        ("UPDATE audit SET text = replace(text, 'exec', 'eve') WHERE seq = 3", ["row 3 was altered"]),
        ("UPDATE audit SET hash = 'f00' WHERE seq = 3", ["row 3 was altered", "row 4 does not follow row 3"]),
        ("DELETE FROM audit WHERE seq = 3", ["row 3 was removed"]),
        ("DELETE FROM audit WHERE seq IN (2, 3)", ["rows 2 to 3 were removed"]),
        ("DELETE FROM audit WHERE seq = 1", ["row 1 was removed"]),
        ("DELETE FROM audit WHERE seq > 3", ["rows 4 to 5 were removed"]),
        ("DELETE FROM audit_head", ["the head of the chain was removed"]),
        ("DELETE FROM audit", ["rows 1 to 5 were removed"]),
        (
            "UPDATE audit SET seq = 99 WHERE seq = 2;UPDATE audit SET seq = 2 WHERE seq = 4;"
            "UPDATE audit SET seq = 4 WHERE seq = 99",
            ["row 2 was row 4; rows were reordered", "row 3 does not follow", "row 4 was row 2", "row 5 does not"],
        ),
        ("UPDATE audit_head SET seq = 3", ["row 5 is not what the head of the chain says"]),
    ],
)
async def test_tampering_is_found_at_its_place(store: Store, tamper: Tamper, deed: str, told: list[str]) -> None:
    await noted(store, 5)
    assert await found(store) == []
    await tamper(deed)
    flawed = await found(store)
    assert [words for flaw, words in zip(flawed, told, strict=True) if not flaw.startswith(words)] == []


async def test_a_chain_made_anew_shows_against_a_head_that_was_noted(store: Store, tamper: Tamper) -> None:
    """Whoever can write every row can seal them, too; only what was noted elsewhere tells."""
    head = await noted(store, 5)
    await tamper("DELETE FROM audit;DELETE FROM audit_head")
    await noted(store, 4)
    assert await found(store) == []
    assert await found(store, head) == ["the chain ends before row 5, which was noted; rows were removed"]
    await store.audit.append(note(6))
    assert await found(store, head) == ["row 5 is not the one that was noted; the chain was made anew"]


async def test_what_cannot_be_put_on_record_is_not_decided_either(store: Store, tamper: Tamper) -> None:
    """A chain that would begin again beside the old one is refused, and the decision with it."""
    await opened(store)
    await store.approvals.submit(proposal())
    await tamper("DELETE FROM audit_head")
    with pytest.raises(StoreUnavailable, match="aoi audit verify"):
        await store.approvals.decide("pro-1", Verdict.APPROVED, "U2", "", SOON)
    approval = await store.approvals.approval("pro-1")
    assert approval is not None
    assert (approval.verdict, approval.consents) == (Verdict.PENDING, ())


async def test_the_newest_of_a_deed(store: Store) -> None:
    assert await store.audit.newest("done") is None
    await noted(store, 2)
    assert await store.audit.newest("done") == note(2)


async def test_the_rules_used_within_an_hour(store: Store) -> None:
    """Writes that may have happened count; those without terms belong to no rule."""
    await opened(store)
    for number, terms in enumerate((ONE, ONE, None), 1):
        fresh = proposal(f"pro-{number}", revision=number).model_copy(update={"terms": terms})
        fresh = fresh.model_copy(update={"digest": fresh.computed_digest()})
        await store.approvals.submit(fresh)
        decided = await store.approvals.decide(fresh.id, Verdict.APPROVED, "U2", "", SOON)
        assert decided is not None
        given = grant(fresh, decided.approval, SOON)
        assert isinstance(given, Grant)
        await store.ledger.request(given, SOON)
        await store.ledger.take("exec", SOON, 60)
        await store.ledger.intend(fresh.id, "exec", SOON)
    assert await store.ledger.rules_used(NOW, "") == ("one", "one")
    assert await store.ledger.rules_used(NOW, "pro-1") == ("one",)
    assert await store.ledger.rules_used(SOON, "") == ()
    await store.ledger.finish("pro-1", "exec", Effect.REFUSED, "No.", SOON)
    assert await store.ledger.rules_used(NOW, "") == ("one",)
