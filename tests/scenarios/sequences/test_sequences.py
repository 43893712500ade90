"""No sequence of events leads to a write that nobody approved; and a broken AOI is found out.

`make test` plays a few dozen sequences, always the same; `make test-deep` plays thousands, and others each time.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from bot.approvers import Allowed, Approvers
from domain import approval
from domain.actions import Action
from domain.approval import Grant
from store.build import open_store
from tests.scenarios.sequences.machine import CLICKS, WORK, WORLD, Sequences
from tools.executor import attempt
from tools.guardrails.service import Guardrails
from tools.standing import Standing

pytestmark = pytest.mark.timeout(300)
BASE = settings(deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
QUICK = settings(BASE, max_examples=25, stateful_step_count=18)
BROKEN = settings(BASE, max_examples=200, stateful_step_count=6, phases=[Phase.generate])
DEEP = settings(BASE, derandomize=False, max_examples=3_000, stateful_step_count=40, print_blob=True)


@pytest.fixture(scope="module", autouse=True)
def blank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A migrated database to copy. What people do in vain is warned of; here it is most of what they do."""
    path = tmp_path_factory.mktemp("blank") / "aoi.db"

    async def migrate() -> None:
        await (await open_store(f"sqlite:///{path}")).close()

    asyncio.run(migrate())
    Sequences.blank = Path(path)
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def test_no_sequence_of_events_leads_to_a_write_without_a_matching_approval() -> None:
    effects, approved = Sequences.effects, Sequences.approved
    run_state_machine_as_test(Sequences, settings=QUICK)
    assert Sequences.effects > effects, "something was done"
    assert Sequences.approved - approved > Sequences.effects - effects, "and something approved was not"


@pytest.mark.deep
@pytest.mark.timeout(3_600)
def test_no_sequence_of_thousands_does() -> None:
    run_state_machine_as_test(Sequences, settings=DEEP)


class Queued(Sequences):
    """Begins with a write that is approved and asked for, whose bot died before it heard what came of it."""

    events = (*WORLD, *WORK)

    def begin(self, held: str, wish: Action) -> None:
        self.yard.bot_rules = self.yard.api.executor_rules = held
        self.history = [f"{held}: {wish.action}, queued"]
        proposal_id = self.run(self.yard.propose(wish))
        self.who_may_approve_does(0)
        self.run(self.yard.request(proposal_id))


class InAGroup(Sequences):
    """Begins with a proposal that the members of a group may approve."""

    events = CLICKS

    def begin(self, held: str, wish: Action) -> None:
        self.yard.bot_rules = self.yard.api.executor_rules = "a group"
        self.history = [f"a group: {wish.action}"]
        self.run(self.yard.propose(wish))


def _grants(proposal: Any, decided: Any, now: Any) -> Grant:
    return Grant(proposal, "U0ADA", approval._SEAL)


async def _anybody(self: Approvers, *asked: Any) -> Allowed:
    return Allowed()


BREAKS: dict[str, tuple[type[Sequences], str, Callable[[pytest.MonkeyPatch], None]]] = {
    "an executor that does not check the grant": (
        Queued,
        "it had expired",
        lambda patch: patch.setattr(attempt, "grant", _grants),
    ),
    "an executor that asks no policy": (
        Queued,
        "policy is another one",
        lambda patch: patch.setattr(Guardrails, "executable", lambda *asked: None),
    ),
    "an executor that does not look at the object": (
        Queued,
        "the object",
        lambda patch: patch.setattr(attempt, "standing", lambda *asked: Standing.READY),
    ),
    "a desk that believes everybody": (
        InAGroup,
        "was told that",
        lambda patch: patch.setattr(Approvers, "may_approve", _anybody),
    ),
}


@pytest.mark.parametrize("name", list(BREAKS))
def test_a_broken_aoi_is_found_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    machine, fault, broken = BREAKS[name]
    broken(monkeypatch)
    with pytest.raises(AssertionError) as found:
        run_state_machine_as_test(machine, settings=BROKEN)
    assert fault in str(found.value)
