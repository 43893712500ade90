"""What workloads' logs complain about: which call failed, how, and which Service was meant."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from domain.cluster import Ref
from tools.analyzers.logs import Trouble, clean, fresh, trouble_of
from tools.analyzers.objects import Workload, name_of
from tools.analyzers.stores import stores
from tools.analyzers.wiring import Wiring, host_tokens
from tools.snapshot import Snapshot

RECENT_SECONDS = 300.0
"""How old a complaint may be that confirms what the objects show."""
CURRENT_SECONDS = 90.0
"""How old it may be when nothing but the complaint speaks; after a repair the old ones must fade soon."""
_UNKNOWN_HOST = (
    re.compile(r"lookup ([a-z0-9][a-z0-9.-]*)", re.I),
    re.compile(r"(?:ENOTFOUND|EAI_AGAIN)\s+([a-z0-9][a-z0-9.-]*)", re.I),
    re.compile(
        r"(?:resolve(?: host(?:name)?)?|unknown host|UnknownHostException|no such host|host)"
        r"[:\s]+['\"]?([a-z0-9][a-z0-9-]*[a-z0-9](?:\.[a-z0-9.-]+)?)",
        re.I,
    ),
    re.compile(r"([a-z0-9][a-z0-9.-]*[a-z0-9]):\d{2,5}", re.I),
)
_IP = re.compile(r"\d+\.\d+\.\d+\.\d+")


@dataclass(frozen=True)
class Complaint:
    """One line of a caller about a call that failed."""

    caller: Workload
    pod: str
    line: str
    """Cleaned and cut."""
    trouble: Trouble
    service: str | None
    """The Service that was meant, when the line names one that exists."""
    host: str | None = None
    """The host name that nobody knows."""
    current: bool = False
    """Whether it was said just now."""


def complaints(wiring: Wiring) -> tuple[Complaint, ...]:
    """Recent complaints, one for each caller, Service and trouble, with the newest line of each."""
    return wiring.snapshot.once("complaints", lambda _: tuple(_complaints(wiring)))


def _complaints(wiring: Wiring) -> Iterator[Complaint]:
    for workload in wiring.workloads:
        newest: dict[tuple[str | None, str | None, Trouble], Complaint] = {}
        current = set(recent_lines(wiring.snapshot, workload, CURRENT_SECONDS))
        for pod, line in recent_lines(wiring.snapshot, workload):
            trouble = trouble_of(line)
            if trouble is None or (trouble is Trouble.DENIED and workload.ref.name in stores(wiring)):
                continue  # A store that refuses somebody complains about a client, and calls nobody.
            service = service_in(wiring, workload, line)
            host = _unknown_host(wiring, line) if service is None and trouble is Trouble.NO_HOST else None
            now = (pod, line) in current
            newest[service, host, trouble] = Complaint(workload, pod, clean(line), trouble, service, host, now)
        yield from newest.values()


def recent_lines(
    snapshot: Snapshot, workload: Workload, seconds: float = RECENT_SECONDS
) -> tuple[tuple[str, str], ...]:
    """Pod name and line, of all containers of a workload, oldest first in each log."""
    names = [name_of(pod) for pod in workload.pods]
    return tuple((name, line) for name in names for line in _fresh(snapshot, name, seconds))


def _fresh(snapshot: Snapshot, pod: str, seconds: float) -> tuple[str, ...]:
    """A pod's lines of the last seconds; several analyzers ask for them."""
    return snapshot.once(
        ("fresh", pod, seconds),
        lambda _: tuple(line for log in snapshot.logs_of(pod) for line in fresh(log, snapshot.taken_at, seconds)),
    )


def service_in(wiring: Wiring, caller: Workload, line: str) -> str | None:
    """The Service a line means: named with a port, in a URL, by address, or one the caller is told of."""
    known = wiring.calls.get(caller.ref, frozenset())
    own = {backing.ref.name for backing in wiring.serving(caller.ref)}
    bare: str | None = None
    for token in host_tokens(line):
        name = wiring.host(token)
        if name is None or name in own:
            continue
        if _IP.fullmatch(token) or is_dialled(token, line.lower()):
            return name
        if name in known or token != name:
            bare = bare or name
    return bare


def is_dialled(token: str, line: str) -> bool:
    """Whether a line in small letters names the host with a port or a path, in a URL or after credentials."""
    at = line.find(token)
    while at >= 0:
        after = line[at + len(token) : at + len(token) + 2]
        if after[:1] == "/" or (after[:1] == ":" and after[1:].isdecimal()):
            return True
        if line[at - 2 : at] == "//" or line[at - 1 : at] == "@":
            return True
        at = line.find(token, at + 1)
    return False


def blamed(wiring: Wiring, names: set[str]) -> frozenset[Ref]:
    """References to Services by name."""
    return frozenset(Ref(kind="Service", name=name, namespace=wiring.snapshot.namespace) for name in names)


def _unknown_host(wiring: Wiring, line: str) -> str | None:
    for shape in _UNKNOWN_HOST:
        for match in shape.finditer(line):
            host = match[1].rstrip(".").lower()
            if wiring.host(host) is None and not re.fullmatch(r"[\d.]+", host) and host not in _NOT_HOSTS:
                return host
    return None


_NOT_HOSTS = frozenset({"tcp", "udp", "on", "for", "error", "host", "name", "not", "known", "port", "the"})
