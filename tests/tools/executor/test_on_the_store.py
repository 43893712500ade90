"""The same promise with the real tables: killed at any await, one effect, and the ledger knows it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain.approval import Grant, Verdict, grant
from domain.execution import Effect
from domain.incident import Incident, Origin, Status
from domain.ports import Approvals, Ledger
from store.build import Store, open_store
from tests.fakes import START
from tests.tools.api import TinyApi
from tests.tools.executor.test_crash import moments_of
from tests.tools.hands import SHOP, STALE_SECONDS, Workshop
from tests.tools.interrupt import Interrupter, Killed
from tests.tools.samples import SAMPLES
from tools.cluster.dryrun import DryRun
from tools.executor.service import Executor

INCIDENT = Incident(
    id="inc-1",
    origin=Origin(surface="terminal"),
    question="Why?",
    scope=SHOP,
    policy="playbook",
    graph_version=1,
    status=Status.ACTING,
    created_at=START,
    updated_at=START,
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path}/aoi.db")
    await opened.incidents.open(INCIDENT, "question")
    yield opened
    await opened.close()


async def queued(shop: Workshop, store: Store, name: str, number: int) -> str:
    """The sample proposed, approved and requested in the database."""
    plan = await shop.planned(SAMPLES[name])
    drafted = shop.approvals.proposals[await shop.approved(plan)]
    values = {field: getattr(drafted, field) for field in type(drafted).model_fields if field != "digest"}
    proposal = type(drafted).of(**values | {"id": f"prop-{number}"})
    await store.approvals.submit(proposal)
    decided = await store.approvals.decide(proposal.id, Verdict.APPROVED, "U1", "", shop.clock.now())
    assert decided is not None
    right = grant(proposal, decided.approval, shop.clock.now())
    assert isinstance(right, Grant)
    await store.ledger.request(right, shop.clock.now())
    return proposal.id


def on(shop: Workshop, name: str, ledger: Ledger, approvals: Approvals) -> Executor:
    return replace(shop.executor(name), ledger=ledger, approvals=approvals)


async def test_killed_at_any_moment(store: Store) -> None:
    for at in range(await moments_of("set_image")):
        api = TinyApi.shop()
        shop = Workshop(source=api.writer, dry_run=DryRun(api.connection), hands=api.writer)
        proposal_id = await queued(shop, store, "set_image", at)
        interrupter = Interrupter(at=at)
        first = on(shop, "one", interrupter.watch(store.ledger), interrupter.watch(store.approvals))
        with pytest.raises(Killed):
            await replace(first, hands=interrupter.watch(shop.hands)).run_once()
        shop.clock.at += timedelta(seconds=STALE_SECONDS + 1)
        second = on(shop, "two", store.ledger, store.approvals)
        while await second.run_once():
            pass
        row = await store.ledger.get(proposal_id)
        where = f"killed {interrupter.moments[at]} (moment {at})"
        assert row is not None
        assert row.effect is Effect.DONE, where
        assert len(api.effects) == 1, where
