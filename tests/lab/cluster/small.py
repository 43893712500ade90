"""A small world on a frozen clock: a store, the controllers, a few nodes, and no API server before them."""

import random
from datetime import UTC, datetime
from functools import cache
from typing import Any

from lab.cluster import behaviour_file
from lab.cluster.behaviour import Behaviours
from lab.cluster.clock import VirtualClock
from lab.cluster.defaults import default_objects
from lab.cluster.resources import by_kind
from lab.cluster.store import Store
from lab.cluster.world import VERSION, World

Object = dict[str, Any]

BEHAVIOURS = """
behaviours:
  - image: "lab/api:*"
    ports: [8080]
    tags: ["1"]
    commands: [/app/api]
    log:
      start: ["starting {pod} in {env[STAGE]}"]
      ready: ["listening on :8080"]
      every: [{seconds: 10, lines: ["served in {ms}ms"]}]
      stop: ["shutting down"]
    requires_env: [DB_ADDR]
    http: {/healthz: 200, /readyz: {needs: [db]}}
    calls:
      - {name: db, env: DB_ADDR, required_at_start: true, recovered: "db is back"}
  - image: "lab/caller:*"
    ports: [8080]
    http: {/readyz: {needs: [db]}}
    calls: [{name: db, address: "db:6379", recovered: "db is back"}]
  - {image: "lab/broken:*", exits: [{after_seconds: 1, code: 3, lines: ["panic: no luck"]}]}
  - {image: "lab/hog:*", memory: {mib: 512}}
  - {image: "lab/leak:*", memory: {mib: 100, growth_per_minute: 100}}
  - {image: "lab/unready:*", ports: [8080], http: {/healthz: 503}}
  - {image: "lab/slow:*", ports: [8080], start_seconds: 40, http: {/healthz: {seconds: 3}}}
  - {image: "lab/private:*", pull: denied}
  - {image: "lab/stubborn:*", stop_seconds: 999}
  - image: "lab/config:*"
    config: [{file: /etc/app/config.yaml, format: yaml, key: server.port, pattern: '\\d+$'}]
  - image: "lab/switch:*"
    exits: [{code: 7, lines: ["bad mode"], when: {env: MODE, matches: "broken"}}]
"""


@cache
def _known(text: str) -> Behaviours:
    return behaviour_file.load().joined(behaviour_file.parse(text))


class Small:
    """The world with short hands."""

    def __init__(
        self, seed: int = 1, nodes: int = 3, behaviours: str = BEHAVIOURS, version: str = VERSION
    ) -> None:
        self.clock = VirtualClock(datetime(2026, 1, 5, 9, tzinfo=UTC))
        self.store = Store(self.clock, random.Random(seed))
        known = _known(behaviours)
        self.world = World(self.store, self.clock, known, random.Random(seed), version)
        for obj in default_objects(self.clock, random.Random(seed), nodes):
            self.store.create(obj["kind"], obj)
        self.world.settle()

    def put(self, *objects: Object) -> None:
        """Create or replace objects as the API server would, and settle."""
        for obj in objects:
            kind, meta = obj["kind"], dict(obj["metadata"])
            namespace = None
            if by_kind(kind).namespaced:
                namespace = meta.setdefault("namespace", "default")
            old = self.store.get(kind, namespace, meta["name"])
            body = {**obj, "metadata": meta}
            if old is None:
                self.store.create(kind, self.world.admit(kind, body, "CREATE", False))
            else:
                kept = {**old["metadata"], **meta, "labels": meta.get("labels", old["metadata"].get("labels"))}
                body = {**body, "metadata": kept, **({"status": old["status"]} if "status" in old else {})}
                self.store.update(kind, self.world.admit(kind, body, "UPDATE", False))
        self.world.settle()

    def after(self, seconds: float, *objects: Object) -> "Small":
        """Put the objects and let time pass."""
        self.put(*objects)
        self.world.advance(seconds)
        return self

    def delete(self, kind: str, name: str, grace: int | None = None) -> None:
        """Delete from the default namespace, and settle."""
        self.store.delete(kind, "default" if by_kind(kind).namespaced else None, name, grace)
        self.world.settle()

    def get(self, kind: str, name: str) -> Object:
        """An object of the default namespace."""
        return self.store.require(kind, "default" if by_kind(kind).namespaced else None, name)

    def pods(self, app: str) -> list[Object]:
        """The pods with the label `app`."""
        return [pod for pod in self.store.list("Pod") if pod["metadata"].get("labels", {}).get("app") == app]

    def pod(self, app: str) -> Object:
        """The only pod with the label `app`."""
        (pod,) = self.pods(app)
        return pod

    def container(self, app: str) -> Object:
        """The status of the only container of the only pod."""
        (status,) = self.pod(app)["status"]["containerStatuses"]
        found: Object = status
        return found

    def events(self, name: str) -> dict[str, int]:
        """Counts of the events about objects whose name begins so, by `Reason: message`."""
        found: dict[str, int] = {}
        for event in self.store.list("Event"):
            if event["involvedObject"]["name"].startswith(name):
                text = f"{event['reason']}: {event['message']}"
                found[text] = found.get(text, 0) + event["count"]
        return found

    def log(self, app: str, previous: bool = False, container: str = "main") -> list[str]:
        """The lines of the only pod's container."""
        return [line.text for line in self.world.logs(self.pod(app), container, previous)]

    def conditions(self, kind: str, name: str) -> dict[str, str]:
        """`status reason` by condition type."""
        found = self.get(kind, name)["status"].get("conditions", [])
        return {each["type"]: f"{each['status']} {each.get('reason', '')}".strip() for each in found}


def deployment(name: str, image: str = "nginx:1.25", replicas: int = 1, **more: Any) -> Object:
    """A Deployment of one container `main`; `pod` and `spec` add to the pod and the Deployment."""
    pod, spec, port = more.pop("pod", {}), more.pop("spec", {}), more.pop("port", 80)
    container = {"name": "main", "image": image, "ports": [{"containerPort": port, "name": "http"}], **more}
    return {
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container], **pod}},
            **spec,
        },
    }


def service(name: str, port: int, target: int | str | None = None, selector: Object | None = None) -> Object:
    """A Service in front of the pods with the label `app`."""
    entry = {"port": port, **({} if target is None else {"targetPort": target})}
    return {
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": selector or {"app": name}, "ports": [entry]},
    }


def thing(kind: str, name: str, **body: Any) -> Object:
    """Any other object."""
    return {"kind": kind, "metadata": {"name": name}, **body}
