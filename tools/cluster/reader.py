"""The reader identity: GET, and nothing else but the question "may I?". Nothing unredacted leaves this class."""

from collections.abc import Mapping
from typing import Any

from domain.base import Json
from domain.cluster import AccessRule, Granted, Ref
from tools.cluster.connection import Connection
from tools.cluster.resources import path_of, resource_of
from tools.redact.service import Redactor

PAGE = 500
"""Objects a list asks for at once."""
LOG_BYTES = 2_000_000
"""Most that one log answers with; the server cuts there."""
_RULES_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
_ACCESS_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


class Reader:
    """Reads objects and logs, redacted. Raises the `Cluster*` errors, and `BadInput` for what it will not ask."""

    def __init__(self, connection: Connection, redactor: Redactor) -> None:
        self._connection = connection
        self._redactor = redactor
        self._last: dict[str, dict[tuple[str, str], Json]] = {}
        """By path: what the last list of it held, by uid and version; the same version is the same object."""

    async def get(self, ref: Ref) -> Json:
        """One object."""
        found = await self._connection.request("GET", path_of(ref), doing=f"read {ref}")
        return self._redactor.object(found)

    async def list(
        self,
        kind: str,
        namespace: str | None,
        label_selector: str | None = None,
        field_selector: str | None = None,
    ) -> tuple[Json, ...]:
        """All objects of a kind in the order the API gives, each with its `kind`; `None` means every namespace."""
        resource = resource_of(kind)
        path = resource.collection(namespace)
        doing = f"list {resource.plural}" + (f" of namespace {namespace}" if namespace else "")
        query: dict[str, str | int] = {"limit": PAGE}
        if label_selector:
            query["labelSelector"] = label_selector
        if field_selector:
            query["fieldSelector"] = field_selector
        items: list[Json] = []
        known = self._last.get(path, {})
        while True:
            page = await self._connection.request("GET", path, query=query, doing=doing)
            items += (self._redacted(item, kind, known) for item in page.get("items") or ())
            following = page.get("metadata", {}).get("continue")
            if not following:
                self._last[path] = {_version(item): item for item in items}
                return tuple(items)
            query["continue"] = following

    def _redacted(self, item: Json, kind: str, known: Mapping[tuple[str, str], Json]) -> Json:
        """Without its secrets; the watch after an action lists the same objects again and again."""
        version = _version(item)
        if all(version) and version in known:
            return known[version]
        return self._redactor.object({**item, "kind": kind})

    async def log(
        self,
        namespace: str,
        pod: str,
        container: str | None = None,
        previous: bool = False,
        tail: int = 200,
        timestamps: bool = False,
    ) -> tuple[str, ...]:
        """The last lines of a container, oldest first; `previous` is the instance before the last restart."""
        ref = Ref(kind="Pod", namespace=namespace, name=pod)
        query: dict[str, str | int | bool] = {"tailLines": tail, "limitBytes": LOG_BYTES}
        query |= {"previous": True} if previous else {}
        query |= {"timestamps": True} if timestamps else {}
        query |= {"container": container} if container else {}
        doing = f"read the {'previous ' if previous else ''}log of {ref}"
        text = await self._connection.text(path_of(ref, "log"), query, doing=doing)
        return tuple(self._redactor.text(text).splitlines())

    async def namespaces(self) -> tuple[str, ...]:
        """Names of all namespaces, sorted."""
        return tuple(sorted(item["metadata"]["name"] for item in await self.list("Namespace", None)))

    async def usage(self, namespace: str) -> Mapping[str, Mapping[str, str]]:
        """`pod/container` to `{"cpu": "12m", "memory": "40Mi"}`; `ClusterNotFound` without a metrics server."""
        return {
            f"{pod['metadata']['name']}/{container['name']}": dict(container.get("usage") or {})
            for pod in await self.list("PodMetrics", namespace)
            for container in pod.get("containers") or ()
        }

    async def may(self, verb: str, group: str, resource: str, namespace: str | None) -> bool:
        """Whether this identity has a right; `resource` may name a subresource: `pods/log`."""
        plural, _, subresource = resource.partition("/")
        attributes = {"verb": verb, "group": group, "resource": plural}
        attributes |= {"subresource": subresource} if subresource else {}
        attributes |= {"namespace": namespace} if namespace else {}
        review: dict[str, Any] = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": attributes},
        }
        answer = await self._connection.request("POST", _ACCESS_REVIEWS, body=review, doing="ask for own rights")
        return bool(answer.get("status", {}).get("allowed"))

    async def granted(self, namespace: str) -> Granted:
        """All rights of this identity in a namespace, and those on cluster-scoped kinds."""
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectRulesReview",
            "spec": {"namespace": namespace},
        }
        answer = await self._connection.request("POST", _RULES_REVIEWS, body=review, doing="list own rights")
        status = answer.get("status") or {}
        rules = (
            AccessRule(
                verbs=tuple(rule.get("verbs") or ()),
                groups=tuple(rule.get("apiGroups") or ()),
                resources=tuple(rule.get("resources") or ()),
            )
            for rule in status.get("resourceRules") or ()
        )
        return Granted(rules=tuple(rules), complete=not status.get("incomplete"))


def _version(item: Json) -> tuple[str, str]:
    meta = item.get("metadata") or {}
    return str(meta.get("uid", "")), str(meta.get("resourceVersion", ""))
