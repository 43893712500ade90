"""Endpoints and EndpointSlices of Services with a selector (pkg/controller/endpoint, endpointslice)."""

import hashlib
from collections.abc import Iterable

from lab.cluster.context import Context, place_of
from lab.cluster.matching import is_subset, labels_of
from lab.cluster.pods import controller_reference, is_over, is_ready, port_named
from lab.cluster.ports import Object
from lab.cluster.queue import Key
from lab.cluster.store import StoreEvent

_Ports = tuple[tuple[str | None, int, str], ...]
"""Name, number, protocol."""


class EndpointsController:
    """Keeps the addresses behind each Service."""

    kinds: tuple[str, ...] = ("Service", "Pod", "Endpoints", "EndpointSlice")

    def __init__(self, context: Context) -> None:
        self._store = context.store

    def keys(self, event: StoreEvent) -> Iterable[Key]:
        """The Service, or those that select the pod before or after the change."""
        if event.kind in ("Service", "Endpoints"):
            yield place_of(event.obj)
        elif event.kind == "EndpointSlice":
            name = labels_of(event.obj).get("kubernetes.io/service-name")
            if name and event.type == "DELETED":
                yield (event.obj["metadata"]["namespace"], name)
        elif _matters(event):
            before = {} if event.previous is None else labels_of(event.previous)
            for service in self._store.list("Service", event.obj["metadata"]["namespace"]):
                selector = service["spec"].get("selector")
                if selector and (is_subset(selector, labels_of(event.obj)) or is_subset(selector, before)):
                    yield place_of(service)

    def reconcile(self, key: Key) -> float | None:
        """Write both objects of one Service, or drop them after it."""
        service = self._store.get("Service", *key)
        if service is None:
            if self._store.get("Endpoints", *key) is not None:
                self._store.delete("Endpoints", key[0], key[1])
            return None
        selector = service["spec"].get("selector")
        if not selector or service["spec"].get("type") == "ExternalName":
            return None
        groups: dict[_Ports, list[Object]] = {}
        for pod in self._store.list("Pod", key[0]):
            if is_subset(selector, labels_of(pod)) and pod.get("status", {}).get("podIP") and not is_over(pod):
                ports = _ports(service, pod)
                if ports or not service["spec"].get("ports"):
                    groups.setdefault(ports, []).append(pod)
        self._write_endpoints(service, groups)
        self._write_slices(service, groups)
        return None

    def _write_endpoints(self, service: Object, groups: dict[_Ports, list[Object]]) -> None:
        namespace, name = place_of(service)
        publish = service["spec"].get("publishNotReadyAddresses", False)
        subsets = []
        for ports, pods in sorted(groups.items(), key=_by_ports):
            living = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
            ready = [_address(pod) for pod in living if is_ready(pod) or publish]
            waiting = [_address(pod) for pod in living if not is_ready(pod) and not publish]
            subset: Object = {"addresses": ready} if ready else {}
            if waiting:
                subset["notReadyAddresses"] = waiting
            if subset:
                subsets.append(subset | {"ports": [_port(each) for each in ports]})
        old = self._store.get("Endpoints", namespace, name)
        labels = dict(labels_of(service))
        if service["spec"].get("clusterIP") == "None":
            labels["service.kubernetes.io/headless"] = ""
        content: Object = {"subsets": subsets} if subsets else {}
        if old is None:
            meta = {"name": name, "namespace": namespace, "labels": labels}
            self._store.create("Endpoints", {"metadata": meta, **content})
        elif (old.get("subsets") or []) != subsets:
            self._store.update("Endpoints", {"metadata": old["metadata"], **content})

    def _write_slices(self, service: Object, groups: dict[_Ports, list[Object]]) -> None:
        """One slice a group of ports; without pods one empty slice remains, as in a real cluster."""
        namespace, name = place_of(service)
        wanted = groups or {(): []}
        found = [
            each
            for each in self._store.list("EndpointSlice", namespace)
            if labels_of(each).get("kubernetes.io/service-name") == name
        ]
        by_name = {each["metadata"]["name"]: each for each in found}
        kept: set[str] = set()
        for ports, pods in sorted(wanted.items(), key=_by_ports):
            meta = _slice_meta(service, len(kept))
            kept.add(meta["name"])
            content = {
                "addressType": "IPv4",
                "endpoints": [_endpoint(pod) for pod in pods],
                "ports": [_port(each, named=True) for each in ports],
            }
            old = by_name.get(meta["name"])
            if old is None:
                self._store.create("EndpointSlice", {"metadata": meta, **content})
            elif any(old.get(field) != value for field, value in content.items()):
                self._store.update("EndpointSlice", {"metadata": old["metadata"], **content})
        for slice_name in by_name.keys() - kept:
            self._store.delete("EndpointSlice", namespace, slice_name)


def _by_ports(group: tuple[_Ports, list[Object]]) -> str:
    return str(group[0])


def _matters(event: StoreEvent) -> bool:
    """Whether a pod's change can move endpoints."""
    old, new = event.previous, event.obj
    if old is None or event.type == "DELETED":
        return bool(new.get("status", {}).get("podIP"))
    return (
        is_ready(old) != is_ready(new)
        or old.get("status", {}).get("podIP") != new.get("status", {}).get("podIP")
        or is_over(old) != is_over(new)
        or old["metadata"].get("deletionTimestamp") != new["metadata"].get("deletionTimestamp")
        or labels_of(old) != labels_of(new)
    )


def _ports(service: Object, pod: Object) -> _Ports:
    """The Service's ports as numbers of this pod; a name that the pod lacks drops out."""
    found = []
    for entry in service["spec"].get("ports") or ():
        number = port_named(pod["spec"], entry.get("targetPort") or entry["port"])
        if number is not None:
            found.append((entry.get("name"), number, entry.get("protocol", "TCP")))
    return tuple(found)


def _port(port: tuple[str | None, int, str], named: bool = False) -> Object:
    name, number, protocol = port
    found: Object = {"port": number, "protocol": protocol}
    return {"name": name or "", **found} if name or named else found


def _target(pod: Object) -> Object:
    meta = pod["metadata"]
    return {"kind": "Pod", "namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"]}


def _address(pod: Object) -> Object:
    return {"ip": pod["status"]["podIP"], "nodeName": pod["spec"]["nodeName"], "targetRef": _target(pod)}


def _endpoint(pod: Object) -> Object:
    ready, ending = is_ready(pod), "deletionTimestamp" in pod["metadata"]
    return {
        "addresses": [pod["status"]["podIP"]],
        "conditions": {"ready": ready and not ending, "serving": ready, "terminating": ending},
        "nodeName": pod["spec"]["nodeName"],
        "targetRef": _target(pod),
    }


def _slice_meta(service: Object, number: int) -> Object:
    namespace, name = place_of(service)
    letters = hashlib.sha256(f"{service['metadata']['uid']}:{number}".encode()).hexdigest()
    suffix = "".join("bcdfghjklmnpqrstvwxz2456789"[int(each, 16)] for each in letters[:5])
    labels = {
        "kubernetes.io/service-name": name,
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    }
    return {
        "name": f"{name}-{suffix}",
        "namespace": namespace,
        "labels": dict(labels_of(service)) | labels,
        "ownerReferences": [controller_reference(service)],
    }
