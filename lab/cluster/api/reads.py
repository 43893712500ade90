"""Get and list: selectors, paging over a snapshot, and the three shapes of an answer."""

import base64
from collections import OrderedDict
from typing import Any, Final

import orjson

from lab.cluster import event_view
from lab.cluster.api.answer import Answer, json_answer
from lab.cluster.api.kernel import Kernel
from lab.cluster.api.request import JSON, Form, Request, Target
from lab.cluster.errors import ApiError
from lab.cluster.ports import Object
from lab.cluster.printing.tables import table
from lab.cluster.resources import Resource
from lab.cluster.selectors import Filter, selection

SNAPSHOTS: Final = 64
"""Lists that may be continued; older ones answer 410."""


def get(kernel: Kernel, request: Request, target: Target) -> Answer:
    """One object. Raises ApiError 404."""
    found = kernel.store.get(target.resource.kind, target.namespace, target.name)
    if found is None:
        raise ApiError.not_found(target.resource, target.name)
    return rendered(kernel, request, target.resource, found)


def rendered(
    kernel: Kernel,
    request: Request,
    resource: Resource,
    obj: Object,
    code: int = 200,
    warnings: tuple[str, ...] = (),
) -> Answer:
    """One object in the shape that the caller wants."""
    match request.form:
        case Form.TABLE:
            include = request.query.get("includeObject", "Metadata")
            meta = {"resourceVersion": obj["metadata"].get("resourceVersion", "")}
            body = table(resource.kind, [obj], kernel.clock.now(), include, meta, with_columns=True)
            return json_answer(body, code, warnings)
        case Form.METADATA:
            return json_answer(partial(obj), code, warnings)
        case Form.OBJECT:
            return Answer(code, kernel.encode(resource, obj), JSON, warnings)


def partial(obj: Object) -> Object:
    """The metadata alone."""
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}


def filter_of(request: Request, resource: Resource) -> Filter | None:
    """The request's selectors. Raises ApiError 400."""
    labels, fields = request.query.get("labelSelector", ""), request.query.get("fieldSelector", "")
    hit = selection(labels, fields, resource.group_resource)
    if hit is None or not event_view.is_view(resource):
        return hit
    return lambda obj: hit(event_view.outward(dict(obj)))


def selected(kernel: Kernel, request: Request, target: Target) -> list[Object]:
    """The stored objects that a request selects."""
    objects = kernel.store.list(target.resource.kind, target.namespace or None)
    hit = filter_of(request, target.resource)
    return objects if hit is None else [obj for obj in objects if hit(obj)]


class Lists:
    """Lists, and the snapshots behind their `continue` tokens."""

    def __init__(self) -> None:
        self._snapshots: OrderedDict[str, tuple[list[Object], int]] = OrderedDict()
        self._count = 0

    def page(self, kernel: Kernel, request: Request, target: Target) -> Answer:
        """One page. Raises ApiError 400 and 410."""
        with kernel.store.lock:
            if token := request.query.get("continue"):
                objects, version = self._resume(token)
            else:
                objects, version = selected(kernel, request, target), kernel.store.version
            limit = _limit(request)
            meta: dict[str, Any] = {"resourceVersion": str(version)}
            if limit and len(objects) > limit:
                meta["continue"] = self._keep(objects[limit:], version)
                meta["remainingItemCount"] = len(objects) - limit
                objects = objects[:limit]
            return _page(kernel, request, target.resource, objects, meta)

    def _keep(self, rest: list[Object], version: int) -> str:
        self._count += 1
        token = base64.urlsafe_b64encode(orjson.dumps({"v": "lab/v1", "rv": version, "id": self._count})).decode()
        self._snapshots[token] = (rest, version)
        if len(self._snapshots) > SNAPSHOTS:
            self._snapshots.popitem(last=False)
        return token

    def _resume(self, token: str) -> tuple[list[Object], int]:
        found = self._snapshots.get(token)
        if found is not None:
            return found
        try:
            known = orjson.loads(base64.urlsafe_b64decode(token)).get("v") == "lab/v1"
        except (ValueError, AttributeError) as e:
            raise ApiError.bad_request("continue key is not valid") from e
        raise ApiError.expired_continue() if known else ApiError.bad_request("continue key is not valid")


def _limit(request: Request) -> int:
    text = request.query.get("limit") or "0"
    if not text.isdigit():
        raise ApiError.bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    return int(text)


def _page(kernel: Kernel, request: Request, resource: Resource, objects: list[Object], meta: Object) -> Answer:
    match request.form:
        case Form.TABLE:
            include = request.query.get("includeObject", "Metadata")
            return json_answer(table(resource.kind, objects, kernel.clock.now(), include, meta, with_columns=True))
        case Form.METADATA:
            head = {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": meta}
            return json_answer({**head, "items": [partial(obj) for obj in objects]})
        case Form.OBJECT:
            head = {"kind": f"{resource.kind}List", "apiVersion": resource.api_version, "metadata": meta}
            items = b",".join([kernel.encode(resource, obj) for obj in objects])
            return Answer(200, orjson.dumps(head)[:-1] + b',"items":[' + items + b"]}")
