"""A tiny API server behind `Connection.request`: objects, optimistic locks, JSON patches, dry runs, and trouble.

It knows no controllers and no validation; the lab's cluster is the thorough one. What it is for is trouble at an
exact moment: refuse a request, lose it, or lose its answer after the effect.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import jsonpatch
import yaml

from domain.cluster import Ref
from domain.errors import AoiError, ClusterConflict, ClusterNotFound, ClusterRejected
from tools.cluster.connection import Connection
from tools.cluster.resources import RESOURCES, path_of, resource_of
from tools.cluster.writer import Writer

_BY_PLURAL = {(r.api_version, r.plural): r for r in RESOURCES.values()}
_COUNTED = ("Deployment", "StatefulSet", "DaemonSet", "NetworkPolicy")
OBJECTS = Path(__file__).with_name("objects.yaml")

Trouble = Callable[[str, str], AoiError | None]


@dataclass
class TinyApi:
    """Objects by path."""

    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    effects: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of every request that changed something."""
    writes: list[dict[str, Any]] = field(default_factory=list)
    """Every request that was no GET, as it was sent."""
    before: Trouble = lambda method, path: None
    """Asked before each request; what it gives is raised and nothing happens."""
    after: Trouble = lambda method, path: None
    """Asked after each request; what it gives is raised though the request took effect."""
    version: int = 100

    @classmethod
    def shop(cls) -> "TinyApi":
        """The objects of `objects.yaml`."""
        api = cls()
        for number, thing in enumerate(yaml.safe_load_all(OBJECTS.read_text())):
            metadata = thing["metadata"]
            metadata.setdefault("uid", f"uid-{number}")
            ref = Ref(kind=thing["kind"], name=metadata["name"], namespace=metadata.get("namespace"))
            api.objects[path_of(ref)] = api.stamped(thing)
        return api

    @property
    def connection(self) -> Connection:
        return cast(Connection, self)

    @property
    def writer(self) -> Writer:
        return Writer(self.connection)

    def get(self, ref: Ref) -> dict[str, Any] | None:
        return deepcopy(self.objects.get(path_of(ref)))

    def edit(self, ref: Ref, change: Callable[[dict[str, Any]], None], status: bool = False) -> None:
        """Somebody else changes an object; with `status` the spec does not count as changed."""
        thing = self.objects[path_of(ref)]
        change(thing)
        self.stamped(thing, count=not status)

    def stamped(self, thing: dict[str, Any], count: bool = True) -> dict[str, Any]:
        self.version += 1
        thing["metadata"]["resourceVersion"] = str(self.version)
        if count and thing["kind"] in _COUNTED:
            thing["metadata"]["generation"] = thing["metadata"].get("generation", 0) + 1
        return thing

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, Any] | None = None,
        body: Any = None,
        content_type: str | None = None,
        doing: str | None = None,
    ) -> dict[str, Any]:
        if trouble := self.before(method, path):
            raise trouble
        if method != "GET":
            self.writes.append({"method": method, "path": path, "query": query, "body": deepcopy(body)})
        dry = self._dry(method, query or {}, body)
        objects = deepcopy(self.objects) if dry else self.objects
        try:
            answer = deepcopy(self._answer(method, path, body, objects))
            if method != "GET" and not dry:
                self.effects.append((method, path))
        finally:
            if trouble := self.after(method, path):
                raise trouble
        return answer

    def _dry(self, method: str, query: dict[str, Any], body: Any) -> bool:
        if method == "DELETE" and body:  # As the real server: the body's options hide those of the query.
            return bool(body.get("dryRun") == ["All"])
        return query.get("dryRun") == "All"

    def _answer(self, method: str, path: str, body: Any, objects: dict[str, dict[str, Any]]) -> dict[str, Any]:
        if method == "GET" and path not in objects:
            return self._list(path, objects)
        if method == "POST":
            return self._create(path, body, objects)
        if path not in objects:
            raise ClusterNotFound(f"{path} does not exist.")
        if method == "PATCH":
            return self._patch(path, body, objects)
        if method == "DELETE":
            metadata = objects[path]["metadata"]
            if any(metadata[name] != value for name, value in body["preconditions"].items()):
                raise ClusterConflict("The precondition does not hold.")
            del objects[path]
            return {"kind": "Status"}
        return objects[path]

    def _list(self, path: str, objects: dict[str, dict[str, Any]]) -> dict[str, Any]:
        if not any(path.endswith(f"/{resource.plural}") for resource in RESOURCES.values()):
            raise ClusterNotFound(f"{path} does not exist.")
        return {"items": [thing for where, thing in objects.items() if where.rpartition("/")[0] == path]}

    def _create(self, path: str, body: Any, objects: dict[str, dict[str, Any]]) -> dict[str, Any]:
        where = f"{path}/{body['metadata']['name']}"
        if where in objects:
            raise ClusterConflict(f"{where} exists already.")
        body = deepcopy(body)
        body["metadata"]["uid"] = f"uid-new-{self.version}"
        assert resource_of(body["kind"]).collection(body["metadata"].get("namespace")) == path
        objects[where] = self.stamped(body)
        return objects[where]

    def _patch(self, path: str, body: Any, objects: dict[str, dict[str, Any]]) -> dict[str, Any]:
        thing = objects[path]
        try:
            patched = jsonpatch.apply_patch(thing, body)
        except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException) as e:
            raise ClusterRejected(f"The patch does not apply: {e}") from e
        if patched["metadata"]["resourceVersion"] != thing["metadata"]["resourceVersion"]:
            raise ClusterConflict("The object has been modified.")
        counted = any(patched.get(k) != thing.get(k) for k in ("spec", "data"))
        objects[path] = self.stamped(patched, count=counted)
        return objects[path]
