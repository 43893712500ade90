"""One healthy shop for the tests that only read it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from lab.telemetry.serving import TelemetryServer
from lab.traffic.traffic import Traffic
from tests.lab.traffic.worlds import shop_under_load


@dataclass(frozen=True)
class Observed:
    """A world and the address of its telemetry."""

    traffic: Traffic
    url: str

    @property
    def now(self) -> float:
        return self.traffic.now()


@pytest.fixture(scope="package")
def healthy() -> Iterator[Observed]:
    """Twenty quiet minutes. Read only."""
    with shop_under_load(quiet=900) as traffic, TelemetryServer(traffic) as server:
        yield Observed(traffic, server.url)


@pytest.fixture
def world() -> Iterator[Observed]:
    """Ten quiet minutes, to break."""
    with shop_under_load(quiet=300) as traffic, TelemetryServer(traffic) as server:
        yield Observed(traffic, server.url)
