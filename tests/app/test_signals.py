"""AOI on a cluster whose pods are all ready while users wait: the whole product, with metrics and traces."""

from pathlib import Path

from app.lab_agent import run_agent
from domain.cluster import Ref
from domain.diagnosis import Cause
from domain.journal import Trajectory
from lab.cluster.behaviour import Behaviours
from lab.operations import ReplacePods
from lab.telemetry.serving import TelemetryServer
from tests.lab.apps.standing import Standing

CATALOG = Ref(kind="Deployment", name="catalog", namespace="shop")


def slowed(shop: Standing, seconds: float) -> None:
    """New pods of the catalog take that long for each answer; its probes stay quick."""
    known = shop.stage.drillable.application.behaviours.behaviours
    (catalog,) = [each for each in known if "/catalog:" in each.image]
    items = catalog.http["/items"].model_copy(update={"seconds": seconds})
    late = catalog.model_copy(update={"http": {**catalog.http, "/items": items}})
    shop.stage.cluster.world.behave(Behaviours(behaviours=(late,)))
    shop.after(240, ReplacePods(target="Deployment/catalog"))


async def asked(shop: Standing, folder: Path) -> Trajectory:
    shop.stage.cluster.start()
    with TelemetryServer(shop.stage.traffic) as telemetry:
        return await run_agent(
            shop.stage.cluster, telemetry.url, "Users say that pages are slow.", shop.namespace, "playbook", folder
        )


async def test_a_slow_service_is_found_though_nothing_in_kubernetes_is_wrong(tmp_path: Path) -> None:
    shop = Standing.of("shop")
    try:
        slowed(shop, 3.0)
        diagnosis = (await asked(shop, tmp_path)).diagnosis
    finally:
        shop.stop()
    assert diagnosis is not None
    assert diagnosis.anomaly
    assert diagnosis.cause is Cause.SERVICE_LATENCY
    assert diagnosis.components[0] == CATALOG
    assert "its answers take 3." in diagnosis.root_cause
    assert diagnosis.cites
