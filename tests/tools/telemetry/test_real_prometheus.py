"""A real Prometheus scrapes the lab and answers the same probes."""

import asyncio
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from domain.probes import GoldenSignals, ProbeCall, ProbeResult, Promql
from lab.telemetry.serving import TelemetryServer
from lab.traffic.traffic import Traffic
from tests.lab.traffic.worlds import shop_under_load
from tests.tools.telemetry.conftest import REDACTOR, asked
from tools.telemetry.backend import Backend
from tools.telemetry.prometheus import Prometheus
from tools.telemetry.servers import Servers
from tools.telemetry.signals import take
from tools.telemetry.windows import Windows

BINARY = shutil.which("prometheus")
pytestmark = pytest.mark.skipif(BINARY is None, reason="no prometheus binary (apt-get install prometheus)")

PATIENCE = 40
"""Looks, a quarter of a second apart, until enough has been scraped."""


@contextmanager
def real_prometheus(target: str, folder: Path) -> Iterator[str]:
    """A Prometheus that scrapes `target` (`host:port`) four times a second: its URL."""
    with socket.socket() as spot:
        spot.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{spot.getsockname()[1]}"
    job = {"job_name": "lab", "honor_labels": True, "static_configs": [{"targets": [target]}]}
    config = {"global": {"scrape_interval": "250ms", "scrape_timeout": "250ms"}, "scrape_configs": [job]}
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    flags = {
        "config.file": folder / "prometheus.yml",
        "storage.tsdb.path": folder / "data",
        "web.listen-address": address,
        "log.level": "error",
    }
    process = subprocess.Popen([str(BINARY), *(f"--{name}={value}" for name, value in flags.items())])
    try:
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Traffic, str, str]]:
    """A shop that runs with the wall: its traffic, its own telemetry's URL, and the real Prometheus' URL."""
    with shop_under_load(quiet=300) as traffic, TelemetryServer(traffic) as server:
        traffic.cluster.clock.run(1.0)
        with real_prometheus(server.url.removeprefix("http://"), tmp_path_factory.mktemp("prometheus")) as url:
            yield traffic, server.url, url


async def until_scraped(url: str) -> None:
    """Return when the real one has four scrapes, so that rates can be told."""
    prometheus = Prometheus(backend := Backend("Prometheus", url, REDACTOR, 5))
    async with backend:
        for _ in range(PATIENCE):
            try:
                found = await prometheus.query("count_over_time(up[1m])", _wall().timestamp())
            except Exception:  # noqa: BLE001 - it is still starting
                found = ()
            if found and found[0].value >= 4:
                return
            await asyncio.sleep(0.25)
    raise AssertionError("the real Prometheus scraped nothing")


def _wall() -> datetime:
    return datetime.now(UTC)


async def ask(url: str, call: ProbeCall, at: datetime) -> ProbeResult:
    return await asked(Servers.at(url, None, None, REDACTOR, 10), call, at)


async def test_both_answer_the_same(running: tuple[Traffic, str, str]) -> None:
    traffic, lab, real = running
    await until_scraped(real)
    calls = [
        Promql(
            namespace="shop", query="max by (deployment) (kube_deployment_status_replicas_available)", minutes=1
        ),
        Promql(namespace="shop", query="count by (service, code) (http_requests_total)", minutes=1),
        Promql(namespace="shop", query="absent(no_such_metric)", minutes=1),
    ]
    for call in calls:
        theirs = await ask(real, call, _wall())
        ours = await ask(lab, call, traffic.cluster.clock.now_utc())
        assert theirs.status == ours.status == "ok"
        assert {f.text for f in theirs.findings} == {f.text for f in ours.findings}


async def test_golden_signals_work_on_the_real_one(running: tuple[Traffic, str, str]) -> None:
    _, _, real = running
    await until_scraped(real)
    result = await ask(real, GoldenSignals(namespace="shop", minutes=1), _wall())
    assert result.status == "ok"
    assert result.artifact is not None
    services = {line.split()[0] for line in result.artifact.text.splitlines()[1:]}
    assert {"frontend", "gateway", "catalog", "checkout", "postgres"} <= services


async def test_it_understands_every_query_for_signals(running: tuple[Traffic, str, str]) -> None:
    """Also those of conventions that the lab does not speak: they are answered, by nothing."""
    _, _, url = running
    await until_scraped(url)
    servers = Servers.at(url, None, None, REDACTOR, 10)
    signals = await take(servers, "shop", Windows(_wall().timestamp()))
    await servers.close()
    assert signals is not None
    assert signals.missing == ()
    checkout = signals.services["checkout"]
    assert checkout.requests.rate.now > 0
    assert checkout.seconds.now > 0
    assert checkout.routes
    assert {name.split("-")[0] for name in signals.pods} >= {"checkout", "cart", "payment"}
