"""Take a view of a cluster: everything in its store, and calls tried from its pods."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from domain.cluster import Ref
from lab.checks import Call
from lab.cluster.errors import ApiError
from lab.cluster.pods import is_ready
from lab.cluster.resources import RESOURCES
from lab.cluster.server import Cluster
from lab.targets import ref_of
from lab.view import View


def look(cluster: Cluster, namespace: str, calls: Iterable[Call]) -> View:
    """The world now. Objects are shared with the store, which never changes them."""
    kinds = {resource.kind for resource in RESOURCES if resource.stored and resource.kind != "Event"}
    objects = {_ref(kind, obj): obj for kind in sorted(kinds) for obj in cluster.store.list(kind)}
    view = View(cluster.clock.now(), objects, {})
    tried = {(call.source, call.url): _try(cluster, view, namespace, call) for call in calls}
    return View(view.at, objects, tried)


def _try(cluster: Cluster, view: View, namespace: str, call: Call) -> str | None:
    """Call from a ready pod of the source; what went wrong, or `None`."""
    pods = (dict(pod) for pod in view.pods_of(ref_of(call.source, namespace)))
    pod = next((pod for pod in pods if is_ready(pod)), None)
    if pod is None:
        return "none of its pods is ready"
    url = urlsplit(call.url)
    command = ["nc", "-z", url.hostname or "", str(url.port)] if url.scheme == "tcp" else ["wget", "-q", call.url]
    container = pod["spec"]["containers"][0]["name"]
    try:
        done = cluster.world.exec(pod, container, command)
    except ApiError as error:
        return error.message
    return None if done.exit_code == 0 else done.stderr.strip() or f"exit code {done.exit_code}"


def _ref(kind: str, obj: Any) -> Ref:
    meta = obj["metadata"]
    return Ref(kind=kind, name=meta["name"], namespace=meta.get("namespace") or None)
