"""The reader's token against the API server itself, over HTTPS: it may look at what AOI looks at, and no more."""

import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from app.rbac import READER, user_of
from lab.cluster.resources import RESOURCES as LAB_RESOURCES
from tests.scenarios.world import World
from tools.cluster.resources import RESOURCES, Resource

NAMESPACE = "shop"
PATCH = "application/merge-patch+json"
NAMED = {"name": "some-pod"}
POD = "/api/v1/namespaces/shop/pods/some-pod"
SECRETS = ("/api/v1/secrets", "/api/v1/namespaces/shop/secrets", "/api/v1/namespaces/shop/secrets/shop-database")


@dataclass(frozen=True)
class Token:
    """Requests as the reader, past all of AOI's own code."""

    url: str
    session: aiohttp.ClientSession

    async def ask(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> int:
        """The HTTP status of the answer."""
        headers = {"Content-Type": content_type} if body is not None else {}
        async with self.session.request(method, self.url + path, json=body, headers=headers) as answer:
            await answer.read()
            return answer.status


@pytest.fixture
async def reader(world: World) -> AsyncIterator[Token]:
    cluster = world.demo.cluster
    trust = ssl.create_default_context(cadata=cluster.certificate_authority)
    headers = {"Authorization": f"Bearer {cluster.token(user_of(READER))}"}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust), headers=headers) as session:
        yield Token(cluster.url, session)


SERVED = sorted(kind for kind in RESOURCES if kind in {resource.kind for resource in LAB_RESOURCES})
"""Of the kinds that AOI reads; a few kinds of Chaos Mesh are not in the lab."""


@pytest.mark.parametrize("kind", SERVED)
async def test_every_write_verb_is_forbidden_for_every_kind(kind: str, reader: Token, world: World) -> None:
    """Also as a dry run, also for all at once; the reader can list the kind, so it is the verb that is refused."""
    resource = RESOURCES[kind]
    many = resource.collection(NAMESPACE if resource.namespaced else None)
    one = f"{many}/anything"
    thing = _thing(resource)
    before = list(world.demo.cluster.audit)
    assert await reader.ask("GET", many) == 200
    asked = {
        "create": await reader.ask("POST", many, thing),
        "dry-run create": await reader.ask("POST", f"{many}?dryRun=All", thing),
        "update": await reader.ask("PUT", one, thing),
        "patch": await reader.ask("PATCH", one, {"metadata": {"labels": {"a": "b"}}}, PATCH),
        "apply": await reader.ask("PATCH", f"{one}?fieldManager=x", thing, "application/apply-patch+yaml"),
        "delete": await reader.ask("DELETE", one),
        "deletecollection": await reader.ask("DELETE", many),
    }
    assert set(asked.values()) == {403}, asked
    changed = [event for event in world.demo.cluster.audit[len(before) :] if event.code < 400]
    assert changed == []


@pytest.mark.parametrize("path", SECRETS)
async def test_secrets_cannot_be_seen(path: str, reader: Token) -> None:
    assert await reader.ask("GET", path) == 403
    assert await reader.ask("GET", f"{path}?watch=true") == 403


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", f"{POD}/exec?command=env&stdout=true", {}),
        ("GET", f"{POD}/exec?command=env&stdout=true", None),
        ("POST", f"{POD}/eviction", {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": NAMED}),
        ("POST", f"{POD}/binding", {"apiVersion": "v1", "kind": "Binding", "metadata": NAMED}),
        ("PATCH", "/apis/apps/v1/namespaces/shop/deployments/checkout/scale", {"spec": {"replicas": 0}}),
        ("PATCH", "/apis/apps/v1/namespaces/shop/deployments/checkout/status", {"status": {"replicas": 0}}),
        ("POST", "/api/v1/namespaces/aoi/serviceaccounts/aoi-writer/token", {"spec": {}}),
    ],
)  # fmt: skip
async def test_no_way_around_through_a_subresource(method: str, path: str, body: Any, reader: Token) -> None:
    """Exec, eviction, scale, and above all a token of the writer."""
    status = await reader.ask(method, path, body, PATCH if method == "PATCH" else "application/json")
    assert status == 403


async def test_impersonating_the_writer_does_not_help(reader: Token) -> None:
    headers = {"Impersonate-User": "system:serviceaccount:aoi:aoi-writer"}
    url = f"{reader.url}/apis/apps/v1/namespaces/shop/deployments/checkout"
    body = {"spec": {"replicas": 0}}
    async with reader.session.patch(url, json=body, headers=headers | {"Content-Type": PATCH}) as answer:
        assert answer.status == 403


def _thing(resource: Resource) -> dict[str, Any]:
    metadata = {"name": "anything"} | ({"namespace": NAMESPACE} if resource.namespaced else {})
    return {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": metadata}
