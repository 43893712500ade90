"""Local-slack, where anybody can approve as anybody, goes with the lab's cluster and no other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer

from app.demo import demo_settings
from app.lab_mark import is_lab, refuse_real_cluster
from app.parts import open_parts
from app.settings import load_settings
from domain.errors import Misconfigured
from lab.cluster.server import Cluster
from tools.cluster.connection import Connection


@asynccontextmanager
async def another_cluster(folder: Path, version: str) -> AsyncIterator[Path]:
    """A kubeconfig of a cluster on loopback that reports a version, as kind and minikube do."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"gitVersion": version})

    site = web.Application()
    site.add_routes([web.get("/version", answer)])
    async with TestServer(site) as server:
        file = folder / "config.yaml"
        config = {
            "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": str(server.make_url(""))}}],
            "users": [{"name": "u", "user": {"token": "t"}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        }
        file.write_text(yaml.safe_dump(config))
        yield file


async def test_a_real_cluster_on_loopback_is_not_the_lab(tmp_path: Path) -> None:
    async with (
        another_cluster(tmp_path, "v1.33.1") as file,
        await Connection.from_kubeconfig(file, None, 5) as connection,
    ):
        assert not await is_lab(connection)
        with pytest.raises(Misconfigured, match="anybody can approve as anybody"):
            await refuse_real_cluster(connection)


async def test_the_lab_is_the_lab(tmp_path: Path) -> None:
    with Cluster() as cluster:
        async with await Connection.from_kubeconfig(cluster.kubeconfig(), None, 5) as connection:
            assert await is_lab(connection)


async def test_nothing_opens_on_local_slack_and_a_real_cluster(tmp_path: Path) -> None:
    async with another_cluster(tmp_path, "v1.33.1") as file:
        settings = load_settings(
            env_file=None, data_dir=tmp_path, kubeconfig=file, slack_base_url="http://127.0.0.1:1/api/"
        )
        with pytest.raises(Misconfigured, match="the cluster is real"):
            async with open_parts(settings):
                pass


def test_the_demo_gives_the_bot_the_labs_cluster_whatever_the_environment_says(tmp_path: Path) -> None:
    with Cluster() as cluster:
        given = demo_settings(cluster, "http://127.0.0.1:1/api/", tmp_path)
        for name in ("AOI_READER_KUBECONFIG", "AOI_WRITER_KUBECONFIG"):
            config = yaml.safe_load(Path(given[name]).read_text())
            assert config["clusters"][0]["cluster"]["server"] == cluster.url
