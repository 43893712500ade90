"""Runs a probe call: inside the scope, in time, and always with a result."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime

from domain.cluster import Ref, Scope
from domain.errors import AoiError
from domain.evidence import Artifact, Finding
from domain.ports import Clock
from domain.probes import ProbeCall, ProbeResult
from tools.cluster.reader import Reader
from tools.read.catalogue import BY_CALL
from tools.read.outcome import Outcome

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
    outside = next((place for place in places_of(call) if not _inside(scope, place)), None)
    if outside is not None:
        allowed = ", ".join(scope.namespaces) or "none"
        return _failed(call, f"{outside} is outside this incident's scope; its namespaces are: {allowed}.")
    try:
        async with asyncio.timeout(timeout):
            outcome = await look()
    except AoiError as e:
        return _failed(call, str(e))
    except TimeoutError:
        return _failed(call, f"The probe took longer than {timeout:g} s and was given up.")
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as e:
        # Objects of a foreign cluster can have any shape, and one odd object must not end an investigation.
        return _failed(call, f"The probe met an object that it cannot read ({type(e).__name__}).")
    return _result(call, outcome, Artifact.of(in_one_line(call), outcome.text, now))


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


def _failed(call: ProbeCall, note: str) -> ProbeResult:
    return ProbeResult(call=call, status="failed", note=note)


def _result(call: ProbeCall, outcome: Outcome, artifact: Artifact) -> ProbeResult:
    if not outcome.text:
        return ProbeResult(call=call, status="empty", note=outcome.note)
    found = (Finding.of(o.severity, o.subject, o.text, (artifact.id,)) for o in outcome.observations)
    unique = tuple({finding.id: finding for finding in found}.values())
    return ProbeResult(call=call, status="ok", note=outcome.note, findings=unique, artifact=artifact)
