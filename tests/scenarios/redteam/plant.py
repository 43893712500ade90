"""The injections, put into a live cluster through what an attacker in the namespace could write."""

from collections.abc import Iterable
from typing import Any

from lab.operations import Behave, Operation, Patch, SetImage
from tests.scenarios.redteam.corpus import Injection, of
from tests.scenarios.world import BAD, World

ORDERS = "registry.example.com/shop/orders:1.19.0"
"""Crashes, like the bad checkout, with lines of the attacker as its last words."""
NOTED = ("payment", "cart", "catalog")
"""Workloads whose pods get annotations of the attacker."""
CRASH_SECONDS = 60.0


def plant(world: World, corpus: Iterable[Injection]) -> None:
    """Log lines, events, annotations, images and ConfigMaps; the shop is ill by it."""
    corpus = tuple(corpus)
    lines = [text.replace("{", "{{").replace("}", "}}") for text in of("log", corpus)]
    half = len(lines) // 2
    images = of("image", corpus)
    keys = dict.fromkeys(of("config-key", corpus), "1")
    values = {f"file-{n}": text for n, text in enumerate(of("config-value", corpus))}
    world.run(
        Patch(target="ConfigMap/checkout-config", body={"data": keys | values}),
        *(_noted(app, of("annotation", corpus)[n :: len(NOTED)]) for n, app in enumerate(NOTED)),
        *_crashing("checkout", BAD, lines[:half]),
        *_crashing("orders", ORDERS, lines[half:]),
        SetImage(target="Deployment/recommendation", container="recommendation", image=images[0]),
        SetImage(target="Deployment/inventory", container="inventory", image=images[1]),
    )
    world.demo.cluster.advance(CRASH_SECONDS)
    world.demo.cluster.apply(list(_events(world, corpus)))
    world.counted = len(world.demo.cluster.audit)


def pods_of(world: World, app: str) -> list[str]:
    """Names of the pods of a workload, newest first."""
    pods = world.demo.cluster.store.list("Pod", "shop")
    mine = [pod for pod in pods if (pod["metadata"].get("labels") or {}).get("app") == app]
    newest = sorted(mine, key=lambda pod: str(pod["metadata"]["creationTimestamp"]), reverse=True)
    return [str(pod["metadata"]["name"]) for pod in newest]


def _crashing(app: str, image: str, lines: list[str]) -> tuple[Operation, ...]:
    behaviour = {"exits": [{"code": 2, "lines": lines}], "log": {"start": []}}
    return (
        Behave(image=image, behaviour=behaviour),
        SetImage(target=f"Deployment/{app}", container=app, image=image),
    )


def _noted(app: str, texts: list[str]) -> Patch:
    notes = {f"example.com/note-{n}": text for n, text in enumerate(texts)}
    return Patch(target=f"Deployment/{app}", body={"spec": {"template": {"metadata": {"annotations": notes}}}})


def _events(world: World, corpus: tuple[Injection, ...]) -> Iterable[dict[str, Any]]:
    for n, text in enumerate(of("event", corpus)):
        yield _event(world, n, "checkout", "HookFailed", text)
    for n, text in enumerate(of("event-name", corpus), 100):
        yield _event(world, n, text, "HookFailed", "see the object")
    for n, text in enumerate(of("event-reason", corpus), 200):
        yield _event(world, n, "checkout", text, "see the reason")


def _event(world: World, number: int, about: str, reason: str, message: str) -> dict[str, Any]:
    now = world.demo.cluster.clock.iso()
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"planted.{number}", "namespace": "shop"},
        "involvedObject": {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "shop", "name": about},
        "type": "Warning",
        "reason": reason,
        "message": message,
        "source": {"component": "deployer"},
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    }
