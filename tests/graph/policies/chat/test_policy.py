"""The chat policy in whole runs, on a real store and over HTTP: whatever the model does, no incident is lost."""

import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from app.lab_drill import DATABASE, empty_database
from bot.cards.blocks import Place
from bot.cards.status import status_card
from domain.approval import Verdict
from domain.decisions import Conclude, Decision
from domain.execution import Improvement
from domain.incident import Budget, Status
from domain.journal import Decided, Noted, Trajectory
from domain.model import CallOutcome, ModelCall
from domain.ports import Sight
from domain.probes import Logs
from graph.model.client import ModelClient
from graph.model.terms import Terms
from graph.model.tokens import estimate
from graph.model.wire import OpenAiServer
from graph.policies.chat.policy import ChatPolicy
from graph.policies.chat.prompt import ObserverPrompt
from graph.policies.playbook import PlaybookPolicy
from lab.reader.perfect import decision, perfect
from tests.fakes import CountingIds, HandClock, ScriptedEyes
from tests.graph.house import house
from tests.graph.model.clients import TERMS, CallBook
from tests.graph.model.server import Fails, Line, Raw, Says, ScriptedModel, Stalls, serving

SUGGESTED = {"why": "It has none.", "do": {"action": "scale", "replicas": 2}}


@dataclass
class Told:
    """A finished run: the journal, the calls of the model, and what the server was asked."""

    run: Trajectory
    calls: tuple[ModelCall, ...]
    model: ScriptedModel

    @property
    def decided(self) -> list[Decided]:
        return [entry.step for entry in self.run.entries if isinstance(entry.step, Decided)]

    @property
    def notes(self) -> list[str]:
        return [entry.step.text for entry in self.run.entries if isinstance(entry.step, Noted)]


@asynccontextmanager
async def policy_on(url: str, terms: Terms) -> AsyncIterator[tuple[ChatPolicy, CallBook]]:
    server, book = OpenAiServer.at(url, "", terms.dialect), CallBook()
    client = ModelClient(server, book, terms, estimate(), HandClock(), CountingIds(), random.Random(1))
    try:
        yield ChatPolicy(client, PlaybookPolicy(), ObserverPrompt(client.counter, CountingIds())), book
    finally:
        await server.close()


async def told(
    folder: Path,
    *lines: Line,
    terms: Terms = TERMS,
    budget: Budget | None = None,
    read_only: bool = False,
    eyes: ScriptedEyes | None = None,
) -> Told:
    """A run to its end; every proposal is approved and carried out."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - a local folder, before anything runs
    (folder / DATABASE).write_bytes(empty_database())
    async with (
        serving(*lines) as (model, url),
        policy_on(url, terms) as (policy, book),
        house(folder, policy, eyes, budget=budget) as home,
        home.executor(),
    ):
        incident = await home.open(namespaces=("shop",), read_only=read_only)
        for _ in range(4):
            run = await home.drive(incident)
            if run.pending is None:
                break
            await home.service.decide(run.pending.id, Verdict.APPROVED, "U2")
        return Told(run, await book.of(incident.id), model)


async def test_a_good_model_repairs_from_the_prompt_alone(tmp_path: Path) -> None:
    seen = await told(tmp_path, perfect)
    assert seen.run.incident.status is Status.RESOLVED
    assert seen.run.diagnosis is not None
    assert str(seen.run.diagnosis.components[0]) == "Deployment shop/checkout"
    assert [step.policy for step in seen.decided] == ["chat", "chat"]
    assert [call.outcome for call in seen.calls] == [CallOutcome.ANSWERED] * 2
    assert all(call.messages and call.prompt_hash for call in seen.calls)


PROSE = "I believe that DNS is the culprit."
ELSEWHERE = decision("", action="probe", namespace="payments", instruction={"probes": [{"probe": "volumes"}]})
NO_PROBE = decision("", action="probe", namespace="shop", instruction={"probes": [{"probe": "ssh"}]})


async def test_a_bad_reply_goes_back_once_and_a_good_one_then_counts(tmp_path: Path) -> None:
    seen = await told(tmp_path, PROSE, perfect)
    assert seen.model.requests[1]["messages"][-2]["role"] == "assistant"
    assert seen.model.requests[1]["messages"][-1]["content"].startswith("That reply cannot be used. ")
    assert seen.run.incident.status is Status.RESOLVED
    assert [step.policy for step in seen.decided] == ["chat", "chat"]
    assert seen.notes == []


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        pytest.param(PROSE, "not one JSON object", id="prose"),
        pytest.param('{"summary": "checkout has no', "not one JSON object", id="half JSON"),
        pytest.param(NO_PROBE, "probe is 'ssh'; known are: ", id="unknown probe"),
        pytest.param(ELSEWHERE, "namespace 'payments'; this incident is only about shop", id="another namespace"),
        pytest.param(Says('{"summary": "che', finish="length"), "cut at its longest", id="truncated"),
        pytest.param(Says("x" * 1_000_000), "", id="1 MB"),
        pytest.param(Says(""), "", id="empty"),
        pytest.param(Raw("<html>"), "", id="html"),
        pytest.param(Fails(400), "HTTP 400", id="HTTP 400"),
        pytest.param(Fails(404), "does not serve the model", id="HTTP 404"),
        pytest.param(Fails(429), "HTTP 429", id="HTTP 429"),
        pytest.param(Fails(500), "HTTP 500", id="HTTP 500"),
        pytest.param(Stalls(), "no reply within", id="stall"),
    ],
)
async def test_where_the_model_fails_the_playbook_carries_on_and_says_so(
    tmp_path: Path, answer: Line, why: str
) -> None:
    seconds = 0.3 if isinstance(answer, Stalls) else TERMS.call_seconds
    seen = await told(tmp_path, answer, terms=replace(TERMS, call_seconds=seconds))
    assert seen.run.incident.status is Status.RESOLVED
    assert {step.policy for step in seen.decided} == {"playbook"}
    assert len(seen.notes) == len(seen.decided)
    assert all(note.startswith("The model did not decide this step, the playbook did. ") for note in seen.notes)
    assert why in seen.notes[0]
    assert all(step.decision.stand_in is not None for step in seen.decided)
    assert seen.calls, "the calls that came to nothing are on record too"
    assert "⚠️ The model did not decide this step, the playbook did." in in_the_thread(seen.run)


def in_the_thread(run: Trajectory) -> str:
    """What people read in the card at the top of the thread."""
    card = status_card(run, Place(run.incident.id, "C1", "1.0"))
    return "\n".join(block["text"]["text"] for block in card.blocks if block["type"] == "section")


async def test_the_model_is_asked_again_at_the_next_step(tmp_path: Path) -> None:
    """One bad step does not end the model's part in the incident."""
    seen = await told(tmp_path, "prose", "prose again", perfect)
    assert [step.policy for step in seen.decided] == ["playbook", "chat"]


