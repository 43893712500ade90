"""Every action on the embedded cluster over HTTPS, with the two identities and no more rights than they need."""

from collections.abc import AsyncIterator, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from app.rbac import READER, WRITER, manifests, user_of
from domain.actions import Action, Change, DeletePod, ReleaseVolume, SetResources
from domain.cluster import Ref
from domain.errors import ClusterConflict, ClusterForbidden, ClusterRejected
from domain.execution import Effect
from domain.proposal import Refusal
from lab.cluster.server import Cluster
from tests.tools.api import OBJECTS
from tests.tools.hands import Workshop
from tests.tools.samples import CHECKOUT, SAMPLES, SERVICE, node, shop
from tests.tools.write.test_actions import BY_JOB, NOTHING_TO_TAKE_BACK
from tools.cluster.connection import Connection
from tools.cluster.dryrun import DryRun
from tools.cluster.live import Live
from tools.cluster.writer import Writer
from tools.write.diff import without_noise

STORAGE = ("orders-volume", "orders")
"""A volume whose claim was deleted and made anew."""
DATABASE = "ledger-db"
APPLIED = ("Deployment", "Service", "ConfigMap", "NetworkPolicy", "ResourceQuota")


def wanted_objects() -> list[dict[str, Any]]:
    """The shop's objects as one would apply them: the Deployment in two revisions."""
    everything = list(yaml.safe_load_all(OBJECTS.read_text()))
    objects = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}]
    for thing in everything:
        if thing["metadata"]["name"] == DATABASE:
            continue
        if thing["kind"] not in APPLIED and thing["metadata"]["name"] not in STORAGE:
            continue
        thing["metadata"].pop("uid", None)
        thing["metadata"].pop("creationTimestamp", None)
        thing.pop("status", None)
        thing.get("spec", {}).pop("claimRef", None)
        if thing["kind"] == "ResourceQuota":
            thing["spec"]["hard"] = {"pods": "20"}
        if thing["kind"] == "Deployment":
            del thing["metadata"]["annotations"]
            older = deepcopy(thing)
            older["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example/shop/checkout:1.2"
            objects.append(older)
        objects.append(thing)
    return objects


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster(seed=7, nodes=3) as made:
        made.apply(manifests())
        made.apply(wanted_objects())
        made.advance(30)
        yield made


@dataclass
class Bench:
    """A workshop on the cluster, and what may be seen of it."""

    cluster: Cluster
    shop: Workshop
    reader: Connection
    admin: Writer

    async def spec(self, ref: Ref) -> dict[str, Any] | None:
        found = await self.admin.get(ref)
        return None if found is None else without_noise(found)

    def effects(self) -> list[tuple[str, str]]:
        """What the writer really changed so far: verb and resource."""
        return [
            (event.verb, event.resource)
            for event in self.cluster.audit
            if event.user == user_of(WRITER) and not event.dry_run and event.code < 300
        ]


@pytest.fixture
async def bench(cluster: Cluster, request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with (
        await Connection.from_kubeconfig(cluster.kubeconfig(user_of(READER)), None, 10) as reader,
        await Connection.from_kubeconfig(cluster.kubeconfig(user_of(WRITER)), None, 10) as writer,
        await Connection.from_kubeconfig(cluster.kubeconfig(), None, 10) as admin,
    ):
        made = Workshop(
            source=Live(reader), dry_run=DryRun(writer), hands=Writer(writer), prefix=request.node.name
        )
        yield Bench(cluster, made, reader, Writer(admin))


async def fitted(bench: Bench, name: str) -> Action:
    """The sample with names that this cluster has."""
    action = SAMPLES[name]
    nodes = sorted(n["metadata"]["name"] for n in await bench.admin.list("Node", None))
    match action:
        case DeletePod():
            pods = await bench.admin.list("Pod", "shop")
            return action.model_copy(update={"target": shop("Pod", pods[0]["metadata"]["name"])})
        case _ if name in ("cordon", "uncordon"):
            if name == "uncordon":
                await edit(bench, node(nodes[1]), [{"op": "add", "path": "/spec/unschedulable", "value": True}])
            return action.model_copy(update={"target": node(nodes[1])})
        case _ if name == "patch_node_selector":
            await edit(bench, node(nodes[0]), [{"op": "add", "path": "/metadata/labels/disk", "value": "hdd"}])
        case ReleaseVolume():
            [claim] = [thing for thing in wanted_objects() if thing["kind"] == "PersistentVolumeClaim"]
            bench.cluster.store.delete("PersistentVolumeClaim", "shop", action.claim.name)
            bench.cluster.advance(5)
            bench.cluster.apply([claim])
            bench.cluster.advance(5)
    return action


async def edit(bench: Bench, ref: Ref, operations: list[dict[str, Any]]) -> None:
    """The administrator changes an object."""
    live = await bench.admin.get(ref)
    await bench.admin.apply(Change(verb="patch", target=ref, body=operations, patch_type="json"), live, "by-hand")


@pytest.mark.parametrize("name", [name for name in SAMPLES if name not in BY_JOB])
async def test_planned_done_and_taken_back(bench: Bench, name: str) -> None:
    action = await fitted(bench, name)
    before, earlier = await bench.spec(action.target), bench.effects()
    plan = await bench.shop.planned(action)
    assert plan.diff
    assert await bench.spec(action.target) == before, "planning changed something"
    assert bench.effects() == earlier
    execution = await bench.shop.done(action)
    assert execution.effect is Effect.DONE, execution.detail
    assert len(bench.effects()) == len(earlier) + 1
    if name in NOTHING_TO_TAKE_BACK:
        return
    assert await bench.spec(action.target) != before
    if name == "release_volume":  # The claim that waited has it by now, and must keep it.
        assert isinstance(await bench.shop.plan(bench.shop.undo_of(execution)), Refusal)
        return
    undone = await bench.shop.done(bench.shop.undo_of(execution))
    assert undone.effect is Effect.DONE, undone.detail
    assert await bench.spec(action.target) == before
    assert len(bench.effects()) == len(earlier) + 2


async def test_the_diff_is_that_of_the_api_server(bench: Bench) -> None:
    plan = await bench.shop.planned(SAMPLES["patch_service_port"])
    assert "-    targetPort: 8081\n+    targetPort: 8080" in plan.diff
    assert "@@ spec.ports @@" in plan.diff


async def test_what_the_server_refuses_is_refused_before_anybody_is_asked(bench: Bench) -> None:
    too_much = SetResources(target=CHECKOUT, container="web", requests={"memory": "512Mi"})
    refused = await bench.shop.plan(too_much)
    assert isinstance(refused, Refusal)
    assert refused.rule == "rejected"
    assert "must be less than or equal to memory limit" in refused.reason


async def test_two_requests_made_for_one_state_cannot_both_succeed(bench: Bench) -> None:
    plan = await bench.shop.planned(SAMPLES["patch_service_port"])
    live = await bench.admin.get(SERVICE)
    await bench.shop.hands.apply(plan.change, live, "first")
    after = await bench.admin.get(SERVICE)
    with pytest.raises((ClusterConflict, ClusterRejected)):
        await bench.shop.hands.apply(plan.change, live, "second")
    assert await bench.admin.get(SERVICE) == after
    await edit(bench, SERVICE, [{"op": "replace", "path": "/spec/ports/0/targetPort", "value": 8081}])


async def test_a_patch_made_for_an_older_version_is_a_conflict(bench: Bench) -> None:
    """Also where the values that it expects are still there."""
    plan = await bench.shop.planned(SAMPLES["patch_service_port"])
    live = await bench.admin.get(SERVICE)
    await edit(bench, SERVICE, [{"op": "add", "path": "/metadata/labels", "value": {"seen": "yes"}}])
    with pytest.raises(ClusterConflict):
        await bench.shop.hands.apply(plan.change, live, "late")


async def test_a_delete_is_fenced_to_the_object_that_was_read(bench: Bench) -> None:
    policy = SAMPLES["remove_network_policy"].target
    live = await bench.admin.get(policy)
    await edit(bench, policy, [{"op": "add", "path": "/metadata/labels", "value": {"team": "platform"}}])
    await edit(bench, policy, [{"op": "add", "path": "/metadata/labels/seen", "value": "yes"}])
    with pytest.raises(ClusterConflict):
        await bench.shop.hands.apply(Change(verb="delete", target=policy), live, "late")
    assert await bench.admin.get(policy) is not None


@pytest.mark.parametrize("verb", ["patch", "create", "delete"])
async def test_the_reader_cannot_write_not_even_dry(bench: Bench, verb: str) -> None:
    ref = CHECKOUT if verb != "create" else shop("ConfigMap", "new")
    change = {
        "patch": Change(verb="patch", target=ref, patch_type="json", body=[]),
        "create": Change(verb="create", target=ref, body={"kind": "ConfigMap", "metadata": {"name": "new"}}),
        "delete": Change(verb="delete", target=ref),
    }[verb]
    live = await bench.admin.get(ref)
    with pytest.raises(ClusterForbidden):
        await DryRun(bench.reader).preview(change, live)
    with pytest.raises(ClusterForbidden):
        await Writer(bench.reader).apply(change, live, "x")


async def test_the_writer_cannot_do_more_than_the_catalogue(bench: Bench) -> None:
    live = await bench.admin.get(CHECKOUT)
    with pytest.raises(ClusterForbidden):
        await bench.shop.hands.apply(Change(verb="delete", target=CHECKOUT), live, "x")
    namespace = Ref(kind="Namespace", name="shop")
    with pytest.raises(ClusterForbidden):
        await bench.shop.hands.apply(
            Change(verb="delete", target=namespace), await bench.admin.get(namespace), "x"
        )
