"""A model client on a scripted server, with a ledger of calls in memory."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from domain.cluster import Scope
from domain.incident import Budget, Incident, Origin, Status
from domain.model import Allowance, Ceilings, ModelCall, Spent
from graph.model.client import ModelClient
from graph.model.terms import Terms
from graph.model.tokens import estimate
from graph.model.wire import OpenAiServer
from tests.fakes import START, CountingIds, HandClock
from tests.graph.model.server import MODEL, Line, ScriptedModel, serving

TERMS = Terms(model=MODEL, call_seconds=5, reply_tokens=100)


@dataclass
class CallBook:
    """`domain.ports.ModelCalls` in memory; the contract suite holds the real ones."""

    calls: dict[str, ModelCall] = field(default_factory=dict)

    async def reserve(self, call: ModelCall, ceilings: Ceilings) -> Allowance:
        spent = [other.spent for other in self.calls.values()]
        total = Spent(
            tokens=sum(s.tokens for s in spent),
            cost=sum(s.cost for s in spent),
            seconds=sum(s.seconds for s in spent),
        )
        refused = ceilings.refuses(call.spent, total, total)
        if refused is None:
            self.calls[call.id] = call
        return Allowance(refused=refused, seconds_left=ceilings.incident_seconds - total.seconds)

    async def settle(self, call: ModelCall) -> None:
        self.calls[call.id] = call

    async def of(self, incident_id: str) -> tuple[ModelCall, ...]:
        return tuple(call for call in self.calls.values() if call.incident_id == incident_id)


@dataclass
class Bench:
    """What a test of the client holds in its hands."""

    client: ModelClient
    model: ScriptedModel
    book: CallBook
    clock: HandClock

    @property
    def calls(self) -> list[ModelCall]:
        return list(self.book.calls.values())


@asynccontextmanager
async def bench(*lines: Line, terms: Terms = TERMS) -> AsyncIterator[Bench]:
    """A client of a server that follows the script."""
    async with serving(*lines) as (model, url):
        server = OpenAiServer.at(url, "secret-key", terms.dialect)
        book, clock = CallBook(), HandClock()
        client = ModelClient(server, book, terms, estimate(), clock, CountingIds(), random.Random(1))
        try:
            yield Bench(client, model, book, clock)
        finally:
            await server.close()


def with_terms(bench: Bench, **changes: object) -> ModelClient:
    """The same client under other terms."""
    return replace(bench.client, terms=replace(bench.client.terms, **changes))  # type: ignore[arg-type]


def incident(tokens: int = 200_000) -> Incident:
    return Incident(
        id="inc-1",
        origin=Origin(surface="terminal"),
        question="checkout is down",
        scope=Scope(namespaces=("shop",)),
        budget=Budget(tokens=tokens),
        policy="chat",
        graph_version=1,
        status=Status.INVESTIGATING,
        created_at=START,
        updated_at=START,
    )
