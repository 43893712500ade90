"""A server that does not know the user, does not let it do what the program needs, or has no connection left."""

from collections.abc import Iterator

from domain.diagnosis import Cause
from tools.analyzers.accounts import remedy_for
from tools.analyzers.denials import Denial
from tools.analyzers.revisions import back_from, in_words, recent_change
from tools.analyzers.suspicion import Directness, Suspicion, seen, suspect
from tools.analyzers.turned_away import TurnedAway, turned_away
from tools.analyzers.wiring import Wiring
from tools.snapshot import Snapshot

_CAUSES = {
    Denial.AUTHENTICATION: Cause.AUTHENTICATION,
    Denial.AUTHORIZATION: Cause.AUTHORIZATION,
    Denial.FULL: Cause.CONNECTION_POOL,
}
_DOES = {
    Denial.AUTHENTICATION: "{0} does not accept the user or the password of {1}",
    Denial.AUTHORIZATION: "{0} knows the user of {1} and does not let it do what it needs to",
    Denial.FULL: "{0} has no connection left for {1}",
}


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each client that is refused and the server that refuses it."""
    wiring = Wiring.of(snapshot)
    for found in turned_away(wiring):
        if found.denial in _CAUSES:
            yield _case(wiring, found)


def _case(wiring: Wiring, found: TurnedAway) -> Suspicion:
    snapshot, client, server = wiring.snapshot, found.client, found.server
    change = recent_change(snapshot, client)
    mine = change if change and (change.touches("*", "*", "env") or change.touches("*", "*", "envFrom")) else None
    findings = [seen(snapshot, client.ref, f"{client.ref.name} is refused: {found.said}")]
    if server and found.confirmed:
        findings.append(seen(snapshot, server.ref, f"{server.ref.name} says so itself: {found.confirmed}"))
    if mine:
        findings.append(seen(snapshot, client.ref, f"The last revision changed {in_words(mine)}."))
    remedy = None if mine else remedy_for(wiring, found)
    if remedy:
        findings.append(remedy.finding)
    subject = client if server is None or mine else server
    own_pool = found.denial is Denial.FULL and server is None
    who = server.ref.name if server else "The connection pool" if own_pool else "A server"
    suffering = [client.ref, *([server.ref] if server else ()), *wiring.dependents_of(client.ref)]
    return suspect(
        _CAUSES[found.denial],
        subject.ref,
        f"{_DOES[found.denial].format(who, client.ref.name)}: “{found.said}”.{remedy.remark if remedy else ''}",
        findings,
        confidence=(0.85 if own_pool else 0.6) if server is None else 0.93 if found.confirmed else 0.85,
        actions=(remedy.action,) if remedy else back_from(client, mine),
        affected=suffering,
        directness=Directness.STATED if found.confirmed else Directness.REPORTED,
        changed_at=mine.made_at if mine else None,
    )
