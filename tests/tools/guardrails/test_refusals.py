"""What is refused, by which rule, before anything is sent; and that each refusal names a way out."""

from dataclasses import replace
from typing import Any

import pytest

from domain import actions as act
from domain.cluster import Ref, Scope
from domain.proposal import Plan, Refusal
from tests.tools.api import TinyApi
from tests.tools.hands import Workshop
from tests.tools.samples import CHECKOUT, FLAGS, POLICY, SAMPLES, SERVICE, node, shop
from tools.cluster.dryrun import DryRun
from tools.guardrails.case import Limits

CARTS = shop("StatefulSet", "carts")
AGENTS = shop("DaemonSet", "agents")
QUOTA = shop("ResourceQuota", "compute")
PRICES = shop("ConfigMap", "prices")
MISSING = shop("ConfigMap", "checkout-config")


def image(name: str) -> act.SetImage:
    return act.SetImage(target=CHECKOUT, container="web", image=name)


def env(name: str, **values: Any) -> act.SetEnv:
    return act.SetEnv(target=CHECKOUT, container="web", name=name, **values)


def release(volume: str, claim: str, namespace: str = "shop") -> act.ReleaseVolume:
    waiting = Ref(kind="PersistentVolumeClaim", name=claim, namespace=namespace)
    return act.ReleaseVolume(target=Ref(kind="PersistentVolume", name=volume), claim=waiting)


def undo(**values: Any) -> act.Undo:
    change = act.Change(verb="patch", target=CHECKOUT, patch_type="json", body=[{"op": "remove", "path": "/spec"}])
    return act.Undo(**({"target": CHECKOUT, "proposal_id": "prop-9", "change": change} | values))


