"""`aoi lab up`: the embedded cluster with the sample shop, until Ctrl-C."""

import asyncio
from pathlib import Path

from rich.console import Console

from app.rbac import READER, WRITER, manifests, user_of
from app.signals import stopped
from lab.cluster.server import Cluster
from lab.demo import DEFAULT_SCENARIO, bring_up

FOLDER = Path("build/lab")


async def up(scenario: str | None) -> int:
    """Serve, write kubeconfigs, inject the incident when one is named, and wait."""
    console = Console()
    world = await asyncio.to_thread(bring_up, scenario or DEFAULT_SCENARIO)
    try:
        cluster = world.cluster
        cluster.apply(manifests())
        files = await asyncio.to_thread(_kubeconfigs, cluster)
        console.print(f"The cluster serves at {cluster.url}, with an application in namespace {world.namespace}.")
        console.print(f"Its metrics, traces and logs (Prometheus, Jaeger, Loki) are at {world.telemetry.url}.")
        for who, path in files.items():
            console.print(f"  {who}: export KUBECONFIG={path}", soft_wrap=True)
        if scenario is not None:
            await asyncio.to_thread(world.strike)
            console.print(f"{world.scenario.title}: an engineer would ask: {world.question}")
        console.print("Ctrl-C ends it.")
        await stopped()
    finally:
        world.stop()
    return 0


def _kubeconfigs(cluster: Cluster) -> dict[str, Path]:
    """Kubeconfig files by who they are for: the admin, and AOI's two identities."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    folder = FOLDER.resolve()
    return {
        "admin": cluster.kubeconfig(path=folder / "admin.yaml"),
        "AOI's reader": cluster.kubeconfig(user_of(READER), folder / "reader.yaml"),
        "AOI's writer": cluster.kubeconfig(user_of(WRITER), folder / "writer.yaml"),
    }
