"""What must hold in the end world: a closed set of checks, each a pure function of views."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, assert_never

from pydantic import Field

from domain.base import Json, Value
from lab.targets import Target, ref_of
from lab.view import View, inside, is_available, named


class Available(Value):
    """Every replica of a Deployment runs the current template and is ready."""

    check: Literal["available"] = "available"
    target: Target
    at_least: int = 1
    """Replicas; a Deployment at zero is complete, but serves nobody."""


class Endpoints(Value):
    """A Service has ready addresses, on the right port."""

    check: Literal["endpoints"] = "endpoints"
    service: str
    port: int
    """The port of the pods."""


class Call(Value):
    """A pod of one workload calls a service over the network and gets a good answer."""

    check: Literal["call"] = "call"
    source: Target
    url: Annotated[str, Field(pattern=r"^(http|tcp)://[a-z0-9.-]+:\d+(/\S*)?$")]
    """`http://checkout:8080/ready`, or `tcp://postgres:5432` for a connection alone."""


class Served(Value):
    """The users of the application get good answers in time, for the second half of the watch."""

    check: Literal["served"] = "served"
    path: str | None = None
    """Of one route of the load; `None` for every route."""
    passes: Annotated[float, Field(gt=0, le=1)] = 0.99
    """The least share of requests that must go well."""
    within: Annotated[float, Field(gt=0)] = 2.0
    """The longest mean time until an answer, in seconds."""


class Says(Value):
    """A command in a pod of a workload ends well and says something, as the state of a database."""

    check: Literal["says"] = "says"
    source: Target
    command: Annotated[tuple[str, ...], Field(min_length=1)]
    says: str
    """Somewhere in its output."""


class Flag(Value):
    """A workload is told this variant of a feature flag, by whichever server it asks."""

    check: Literal["flag"] = "flag"
    source: Target
    flag: str
    variant: str


class Steady(Value):
    """No container of the workload restarts while the world is watched."""

    check: Literal["steady"] = "steady"
    target: Target


class Exists(Value):
    """The object is there."""

    check: Literal["exists"] = "exists"
    target: Target


class Absent(Value):
    """The object is not there."""

    check: Literal["absent"] = "absent"
    target: Target


class Equals(Value):
    """A field has a value."""

    check: Literal["equals"] = "equals"
    target: Target
    path: tuple[str | int, ...]
    """Steps into the object; a word steps into a list by `name`, else by `type`."""
    value: Any


class Differs(Value):
    """A field does not have a value; a missing object has no field."""

    check: Literal["differs"] = "differs"
    target: Target
    path: tuple[str | int, ...]
    value: Any


Check = Annotated[
    Available | Endpoints | Call | Served | Says | Flag | Steady | Exists | Absent | Equals | Differs,
    Field(discriminator="check"),
]


@dataclass(frozen=True)
class Watched:
    """The end world: as the agent left it, and after nobody touched it for the watch time."""

    left: View
    settled: View
    minute: tuple[View, ...] = ()
    """Looks in between, every five seconds; empty where no grader polls."""


def failures(checks: Iterable[Check], namespace: str, world: Watched) -> tuple[str, ...]:
    """One sentence for each check that does not hold."""
    return tuple(said for check in checks if (said := _failure(check, namespace, world)) is not None)


def _failure(check: Check, namespace: str, world: Watched) -> str | None:
    now = world.settled
    match check:
        case Available():
            found = now.get(ref_of(check.target, namespace))
            fine = found is not None and is_available(found, check.at_least)
            return None if fine else f"{check.target} is not fully available."
        case Endpoints():
            fine = check.port in _ready_ports(now.get(ref_of(f"Endpoints/{check.service}", namespace)))
            return None if fine else f"Service/{check.service} has no ready endpoint on port {check.port}."
        case Call():
            said = now.calls[check.source, check.url]
            return None if said is None else f"{check.source} cannot call {check.url}: {said}."
        case Served():
            return _unserved(check, now)
        case Says():
            said = now.calls[check.source, " ".join(check.command)]
            fine = said is not None and check.says in said
            return None if fine else f"{check.source} does not say {check.says!r}."
        case Flag():
            told = now.calls[check.source, check.flag]
            fine = told == check.variant
            return None if fine else f"{check.source} sees the flag {check.flag} as {told!r}."
        case Steady():
            restarted = _restarted(check.target, namespace, world)
            return f"{check.target} restarts: {', '.join(restarted)}." if restarted else None
        case Exists():
            found = now.get(ref_of(check.target, namespace))
            return None if found is not None else f"{check.target} is missing."
        case Absent():
            found = now.get(ref_of(check.target, namespace))
            return None if found is None else f"{check.target} is still there."
        case Equals() | Differs():
            return _field_failure(check, namespace, now)
        case _:
            assert_never(check)


def _unserved(check: Served, now: View) -> str | None:
    """Of a route that fares badly: how."""
    routes = {path: fare for path, fare in now.routes.items() if check.path in (None, path)}
    if not routes:
        return f"Nobody asks for {check.path or 'anything'}."
    for path, (passes, seconds) in routes.items():
        if passes < check.passes:
            return f"Only {passes:.1%} of the requests for {path or 'the front'} go well."
        if seconds > check.within:
            return f"Requests for {path or 'the front'} take {seconds:.1f} s."
    return None


def _field_failure(check: Equals | Differs, namespace: str, now: View) -> str | None:
    found = now.get(ref_of(check.target, namespace))
    equal = found is not None and inside(found, check.path) == check.value
    if equal == isinstance(check, Equals):
        return None
    where = ".".join(str(step) for step in check.path)
    return f"{check.target} {where} is {'not' if isinstance(check, Equals) else 'still'} {check.value!r}."


def _ready_ports(endpoints: Json | None) -> set[int]:
    subsets = (endpoints or {}).get("subsets") or ()
    return {port["port"] for subset in subsets if subset.get("addresses") for port in subset.get("ports") or ()}


def _restarted(target: str, namespace: str, world: Watched) -> list[str]:
    """Pods there all the time whose restart count grew, and new ones that restarted already."""
    workload = ref_of(target, namespace)
    before = {pod["metadata"]["uid"]: _restarts(pod) for pod in world.left.pods_of(workload)}
    return [
        named(pod)
        for pod in world.settled.pods_of(workload)
        if _restarts(pod) > before.get(pod["metadata"]["uid"], 0)
    ]


def _restarts(pod: Json) -> int:
    statuses = pod.get("status", {}).get("containerStatuses") or ()
    return sum(status.get("restartCount", 0) for status in statuses)