REFUSED: dict[str, tuple[act.Action, str]] = {
    "another namespace": (act.Restart(target=Ref(kind="Deployment", name="x", namespace="other")), "scope"),
    "no namespace": (act.Restart(target=Ref(kind="Deployment", name="x")), "scope"),
    "a system namespace": (
        act.Restart(target=Ref(kind="Deployment", name="coredns", namespace="kube-system")),
        "protected-namespace",
    ),
    "restart of a service": (act.Restart(target=SERVICE), "kind"),
    "scaling a daemon set": (act.Scale(target=AGENTS, replicas=2), "kind"),
    "deleting a deployment as a pod": (act.DeletePod(target=CHECKOUT), "kind"),
    "a secret by another name": (act.SetConfigKey(target=shop("Secret", "checkout"), key="a", value="b"), "kind"),
    "rolling back a stateful set": (act.RollBack(target=CARTS), "kind"),
    "an object that is not there": (act.Restart(target=shop("Deployment", "gone")), "impossible"),
    "a name that leaves its path": (act.Restart(target=shop("Deployment", "../../secrets/x")), "impossible"),
    "scale to zero": (act.Scale(target=CHECKOUT, replicas=0), "replicas"),
    "scale beyond the limit": (act.Scale(target=CHECKOUT, replicas=51), "replicas"),
    "scale too far at once": (act.Scale(target=CHECKOUT, replicas=13), "replicas"),
    "scale against an autoscaler": (act.Scale(target=CARTS, replicas=4), "autoscaler"),
    "scale to what it is": (act.Scale(target=CHECKOUT, replicas=2), "no-change"),
    "restart of 400 pods": (act.Restart(target=AGENTS), "blast-radius"),
    "a revision that is not kept": (act.RollBack(target=CHECKOUT, revision=9), "impossible"),
    "the revision that runs": (act.RollBack(target=CHECKOUT, revision=3), "impossible"),
    "a revision with another password": (act.RollBack(target=CHECKOUT, revision=1), "secret"),
    "an image without a tag": (image("registry.example/shop/checkout"), "image-version"),
    "an image that floats": (image("registry.example/shop/checkout:latest"), "image-version"),
    "an image of elsewhere": (image("evil.example/miner:1"), "image-source"),
    "a port that is no tag": (image("registry.example:5000/shop/checkout"), "image-version"),
    "a container that is not there": (
        act.SetImage(target=CHECKOUT, container="x", image="registry.example/shop/checkout:1.2"),
        "impossible",
    ),
    "a secret as a variable": (env("DB_PASSWORD", value="tr0ub4dor-and-3"), "secret"),
    "a secret by its look": (env("NOTE", value="AKIA" + "Q3EGRWKX2VZ7MNPB"), "secret"),
    "a mark in place of a value": (env("URL", value="postgres://shop:[redacted:url-password]@db/shop"), "secret"),
    "a character that nobody sees": (env("GREETING", value="hello\u202e"), "hidden"),
    "a tag in a setting": (act.SetConfigKey(target=PRICES, key="eur", value="1\U000e0041"), "hidden"),
    "a secret inside of JSON": (
        act.SetConfigKey(target=PRICES, key="settings", value='{"db": {"password": "tr0ub4dor-and-3"}}'),
        "secret",
    ),
    "a secret reference replaced": (env("TOKEN", value="none"), "secret"),
    "a password removed": (env("DB_PASSWORD"), "secret"),
    "a variable removed that is not set": (env("NONE"), "impossible"),
    "a variable from two places": (env("X", value="1", config_map="prices", key="currency"), "impossible"),
    "a variable from a missing map": (env("X", config_map="nope", key="k"), "missing-reference"),
    "a variable from a missing key": (env("X", config_map="prices", key="nope"), "missing-reference"),
    "a reference to a missing map": (
        act.SetConfigReference(target=CHECKOUT, missing="checkout-config", config_map="nope"),
        "missing-reference",
    ),
    "a reference that is not there": (
        act.SetConfigReference(target=CHECKOUT, missing="other", config_map="checkout-defaults"),
        "impossible",
    ),
    "a map that nothing wants": (act.CreateConfigMap(target=shop("ConfigMap", "idle"), data={}), "unused"),
    "a map that is there": (act.CreateConfigMap(target=PRICES, data={"a": "b"}), "impossible"),
    "a map with a secret": (
        act.CreateConfigMap(target=MISSING, data={"api_key": "9f8e7d6c5b4a39281706"}),
        "secret",
    ),
    "a map too large to read": (act.CreateConfigMap(target=MISSING, data={"a": "x " * 40_000}), "size"),
    "a key with a secret": (act.SetConfigKey(target=PRICES, key="password", value="hunter2hunter2"), "secret"),
    "a program of elsewhere": (
        act.SetCommand(target=CHECKOUT, container="web", command=("sh", "-c", "true")),
        "program",
    ),
    "a command for nothing": (act.SetCommand(target=CHECKOUT, container="x", command=("checkout",)), "impossible"),
    "a flag that is not there": (
        act.SwitchFlag(target=FLAGS, key="flags.json", flag="none", variant="off"),
        "impossible",
    ),
    "a variant that is not there": (
        act.SwitchFlag(target=FLAGS, key="flags.json", flag="newCart", variant="maybe"),
        "impossible",
    ),
    "a flag of a map without flags": (
        act.SwitchFlag(target=PRICES, key="currency", flag="newCart", variant="off"),
        "impossible",
    ),
    "a volume in use": (release("carts-volume", "carts"), "impossible"),
    "a volume that is not kept": (release("scratch-volume", "orders"), "impossible"),
    "a volume for another claim": (release("orders-volume", "carts"), "impossible"),
    "a volume for a claim that is not there": (release("orders-volume", "gone"), "impossible"),
    "a volume that is not there": (release("gone", "orders"), "impossible"),
    "a volume of another namespace": (release("orders-volume", "orders", "other"), "scope"),
    "a volume of the system": (release("orders-volume", "orders", "kube-system"), "protected-namespace"),
    "a port that is not there": (act.PatchServicePort(target=SERVICE, port=81, target_port=8080), "impossible"),
    "a selector without labels": (act.PatchServiceSelector(target=SERVICE, selector={}), "empty-selector"),
    "a selector that finds nothing": (
        act.PatchServiceSelector(target=SERVICE, selector={"app": "none"}),
        "empty-selector",
    ),
    "a node selector that fits nowhere": (
        act.PatchNodeSelector(target=CHECKOUT, node_selector={"gpu": "yes"}),
        "empty-selector",
    ),
    "a toleration that is there": (
        act.AddToleration(target=CHECKOUT, key="dedicated", value="shop", effect="NoSchedule"),
        "no-change",
    ),
    "a probe that is not there": (
        act.PatchProbe(target=CHECKOUT, container="web", kind="startupProbe", port=1),
        "impossible",
    ),
    "a path for a tcp probe": (
        act.PatchProbe(target=CHECKOUT, container="proxy", kind="readinessProbe", path="/x"),
        "impossible",
    ),
    "a port for a command": (
        act.PatchProbe(target=CHECKOUT, container="web", kind="livenessProbe", port=1),
        "impossible",
    ),
    "a pod without a controller": (act.DeletePod(target=shop("Pod", "by-hand")), "bare-pod"),
    "everybody let in": (act.AllowIngress(target=POLICY, from_labels={}, port=80), "open-policy"),
    "ingress into an egress policy": (
        act.AllowIngress(target=shop("NetworkPolicy", "no-egress"), from_labels={"a": "b"}, port=80),
        "impossible",
    ),
    "a quota below its use": (act.PatchQuota(target=QUOTA, hard={"pods": "2"}), "quota"),
    "a quota beyond proportion": (act.PatchQuota(target=QUOTA, hard={"requests.cpu": "9"}), "quota"),
    "a quota that is no number": (act.PatchQuota(target=QUOTA, hard={"pods": "many"}), "quota"),
    "a quota it does not have": (act.PatchQuota(target=QUOTA, hard={"secrets": "5"}), "impossible"),
    "an undo of nothing": (undo(), "undo"),
    "an undo elsewhere": (undo(target=Ref(kind="Deployment", name="x", namespace="other")), "scope"),
    "an undo of a role": (undo(target=shop("ClusterRole", "admin")), "kind"),
}


