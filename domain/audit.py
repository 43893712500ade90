"""The audit: an append-only chain of what was decided and done, in which every row seals the one before it.

A row that is altered, removed or moved breaks the chain at its place. Who can rewrite every row and the head can
make a chain anew; that shows against a head that was noted elsewhere, as `aoi audit verify` prints it.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.base import Value

GENESIS = "0" * 64
"""What the first row follows."""


class Deed(StrEnum):
    """What is on record."""

    PROPOSED = "proposed"
    CONSENTED = "consented"
    """One of several people approved."""
    BROKE_GLASS = "broke-glass"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    DENIED = "denied"
    """A click was refused: of somebody who may not, from elsewhere, too late, repeated, or on nothing we know."""
    GRANTED = "granted"
    """The approval became the right to one write."""
    INTENDED = "intended"
    """An executor is about to write."""
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """Executions, as they ended."""
    POLICY = "policy"
    """A process began with another policy than the one before."""
    PROMOTED = "promoted"
    """Another model adapter serves."""
    LEARNED = "learned"
    """A lesson was judged and guides from now on."""
    LESSON_EDITED = "lesson-edited"
    LESSON_RETIRED = "lesson-retired"
    ROLLED_BACK = "rolled-back"
    """What served before an adapter serves again."""
    TRAINED = "trained"
    """Somebody asked for a retrain, cancelled one, or decided on its candidate."""


class Record(Value):
    """Who did what, when, on which digest, by which rule."""

    deed: Deed
    by: str
    """A Slack user, `terminal:NAME`, `rule:NAME`, a process, or `time`."""
    at: datetime
    incident_id: str = ""
    proposal_id: str = ""
    digest: str = ""
    """Of the proposal, or of the policy or adapter that is now in force."""
    rule: str = ""
    """The rule of the policy that decided; empty where none did."""
    detail: str = ""


class Link(Value):
    """One row of the chain."""

    seq: int
    """Counts from 1 without gaps."""
    prior: str
    """Hash of the row before."""
    hash: str
    text: str
    """The record as JSON, as it was sealed."""


class Head(Value):
    """Where the chain ends."""

    seq: int
    hash: str


@dataclass(frozen=True)
class Flaw:
    """One place where the chain does not hold."""

    seq: int
    what: str


def link_of(head: Head, record: Record) -> Link:
    """The next row."""
    seq, text = head.seq + 1, record.model_dump_json()
    return Link(seq=seq, prior=head.hash, hash=seal(seq, head.hash, text), text=text)


def seal(seq: int, prior: str, text: str) -> str:
    """SHA-256 in hex over place, predecessor and text."""
    return hashlib.sha256(f"{seq}\n{prior}\n{text}".encode()).hexdigest()


def flaws(links: Iterable[Link], head: Head | None, known: Head | None = None) -> Iterator[Flaw]:
    """Every flaw of the chain, in order; `links` by their number, `known` a head that was noted earlier."""
    last = Head(seq=0, hash=GENESIS)
    missed = known is not None and known.seq > 0
    for link in links:
        if link.seq > last.seq + 1:
            yield Flaw(last.seq + 1, _removed(last.seq + 1, link.seq - 1))
        if link.hash != seal(link.seq, link.prior, link.text):
            yield Flaw(link.seq, f"row {link.seq} {_altered(link, head)}")
        elif link.prior != last.hash and link.seq == last.seq + 1:
            yield Flaw(link.seq, f"row {link.seq} does not follow row {last.seq}; one of them was replaced")
        if known is not None and link.seq == known.seq:
            missed = False
            if link.hash != known.hash:
                yield Flaw(link.seq, f"row {link.seq} is not the one that was noted; the chain was made anew")
        last = Head(seq=link.seq, hash=link.hash)
    yield from _at_the_end(last, head)
    if missed and known is not None and (head is None or head.seq < known.seq):
        yield Flaw(known.seq, f"the chain ends before row {known.seq}, which was noted; rows were removed")


def _at_the_end(last: Head, head: Head | None) -> Iterator[Flaw]:
    if head is None:
        if last.seq:
            yield Flaw(last.seq, "the head of the chain was removed")
    elif head.seq > last.seq:
        yield Flaw(last.seq + 1, _removed(last.seq + 1, head.seq))
    elif head != last:
        yield Flaw(last.seq, f"row {last.seq} is not what the head of the chain says; one of them was replaced")


def _altered(link: Link, head: Head | None) -> str:
    """A sound row in the wrong place was moved; any other was altered."""
    places = range(1, (head.seq if head else link.seq) + 1)
    found = next((seq for seq in places if link.hash == seal(seq, link.prior, link.text)), None)
    return f"was row {found}; rows were reordered" if found is not None else "was altered"


def _removed(first: int, last: int) -> str:
    return f"row {first} was removed" if first == last else f"rows {first} to {last} were removed"
