"""Runs a probe call: inside the scope, in time, and always with a result."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import datetime

from domain.cluster import Ref, Scope, Severity
from domain.errors import AoiError
from domain.evidence import Artifact, Finding
from domain.ports import Clock
from domain.probes import ProbeCall, ProbeResult
from tools.cluster.reader import Reader
from tools.read.catalogue import BY_CALL
from tools.read.outcome import Observation, Outcome, observe
from tools.read.room import MOST_LEFT, parted

TIMEOUT_SECONDS = 20.0
"""Wall time for one probe with all its requests."""


class Probes:
    """The probes over one reader."""

    def __init__(self, reader: Reader, clock: Clock, timeout: float = TIMEOUT_SECONDS) -> None:
        """`timeout` is in seconds of wall time."""
        self._reader = reader
        self._clock = clock
        self._timeout = timeout

    async def run(self, scope: Scope, call: ProbeCall) -> ProbeResult:
        """Run one probe. A failure is a result, never an exception; outside the scope it is a failure."""
        now = self._clock.now()

        async def look() -> Outcome:
            return await BY_CALL[type(call)].run(self._reader, call, now)

        return await carried_out(scope, call, look, now, self._timeout)


async def carried_out(
    scope: Scope, call: ProbeCall, look: Callable[[], Awaitable[Outcome]], now: datetime, timeout: float
) -> ProbeResult:
    """What comes of a call that `look` answers within `timeout` seconds; outside the scope it is not asked."""

    def failed(note: str) -> ProbeResult:
        return _failed(scope, call, note, now)

    outside = next((place for place in places_of(call) if not _inside(scope, place)), None)
    if outside is not None:
        allowed = ", ".join(scope.namespaces) or "none"
        return failed(f"{outside} is outside this incident's scope; its namespaces are: {allowed}.")
    try:
        async with asyncio.timeout(timeout):
            outcome = await look()
    except AoiError as e:
        return failed(str(e))
    except TimeoutError:
        return failed(f"The probe took longer than {timeout:g} s and was given up.")
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as e:
        # Objects of a foreign cluster can have any shape, and one odd object must not end an investigation.
        return failed(f"The probe met an object that it cannot read ({type(e).__name__}).")
    return _result(call, outcome, now)


def together(one: ProbeResult, other: ProbeResult, now: datetime) -> ProbeResult:
    """Two looks for the same call as one result: one artifact, the findings of both. The first has not failed."""
    if other.status == "failed" or other.artifact is None:
        return one.model_copy(update={"note": f"{one.note} {other.note}"})
    texts = [each.artifact.text for each in (one, other) if each.artifact is not None]
    artifact = Artifact.of(other.artifact.probe, "\n\n".join(texts), now)

    def cited(findings: Iterable[Finding]) -> tuple[Finding, ...]:
        return tuple(finding.model_copy(update={"artifacts": (artifact.id,)}) for finding in findings)

    return ProbeResult(
        call=one.call,
        status="ok",
        note=f"{one.note} {other.note}",
        findings=cited((*one.findings, *other.findings)),
        left_out=cited((*one.left_out, *other.left_out)),
        artifact=artifact,
    )


def in_one_line(call: ProbeCall) -> str:
    """The call for people: `logs namespace=shop pod=web-1 tail=200`."""
    fields = ((name, getattr(call, name)) for name in type(call).model_fields if name != "probe")
    return " ".join((call.probe, *(f"{name}={value}" for name, value in fields if value not in (None, False))))


def places_of(call: ProbeCall) -> Iterator[Ref | str]:
    """The namespaces and objects that a call names."""
    for name in type(call).model_fields:
        value = getattr(call, name)
        if isinstance(value, Ref):
            yield value
        elif name == "namespace":
            yield f"Namespace {value}"


def _inside(scope: Scope, place: Ref | str) -> bool:
    if isinstance(place, Ref):
        return scope.covers(place)
    return place.removeprefix("Namespace ") in scope.namespaces


def _failed(scope: Scope, call: ProbeCall, note: str, now: datetime) -> ProbeResult:
    """That a look failed is a finding too: it can be cited, and nobody takes silence for health."""
    artifact = Artifact.of(in_one_line(call), f"failed: {note}", now)
    seen = observe(Severity.INFO, _subject_of(scope, call), f"The probe {call.probe} failed: {note}")
    finding = Finding.of(seen.severity, seen.subject, seen.text, (artifact.id,))
    return ProbeResult(call=call, status="failed", note=note, findings=(finding,), artifact=artifact)


def _subject_of(scope: Scope, call: ProbeCall) -> Ref:
    """The first object inside the scope that a call names, else a namespace of the scope."""
    inside = (place for place in places_of(call) if isinstance(place, Ref) and _inside(scope, place))
    name = next(iter(scope.namespaces), "unknown")
    return next(inside, Ref(kind="Namespace", name=name))


def _result(call: ProbeCall, outcome: Outcome, now: datetime) -> ProbeResult:
    if not outcome.text:
        return ProbeResult(call=call, status="empty", note=outcome.note)
    seen = parted(outcome.observations)
    artifact = Artifact.of(in_one_line(call), outcome.text + seen.text, now)

    def findings(observations: Iterable[Observation]) -> tuple[Finding, ...]:
        found = (Finding.of(o.severity, o.subject, o.text, (artifact.id,)) for o in observations)
        return tuple({finding.id: finding for finding in found}.values())

    told, left = findings(seen.told), findings(seen.left[:MOST_LEFT])
    return ProbeResult(call=call, status="ok", note=outcome.note, findings=told, left_out=left, artifact=artifact)