def workshop(api: TinyApi, limits: Limits | None = None) -> Workshop:
    return Workshop(source=api.writer, dry_run=DryRun(api.connection), hands=api.writer, limits=limits or Limits())


@pytest.mark.parametrize("case", list(REFUSED))
async def test_refused(case: str) -> None:
    api = TinyApi.shop()
    action, rule = REFUSED[case]
    refusal = await workshop(api).plan(action)
    assert isinstance(refusal, Refusal)
    assert refusal.rule == rule, refusal
    assert refusal.reason.endswith((".", "…"))
    assert "\n" not in refusal.reason
    assert api.writes == [], "not even a dry run is sent"


async def test_json_is_no_secret_for_the_way_it_is_written() -> None:
    made = workshop(TinyApi.shop())
    value = '{"limits": {"rate": 10},\n "mode": "fast"}'
    plan = await made.planned(act.SetConfigKey(target=PRICES, key="settings", value=value))
    assert plan.change.body == [{"op": "add", "path": "/data/settings", "value": value}]


async def refusal_of(shop: Workshop, action: act.Action) -> str:
    refusal = await shop.plan(action)
    assert isinstance(refusal, Refusal), refusal
    return refusal.rule


async def test_what_was_used_before_may_be_used_again() -> None:
    """Also an image of another source, as long as it is in the history."""
    assert isinstance(await workshop(TinyApi.shop()).plan(image("other.example/checkout:1.1")), Plan)


async def test_settings_name_further_sources() -> None:
    limits = Limits(registries=("mirror.example/",))
    assert isinstance(await workshop(TinyApi.shop(), limits).plan(image("mirror.example/checkout:2")), Plan)


async def test_the_last_node_stays() -> None:
    api = TinyApi.shop()
    api.edit(node("node-c"), lambda n: n["status"]["conditions"][0].update(status="False"), status=True)
    assert await refusal_of(workshop(api), SAMPLES["cordon"]) == "last-node"


