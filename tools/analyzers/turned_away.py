"""Clients that a server turns away, and which server: by the client's words, its calls and the server's log."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tools.analyzers.complaints import CURRENT_SECONDS, recent_lines, service_in
from tools.analyzers.containers import containers_of, is_failing, last_words
from tools.analyzers.denials import Denial, denial_in
from tools.analyzers.logs import clean, is_frame
from tools.analyzers.objects import Workload
from tools.analyzers.stores import Store, stores
from tools.analyzers.wiring import Wiring

_RELAYED = re.compile(r"rpc error:|status code|unexpected status|upstream|\b50[0234]\b", re.IGNORECASE)
"""How a program repeats what the answer of another one said; the pool in question is that one's."""


@dataclass(frozen=True)
class TurnedAway:
    """One client that one server does not serve."""

    denial: Denial
    client: Workload
    said: str
    """The client's line, cleaned."""
    server: Workload | None
    """`None` when it cannot be told which one."""
    confirmed: str | None
    """What the server's own log says about it, cleaned."""


def turned_away(wiring: Wiring) -> tuple[TurnedAway, ...]:
    """One for each client and denial, as it is now."""
    return wiring.snapshot.once("turned away", lambda _: tuple(_turned_away(wiring)))


def _turned_away(wiring: Wiring) -> Iterator[TurnedAway]:
    known = stores(wiring)
    for client in wiring.workloads:
        if client.ref.name in known:
            continue
        newest: dict[Denial, tuple[str, Store | None]] = {}
        for line in said_now(wiring, client):
            phrase = None if is_frame(line) else denial_in(line)
            echo = phrase is not None and phrase.store is None and _RELAYED.search(line)
            if phrase is not None and not (phrase.denial is Denial.FULL and echo):
                newest[phrase.denial] = (line, phrase.store)
        for denial, (line, store) in newest.items():
            server, confirmed = _server(wiring, client, line, denial, store)
            yield TurnedAway(denial, client, clean(line), server, confirmed)


def said_now(wiring: Wiring, workload: Workload) -> Iterator[str]:
    """What a workload says at present: the last words of failing containers, and the fresh lines of the others."""
    for container in containers_of(wiring.snapshot, workload):
        if is_failing(wiring.snapshot, container):
            yield from last_words(wiring.snapshot, container)
    yield from (line for _, line in recent_lines(wiring.snapshot, workload, CURRENT_SECONDS))


def _server(
    wiring: Wiring, client: Workload, line: str, denial: Denial, store: Store | None
) -> tuple[Workload | None, str | None]:
    """The server that is meant: named by the line, else called by the client, else the only one that says so."""
    if denial is Denial.FULL and store is None:
        return None, None  # The pool is the client's own.
    named = wiring.backings.get(service_in(wiring, client, line) or "")
    if named is not None and len(named.workloads) == 1:
        return named.workloads[0], admitted(wiring, named.workloads[0], denial)
    fitting = [w for w, kind in stores(wiring).values() if store in (None, kind)]
    called = [w for w in fitting if _calls(wiring, client, w)]
    candidates = called or fitting
    admitting = [w for w in candidates if admitted(wiring, w, denial)]
    for found in (admitting, called):
        if len(found) == 1:
            return found[0], admitted(wiring, found[0], denial)
    return None, None


def admitted(wiring: Wiring, server: Workload, *denials: Denial) -> str | None:
    """The newest line of a server's log in which it turns somebody away for one of these reasons."""
    said = [line for _, line in recent_lines(wiring.snapshot, server)]
    return _last(line for line in said if (phrase := denial_in(line)) and phrase.denial in denials)


def _last(lines: Iterable[str]) -> str | None:
    found = list(lines)
    return clean(found[-1]) if found else None


def _calls(wiring: Wiring, client: Workload, server: Workload) -> bool:
    own = {backing.ref.name for backing in wiring.serving(server.ref)}
    return bool(own & wiring.calls.get(client.ref, frozenset()))
