from pathlib import Path

import pytest
from aiohttp import web

from domain.cluster import Ref
from domain.errors import BadInput, ClusterNotFound
from tests.tools.recorded import connected, recorded
from tools.cluster.reader import Reader
from tools.redact.service import Redactor

REDACTOR = Redactor()
PODS = "/api/v1/namespaces/shop/pods"


async def test_objects_and_lists_come_out_redacted_and_with_their_kind(tmp_path: Path) -> None:
    pod = {
        "metadata": {"name": "web"},
        "spec": {"containers": [{"env": [{"name": "DB_PASSWORD", "value": "hunter2"}]}]},
    }
    async with recorded() as api, connected(api, tmp_path) as connection:
        api.answers = {PODS: (200, {"items": [pod]}), f"{PODS}/web": (200, {**pod, "kind": "Pod"})}
        reader = Reader(connection, REDACTOR)
        listed = await reader.list("Pod", "shop", label_selector="app=web", field_selector="status.phase=Running")
        got = await reader.get(Ref(kind="Pod", namespace="shop", name="web"))
    assert listed[0] == got
    assert "hunter2" not in str(got)
    assert api.asked[0][2]["labelSelector"] == "app=web"
    assert api.asked[0][2]["fieldSelector"] == "status.phase=Running"


async def test_a_long_list_is_read_page_by_page(tmp_path: Path) -> None:
    def page(request: web.Request) -> tuple[int, object]:
        number = int(request.query.get("continue", "0"))
        more = {"continue": str(number + 1)} if number < 2 else {}
        return 200, {"metadata": more, "items": [{"metadata": {"name": f"p{number}"}}]}

    async with recorded() as api, connected(api, tmp_path) as connection:
        api.answers[PODS] = (200, page)
        pods = await Reader(connection, REDACTOR).list("Pod", "shop")
    assert [pod["metadata"]["name"] for pod in pods] == ["p0", "p1", "p2"]


async def test_an_object_is_redacted_once_a_version(tmp_path: Path) -> None:
    def pod(version: str, secret: str) -> dict[str, object]:
        meta = {"name": "web", "uid": "u1", "resourceVersion": version}
        return {"metadata": meta, "spec": {"env": [{"name": "DB_PASSWORD", "value": secret}], "v": version}}

    async with recorded() as api, connected(api, tmp_path) as connection:
        reader = Reader(connection, REDACTOR)
        looks = []
        for version in ("1", "1", "2"):
            api.answers[PODS] = (200, {"items": [pod(version, "hunter2")]})
            looks.append((await reader.list("Pod", "shop"))[0])
    assert looks[0] is looks[1]
    assert [look["spec"]["v"] for look in looks] == ["1", "1", "2"]
    assert "hunter2" not in str(looks)


async def test_log_lines_are_redacted_even_behind_colours(tmp_path: Path) -> None:
    async with recorded() as api, connected(api, tmp_path) as connection:
        api.answers[f"{PODS}/web/log"] = (200, "ready\npass\x1b[31mword=hunter2\nécole\n")
        lines = await Reader(connection, REDACTOR).log("shop", "web", "app", previous=True, tail=3)
    assert lines == ("ready", "password=[redacted:password]", "école")
    assert api.asked[0][2] == {"tailLines": "3", "limitBytes": "2000000", "previous": "true", "container": "app"}


async def test_secrets_are_never_asked_for(tmp_path: Path) -> None:
    async with recorded() as api, connected(api, tmp_path) as connection:
        reader = Reader(connection, REDACTOR)
        with pytest.raises(BadInput, match="never reads Secrets"):
            await reader.list("Secret", "shop")
        with pytest.raises(BadInput, match="never reads Secrets"):
            await reader.get(Ref(kind="Secret", namespace="shop", name="db"))
    assert api.asked == []


async def test_the_only_write_is_the_question_about_rights(tmp_path: Path) -> None:
    reviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    async with recorded() as api, connected(api, tmp_path) as connection:
        api.answers[reviews] = (201, {"status": {"allowed": True}})
        assert await Reader(connection, REDACTOR).may("get", "", "pods/log", "shop")
    method, path, _, _, body = api.asked[0]
    assert (method, path) == ("POST", reviews)
    assert body["spec"]["resourceAttributes"] == {
        "verb": "get", "group": "", "resource": "pods", "subresource": "log", "namespace": "shop",
    }  # fmt: skip


async def test_usage_and_namespaces_are_plain_names(tmp_path: Path) -> None:
    metrics = {"items": [{"metadata": {"name": "web"}, "containers": [{"name": "app", "usage": {"cpu": "5m"}}]}]}
    names = {"items": [{"metadata": {"name": "shop"}}, {"metadata": {"name": "bank"}}]}
    async with recorded() as api, connected(api, tmp_path) as connection:
        reader = Reader(connection, REDACTOR)
        with pytest.raises(ClusterNotFound):
            await reader.usage("shop")
        api.answers = {
            "/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods": (200, metrics),
            "/api/v1/namespaces": (200, names),
        }
        assert await reader.usage("shop") == {"web/app": {"cpu": "5m"}}
        assert await reader.namespaces() == ("bank", "shop")
