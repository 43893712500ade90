"""Take a view of a cluster: everything in its store, calls tried from its pods, and how its users fare."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from domain.cluster import Ref
from lab.checks import Call, Check, Flag, Says
from lab.cluster.applications import Applications
from lab.cluster.errors import ApiError
from lab.cluster.pods import is_ready
from lab.cluster.resources import RESOURCES
from lab.cluster.server import Cluster
from lab.targets import ref_of
from lab.traffic.traffic import Traffic
from lab.traffic.visits import Step
from lab.view import View


def look(cluster: Cluster, namespace: str, checks: Iterable[Check]) -> View:
    """The world now. Objects are shared with the store, which never changes them."""
    kinds = {resource.kind for resource in RESOURCES if resource.stored and resource.kind != "Event"}
    objects = {_ref(kind, obj): obj for kind in sorted(kinds) for obj in cluster.store.list(kind)}
    view = View(cluster.clock.now(), objects, {})
    tried: dict[tuple[str, str], str | None] = {}
    for check in checks:
        match check:
            case Call():
                tried[check.source, check.url] = _try(cluster, view, namespace, check)
            case Says():
                tried[check.source, " ".join(check.command)] = _hear(cluster, view, namespace, check)
            case Flag():
                tried[check.source, check.flag] = _told(cluster, view, namespace, check)
    return View(view.at, objects, tried)


def fares(traffic: Traffic, namespace: str, since: float) -> Mapping[str, tuple[float, float]]:
    """How the users of a namespace fared since a time (epoch seconds): see `View.routes`."""
    found: dict[str, tuple[float, float]] = {}
    spans = traffic.timeline.until(traffic.now())
    ends = [*(span.start for span in spans[1:]), float("inf")]
    for span, end in zip(spans, ends, strict=True):
        for root in span.flow.roots if end > since else ():
            if root.namespace == namespace:
                known = found.get(root.route.path, (1.0, 0.0))
                found[root.route.path] = _worse(known, root.step)
    return found


def _worse(known: tuple[float, float], step: Step | None) -> tuple[float, float]:
    if step is None:
        return 0.0, known[1]
    seconds = step.passes * step.good_seconds + (1 - step.passes) * step.bad_seconds
    return min(known[0], step.passes), max(known[1], seconds)


def _hear(cluster: Cluster, view: View, namespace: str, check: Says) -> str | None:
    pod = _ready_pod(view, namespace, check.source)
    if pod is None:
        return None
    try:
        done = cluster.world.exec(pod, pod["spec"]["containers"][0]["name"], list(check.command))
    except ApiError:
        return None
    return done.stdout if done.exit_code == 0 else None


def _told(cluster: Cluster, view: View, namespace: str, check: Flag) -> str | None:
    """The variant that the first container of a ready pod is told; `None` without one, empty when nobody tells."""
    pod, world = _ready_pod(view, namespace, check.source), cluster.world
    running = [] if pod is None else world.runtime.running(pod)
    if pod is None or not running:
        return None
    return Applications(world.context, world.runtime, world.network).flag(pod, running[0][1], check.flag)


def _ready_pod(view: View, namespace: str, source: str) -> Any | None:
    pods = (dict(pod) for pod in view.pods_of(ref_of(source, namespace)))
    return next((pod for pod in pods if is_ready(pod)), None)


def _try(cluster: Cluster, view: View, namespace: str, call: Call) -> str | None:
    """Call from a ready pod of the source; what went wrong, or `None`."""
    pod = _ready_pod(view, namespace, call.source)
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
