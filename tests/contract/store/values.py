"""Incidents, proposals and messages to put into a store."""

from datetime import UTC, datetime, timedelta

from domain.approval import Grant, Verdict, grant
from domain.cluster import Scope
from domain.incident import Incident, Origin, Status
from domain.journal import Noted
from domain.ports import Message, Received
from domain.proposal import Proposal
from store.build import Store
from tests.fakes import SCALE_UP, plan_of

NOW = datetime(2026, 11, 22, 3, 0, 0, 250_000, tzinfo=UTC)
SOON = NOW + timedelta(seconds=1)
EXPIRY = NOW + timedelta(minutes=15)
LATE = EXPIRY + timedelta(microseconds=1)


def incident(name: str = "inc-1", thread: str = "1.1", at: datetime = NOW) -> Incident:
    return Incident(
        id=name,
        origin=Origin(surface="slack", channel="C1", thread=thread, user="U1"),
        question="Why is checkout down? “naïve” \x00 🙂",
        scope=Scope(namespaces=("shop", "shop-db")),
        policy="playbook",
        graph_version=3,
        status=Status.RECEIVED,
        created_at=at,
        updated_at=at,
    )


def proposal(name: str = "pro-1", incident_id: str = "inc-1", revision: int = 1) -> Proposal:
    return Proposal.of(
        id=name,
        incident_id=incident_id,
        revision=revision,
        plan=plan_of(SCALE_UP),
        why="it has no replicas",
        cites=("f-1", "f-2"),
        proposed_by="playbook",
        created_at=NOW,
        expires_at=EXPIRY,
    )


def note(text: str = "hello") -> Noted:
    return Noted(by="U1", text=text)


def message(key: str = "status:inc-1", text: str = "Looking", channel: str = "C1") -> Message:
    block = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    return Message(key=key, incident_id="inc-1", channel=channel, thread="1.1", text=text, blocks=(block,))


def delivery(key: str) -> Received:
    return Received(key=key, kind="event", body={"event": {"text": "help \x00", "n": [1, 2.5, None]}}, at=NOW)


async def opened(store: Store, name: str = "inc-1", at: datetime = NOW) -> Incident:
    """An incident that is in the store."""
    return await store.incidents.open(incident(name, at=at), key=f"key of {name}")


async def approved(store: Store, name: str = "pro-1") -> Grant:
    """A grant for a proposal that is in the store and was approved."""
    await opened(store)
    await store.approvals.submit(proposal(name))
    decided = await store.approvals.decide(name, Verdict.APPROVED, "U2", "", SOON)
    assert decided is not None
    given = grant(proposal(name), decided.approval, SOON)
    assert isinstance(given, Grant)
    return given
