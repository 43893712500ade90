"""What a server makes of a client that has connected: its certificate, and whether there is room for it.

Nothing is stored: who holds connections follows from who runs, and how large each pool is configured.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509

from lab.cluster.dependencies import Call, Connections
from lab.cluster.kubelet.state import Run
from lab.cluster.ports import Object
from lab.cluster.refusals import Refusal
from lab.cluster.texts import Text, Texts


@dataclass(frozen=True)
class Party:
    """A container that runs."""

    pod: Object
    spec: Object
    run: Run


Reaches = Callable[[Party, Call], Object | None]
"""The pod at which a call of a container ends; `None` where it does not get there."""


def expired(
    texts: Texts, call: Call, dialect: str, server: Party, pem: str | None, now: datetime
) -> Refusal | None:
    """A client that verifies refuses a certificate whose time is over; `None` when it is content."""
    try:
        end = x509.load_pem_x509_certificate((pem or "").encode()).not_valid_after_utc
    except ValueError:
        return None  # a server without a certificate that can be read serves another one of its own
    if now <= end:
        return None
    stamp = "%Y-%m-%dT%H:%M:%SZ"
    said = texts.say(Text(f"cert-expired-{dialect}"), now=now.strftime(stamp), end=end.strftime(stamp))
    if call.protocol == "grpc":
        said = texts.say(Text(f"grpc-unavailable-{dialect}"), error=said, address=server.pod["metadata"]["name"])
    return Refusal(said, server.run, texts.say(Text.TLS_BAD_CERTIFICATE, stamp=now.strftime("%Y/%m/%d %H:%M:%S")))


def crowded_out(server: Party, client: Run, parties: Iterator[Party], reaches: Reaches) -> Refusal | None:
    """A server without room refuses whoever came last; `None` when the client's whole pool fits."""
    connections = server.run.behaviour.connections
    if connections is None:
        return None
    uid, pools = server.pod["metadata"]["uid"], list[tuple[float, str, int]]()
    for party in parties:
        for call in party.run.behaviour.calls:
            wanted = pool_of(call, party.run)
            ends = reaches(party, call) if wanted else None
            if ends is not None and ends["metadata"]["uid"] == uid:
                pools.append((party.run.started_at, party.run.container_id, wanted))
    left = most(connections, server)
    for _, holder, wanted in sorted(pools):
        fits = wanted <= left
        left -= wanted if fits else 0
        if holder == client.container_id and not fits:
            return Refusal(connections.refusal, server.run, connections.told)
    return None


def pool_of(call: Call, run: Run) -> int:
    """How many connections a container keeps for a call."""
    text = run.env.get(call.pool_env, "") if call.pool_env else ""
    return int(text) if text.isdigit() else call.pool


def most(connections: Connections, server: Party) -> int:
    """How many connections a server takes, all in all."""
    text = server.run.env.get(connections.env or "", "")
    words = " ".join([*(server.spec.get("command") or ()), *(server.spec.get("args") or ())])
    found = re.search(connections.argument, words) if connections.argument else None
    return int(found[1]) if found else int(text) if text.isdigit() else connections.most


def utc(at: float) -> datetime:
    """Epoch seconds as a time."""
    return datetime.fromtimestamp(at, UTC)