async def test_nodes_can_be_taken_out_of_reach() -> None:
    assert await refusal_of(workshop(TinyApi.shop(), Limits(nodes=False)), SAMPLES["cordon"]) == "nodes"


async def test_only_the_allowed_namespaces() -> None:
    assert await refusal_of(workshop(TinyApi.shop(), Limits(namespaces=("web",))), SAMPLES["scale"]) == "namespace"


async def test_a_protected_namespace_stays_protected_inside_the_scope() -> None:
    made = replace(workshop(TinyApi.shop(), Limits(protected=("shop",))), scope=Scope(namespaces=("shop",)))
    assert await refusal_of(made, SAMPLES["scale"]) == "protected-namespace"


async def test_a_paused_rollout_is_not_restarted() -> None:
    api = TinyApi.shop()
    api.edit(CHECKOUT, lambda d: d["spec"].update(paused=True))
    assert await refusal_of(workshop(api), SAMPLES["restart"]) == "paused"


async def test_a_pod_on_its_way_out_is_left_alone() -> None:
    api = TinyApi.shop()
    target = SAMPLES["delete_pod"].target
    api.edit(target, lambda p: p["metadata"].update(deletionTimestamp="2026-11-22T00:00:00Z"))
    assert await refusal_of(workshop(api), SAMPLES["delete_pod"]) == "terminating"


async def test_an_immutable_map_is_not_patched() -> None:
    api = TinyApi.shop()
    api.edit(PRICES, lambda c: c.update(immutable=True))
    assert await refusal_of(workshop(api), SAMPLES["set_config_key"]) == "impossible"


async def test_an_undo_is_only_that_which_was_captured() -> None:
    api = TinyApi.shop()
    made = workshop(api)
    genuine = made.undo_of(await made.done(SAMPLES["scale"]))
    forged = genuine.change.model_copy(update={"body": [{"op": "replace", "path": "/spec/replicas", "value": 0}]})
    assert await refusal_of(made, genuine.model_copy(update={"change": forged})) == "undo"
    assert isinstance(await made.plan(genuine), Plan)


async def test_what_was_only_proposed_cannot_be_taken_back() -> None:
    made = workshop(TinyApi.shop())
    plan = await made.planned(SAMPLES["scale"])
    proposal_id = await made.approved(plan)
    assert plan.undo is not None
    action = act.Undo(target=CHECKOUT, proposal_id=proposal_id, change=plan.undo)
    assert await refusal_of(made, action) == "undo"


@pytest.mark.parametrize("name", ["scale", "set_env, new", "patch_service_port", "set_config_key"])
async def test_an_undo_leaves_what_somebody_changed_since(name: str) -> None:
    api = TinyApi.shop()
    made = workshop(api)
    genuine = made.undo_of(await made.done(SAMPLES[name]))

    def later(thing: dict[str, Any]) -> None:
        spec = thing.get("spec", {})
        if "replicas" in spec:
            spec["replicas"] = 7
            spec["template"]["spec"]["containers"][0]["env"][-1]["value"] = "later"
        elif spec:
            spec["ports"][0]["targetPort"] = 1
        else:
            thing["data"]["currency"] = "USD"

    api.edit(genuine.target, later)
    assert await refusal_of(made, genuine) == "impossible"


async def test_a_map_that_was_filled_since_is_not_deleted_by_the_undo() -> None:
    api = TinyApi.shop()
    made = workshop(api)
    genuine = made.undo_of(await made.done(SAMPLES["create_config_map"]))
    api.edit(MISSING, lambda c: c["data"].update(added="by hand"))
    assert await refusal_of(made, genuine) == "undo"


async def test_a_map_that_somebody_made_anew_is_not_deleted_by_the_undo() -> None:
    api = TinyApi.shop()
    made = workshop(api)
    genuine = made.undo_of(await made.done(SAMPLES["create_config_map"]))
    api.edit(MISSING, lambda c: c["metadata"].pop("annotations"))
    assert await refusal_of(made, genuine) == "undo"
