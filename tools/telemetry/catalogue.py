"""All probes of telemetry; a new one is a call type in `domain.probes`, a file here, and a line below."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain import probes as calls
from domain.base import Value
from tools.read.outcome import Outcome
from tools.telemetry import golden_signals, log_query, promql, traces
from tools.telemetry.servers import Servers

Run = Callable[[Servers, Any, datetime], Awaitable[Outcome]]


@dataclass(frozen=True)
class TelemetrySpec:
    """One probe: its typed call, when to use it in words for a model, and the function that runs it."""

    call: type[Value]
    description: str
    run: Run

    @property
    def name(self) -> str:
        """The discriminator of the call: `golden_signals`."""
        return str(self.call.model_fields["probe"].default)


TELEMETRY_PROBES: tuple[TelemetrySpec, ...] = (
    TelemetrySpec(
        calls.Promql,
        "A PromQL query over the last minutes: how a number went, such as memory, restarts or a queue.",
        promql.run,
    ),
    TelemetrySpec(
        calls.GoldenSignals,
        "Requests, errors and latency of every service against the hour before: who suffers, and since when.",
        golden_signals.run,
    ),
    TelemetrySpec(
        calls.Traces,
        "Failing and slow requests as the ways they took: which call to whom fails first or takes the time.",
        traces.run,
    ),
    TelemetrySpec(
        calls.LogQuery,
        "Lines of the log store by text and pod, also of pods that are gone: what a crashed pod said before.",
        log_query.run,
    ),
)

BY_CALL: dict[type[Value], TelemetrySpec] = {spec.call: spec for spec in TELEMETRY_PROBES}