async def test_a_ceiling_ends_the_calls_and_the_playbook_goes_on(tmp_path: Path) -> None:
    seen = await told(tmp_path, perfect, budget=Budget(tokens=100))
    assert seen.run.incident.status is Status.RESOLVED
    assert seen.model.requests == []
    assert "the ceiling of 100 tokens for one incident is reached" in seen.notes[0]


async def test_read_only_neither_offers_nor_takes_a_proposal(tmp_path: Path) -> None:
    wish = decision(
        "", action="propose", namespace="shop", target="Deployment shop/checkout", instruction=SUGGESTED
    )
    seen = await told(tmp_path, wish, read_only=True)
    assert seen.run.proposals == ()
    schema = json.dumps(seen.model.requests[0]["response_format"])
    assert '"propose"' not in schema
    assert "This incident is read-only." in seen.model.prompts()[0]


async def test_the_model_probes_and_reads_what_came_of_it(tmp_path: Path) -> None:
    look = decision(
        "",
        action="probe",
        namespace="shop",
        instruction={"probes": [{"probe": "logs", "pod": "checkout-1", "tail": 50}]},
    )
    eyes = ScriptedEyes()
    seen = await told(tmp_path, look, perfect, eyes=eyes)
    assert eyes.probed == [Logs(namespace="shop", pod="checkout-1", tail=50)]
    assert '- Probe logs pod=checkout-1 tail=50: empty. "Nothing there."' in seen.model.prompts()[1]


async def test_a_change_in_vain_can_be_undone_by_name(tmp_path: Path) -> None:
    def undo(case: str) -> str:
        if "can be taken back" not in case:
            return perfect(case)
        do = {"why": "It made things worse.", "do": {"action": "undo"}}
        return decision(case, action="propose", target="Deployment shop/checkout", instruction=do)

    eyes = ScriptedEyes(after=[Improvement.WORSE, Improvement.RESOLVED])
    seen = await told(tmp_path, undo, eyes=eyes)
    assert [proposal.plan.action.action for proposal in seen.run.proposals] == ["scale", "undo"]


@dataclass(frozen=True)
class Stubborn:
    """A stand-in that concludes at once."""

    name: str = "stubborn"

    async def decide(self, sight: Sight) -> Decision:
        return await PlaybookPolicy().decide(sight.model_copy(update={"hypotheses": ()}))


async def test_any_policy_can_stand_in(tmp_path: Path) -> None:
    async with (
        serving(Fails(500)) as (_model, url),
        policy_on(url, TERMS) as (policy, _),
        house(tmp_path, replace(policy, other=Stubborn())) as home,
    ):
        run = await home.drive(await home.open())
    step = next(entry.step for entry in run.entries if isinstance(entry.step, Decided))
    assert isinstance(step.decision, Conclude)
    assert step.policy == "stubborn"
