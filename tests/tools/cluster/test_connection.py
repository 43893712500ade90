import socket
from pathlib import Path

import pytest
from aiohttp import web

from domain.errors import (
    AoiError,
    ClusterConflict,
    ClusterForbidden,
    ClusterNotFound,
    ClusterRejected,
    ClusterUnreachable,
    Misconfigured,
)
from tests.tools.recorded import connected, recorded, status_object
from tools.cluster.connection import Connection


async def test_a_get_carries_the_token_and_returns_plain_json(tmp_path: Path) -> None:
    async with recorded() as api, connected(api, tmp_path) as connection:
        api.answers["/api/v1/nodes"] = (200, {"kind": "NodeList", "items": []})
        answer = await connection.request("GET", "/api/v1/nodes", query={"limit": 5, "watch": False})
    assert answer == {"kind": "NodeList", "items": []}
    _, _, query, headers, _ = api.asked[0]
    assert query == {"limit": "5", "watch": "false"}
    assert headers["Authorization"] == "Bearer reader-token"


async def test_a_json_patch_goes_out_with_its_content_type(tmp_path: Path) -> None:
    operations = [{"op": "replace", "path": "/spec/replicas", "value": 2}]
    path = "/apis/apps/v1/namespaces/shop/deployments/web"
    async with recorded() as api, connected(api, tmp_path) as connection:
        api.answers[path] = (200, {"kind": "Deployment"})
        await connection.request("PATCH", path, body=operations, content_type="application/json-patch+json")
    method, _, _, headers, body = api.asked[0]
    assert (method, headers["Content-Type"], body) == ("PATCH", "application/json-patch+json", operations)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, ClusterRejected),
        (401, ClusterForbidden),
        (403, ClusterForbidden),
        (404, ClusterNotFound),
        (409, ClusterConflict),
        (422, ClusterRejected),
        (429, ClusterUnreachable),
        (500, ClusterUnreachable),
        (503, ClusterUnreachable),
    ],
)
async def test_each_status_is_its_own_error(status: int, expected: type[AoiError], tmp_path: Path) -> None:
    async with recorded() as api, connected(api, tmp_path) as connection:
        api.answers["/x"] = (status, status_object(status, "the server's reason"))
        with pytest.raises(expected, match="Could not look at x") as caught:
            await connection.request("GET", "/x", doing="look at x")
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


async def test_an_error_is_short_and_holds_no_secret(tmp_path: Path) -> None:
    message = 'spec.env: Invalid value: "DB_PASSWORD=hunter2" ' + "long " * 500
    async with recorded() as api, connected(api, tmp_path) as connection:
        api.answers["/x"] = (422, status_object(422, message))
        with pytest.raises(ClusterRejected) as caught:
            await connection.request("GET", "/x")
    assert "hunter2" not in str(caught.value)
    assert len(str(caught.value)) < 400


async def test_a_page_of_html_is_not_repeated_to_people(tmp_path: Path) -> None:
    async with recorded() as api, connected(api, tmp_path) as connection:
        api.answers["/x"] = (502, "<html>bad gateway</html>")
        with pytest.raises(ClusterUnreachable) as caught:
            await connection.request("GET", "/x")
    assert "html" not in str(caught.value)


async def test_an_answer_that_is_no_json_object_means_unreachable(tmp_path: Path) -> None:
    async with recorded() as api, connected(api, tmp_path) as connection:
        for body in ("<html>login</html>", "[1]"):
            api.answers["/x"] = (200, body)
            with pytest.raises(ClusterUnreachable):
                await connection.request("GET", "/x")


async def test_a_server_that_hangs_is_unreachable_in_time(tmp_path: Path) -> None:
    async with recorded() as api, connected(api, tmp_path, timeout=0.05) as connection:
        api.hang = True
        with pytest.raises(ClusterUnreachable, match="in time"):
            await connection.request("GET", "/x")


async def test_nobody_listening_is_unreachable(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with recorded() as api:
        api.url = f"http://127.0.0.1:{port}"
        async with connected(api, tmp_path) as connection:
            with pytest.raises(ClusterUnreachable, match="cannot be reached"):
                await connection.text("/x")


async def test_expired_credentials_are_renewed_once(tmp_path: Path) -> None:
    """A 401 reads the kubeconfig again, as exec plugins and token files need, and tries once more."""

    def guard(request: web.Request) -> tuple[int, object]:
        fresh = request.headers["Authorization"] == "Bearer fresh"
        return (200, {"ok": True}) if fresh else (401, status_object(401, "Unauthorized"))

    async with recorded() as api, connected(api, tmp_path) as connection:
        api.answers["/x"] = (200, guard)
        with pytest.raises(ClusterForbidden, match="credentials"):
            await connection.request("GET", "/x")
        api.kubeconfig(tmp_path, token="fresh")
        assert await connection.request("GET", "/x") == {"ok": True}


async def test_requests_go_through_the_proxy_of_the_environment_but_for_hosts_that_it_spares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with recorded() as api:
        monkeypatch.setenv("http_proxy", api.url)
        api.url = "http://cluster.invalid:6443"
        async with connected(api, tmp_path) as connection:
            api.answers["/x"] = (200, {"ok": True})
            assert await connection.request("GET", "/x") == {"ok": True}
        _, _, _, headers, _ = api.asked[0]
        assert headers["Host"] == "cluster.invalid:6443"
        monkeypatch.setenv("no_proxy", "cluster.invalid")
        async with connected(api, tmp_path) as connection:
            with pytest.raises(ClusterUnreachable, match="cannot be reached"):
                await connection.request("GET", "/x")


@pytest.mark.parametrize("content", ["", "not: [yaml", "clusters: []\ncurrent-context: gone\n"])
async def test_a_kubeconfig_that_cannot_be_used_is_one_sentence(content: str, tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(content)
    with pytest.raises(Misconfigured):
        await Connection.from_kubeconfig(path, None, 1.0)


async def test_a_missing_kubeconfig_and_context_are_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured):
        await Connection.from_kubeconfig(tmp_path / "absent", None, 1.0)
    async with recorded() as api:
        with pytest.raises(Misconfigured, match="prod"):
            await Connection.from_kubeconfig(api.kubeconfig(tmp_path), "prod", 1.0)


def test_outside_a_pod_the_in_cluster_configuration_says_so() -> None:
    with pytest.raises(Misconfigured):
        Connection.in_cluster(1.0)
