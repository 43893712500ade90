"""Runs the probes of telemetry, and leaves all others to the cluster's."""

from collections.abc import Awaitable, Callable

from domain.cluster import Scope
from domain.ports import Clock
from domain.probes import ProbeCall, ProbeResult
from tools.read.outcome import Outcome
from tools.read.service import TIMEOUT_SECONDS, carried_out
from tools.telemetry.catalogue import BY_CALL
from tools.telemetry.servers import Servers

RunProbe = Callable[[Scope, ProbeCall], Awaitable[ProbeResult]]


class TelemetryProbes:
    """The probes over the servers of telemetry, before those over the cluster."""

    def __init__(self, servers: Servers, clock: Clock, others: RunProbe, timeout: float = TIMEOUT_SECONDS) -> None:
        """`timeout` is in seconds of wall time, for one probe with all its requests."""
        self._servers, self._clock, self._others = servers, clock, others
        self._timeout = timeout

    async def run(self, scope: Scope, call: ProbeCall) -> ProbeResult:
        """Run one probe. A failure is a result, never an exception; outside the scope it is a failure."""
        spec = BY_CALL.get(type(call))
        if spec is None:
            return await self._others(scope, call)
        now = self._clock.now()

        async def look() -> Outcome:
            return await spec.run(self._servers, call, now)

        return await carried_out(scope, call, look, now, self._timeout)
