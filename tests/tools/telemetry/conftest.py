"""The telemetry probes over the lab's servers, as over real ones."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest

from domain.cluster import Scope
from domain.probes import ProbeCall, ProbeResult
from lab.telemetry.serving import TelemetryServer
from lab.traffic.traffic import Traffic
from tests.lab.traffic.worlds import shop_under_load
from tools.redact.service import Redactor
from tools.telemetry.servers import Servers
from tools.telemetry.service import RunProbe, TelemetryProbes

REDACTOR = Redactor()
SHOP = Scope(namespaces=("shop",))


@dataclass(frozen=True)
class StillClock:
    """The world's time at one moment."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


async def nobody(scope: Scope, call: ProbeCall) -> ProbeResult:
    """Stands where the cluster's probes are."""
    return ProbeResult(call=call, status="empty", note="asked of the cluster")


async def asked(servers: Servers, call: ProbeCall, at: datetime, others: RunProbe = nobody) -> ProbeResult:
    """One probe over these servers, in the shop's scope."""
    try:
        return await TelemetryProbes(servers, StillClock(at), others, timeout=20).run(SHOP, call)
    finally:
        await servers.close()


@dataclass(frozen=True)
class Observed:
    """A world with its telemetry."""

    traffic: Traffic
    url: str

    async def ask(self, call: ProbeCall) -> ProbeResult:
        servers = Servers.at(self.url, self.url, self.url, REDACTOR, 10)
        return await asked(servers, call, self.traffic.cluster.clock.now_utc())


@pytest.fixture(scope="package")
def healthy() -> Iterator[Observed]:
    """Read only."""
    with shop_under_load(quiet=3900) as traffic, TelemetryServer(traffic) as server:
        yield Observed(traffic, server.url)


@pytest.fixture
def world() -> Iterator[Observed]:
    """To break."""
    with shop_under_load(quiet=3900) as traffic, TelemetryServer(traffic) as server:
        yield Observed(traffic, server.url)
