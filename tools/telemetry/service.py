"""Runs the probes of telemetry, and leaves all others to the cluster's."""

from collections.abc import Awaitable, Callable

from domain.cluster import Scope
from domain.ports import Clock
from domain.probes import ProbeCall, ProbeResult, Usage
from tools.read.outcome import Outcome
from tools.read.service import TIMEOUT_SECONDS, carried_out, together
from tools.telemetry import usual_usage
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
        if isinstance(call, Usage) and self._servers.prometheus is not None:
            return await self._beside_the_usual(scope, call)
        spec = BY_CALL.get(type(call))
        if spec is None:
            return await self._others(scope, call)
        now = self._clock.now()
        return await carried_out(scope, call, lambda: spec.run(self._servers, call, now), now, self._timeout)

    async def _beside_the_usual(self, scope: Scope, call: Usage) -> ProbeResult:
        """What the cluster measures now, against limits and against what Prometheus knows of before."""
        now = self._clock.now()
        measured = await self._others(scope, call)
        if measured.status == "failed":
            return measured

        def look() -> Awaitable[Outcome]:
            return usual_usage.run(self._servers, call, now)

        return together(measured, await carried_out(scope, call, look, now, self._timeout), now)
