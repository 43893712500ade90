"""The servers that a team has; each may be missing."""

from dataclasses import dataclass
from typing import Self

from tools.redact.service import Redactor
from tools.telemetry.backend import Backend
from tools.telemetry.jaeger import Jaeger
from tools.telemetry.loki import Loki
from tools.telemetry.prometheus import Prometheus


@dataclass(frozen=True)
class Servers:
    """Clients of those that are configured."""

    prometheus: Prometheus | None = None
    jaeger: Jaeger | None = None
    loki: Loki | None = None
    backends: tuple[Backend, ...] = ()

    @classmethod
    def at(
        cls,
        prometheus: str | None,
        jaeger: str | None,
        loki: str | None,
        redactor: Redactor,
        timeout: float,
    ) -> Self:
        """By base URL; `None` where there is none. `timeout` is in seconds, for one request."""

        def backend(name: str, url: str | None) -> Backend | None:
            return Backend(name, url, redactor, timeout) if url else None

        metrics, traces, logs = backend("Prometheus", prometheus), backend("Jaeger", jaeger), backend("Loki", loki)
        return cls(
            None if metrics is None else Prometheus(metrics),
            None if traces is None else Jaeger(traces),
            None if logs is None else Loki(logs),
            tuple(each for each in (metrics, traces, logs) if each is not None),
        )

    async def close(self) -> None:
        """Close all connections."""
        for backend in self.backends:
            await backend.close()
