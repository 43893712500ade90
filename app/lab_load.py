"""What the users of a captured namespace ask, as its metrics tell: the load of the drill."""

import re
from collections.abc import Iterable
from typing import Final

from domain.base import Json
from lab.traffic.load import Load, Route
from tools.signals import Requests, Service, Signals

PATH: Final = re.compile(r"(/\S*)")
LEAST: Final = 0.01
"""Requests a second that are worth a route."""
MOST: Final = 10
"""Routes of a load."""


def load_of(signals: Signals | None, services: Iterable[Json]) -> Load | None:
    """The busiest service that nobody calls, with its routes at their usual rates; `None` without metrics."""
    if signals is None:
        return None
    ports = {each["metadata"]["name"]: each["spec"].get("ports") or [{"port": 80}] for each in services}
    called = {callee for caller in ports for callee in signals.calls.get(caller, ())}
    fronts = [each for name, each in signals.services.items() if name in ports and name not in called]
    front = max(fronts, key=lambda each: _usual(each.requests), default=None)
    if front is None or _usual(front.requests) < LEAST:
        return None
    return Load(service=front.name, port=ports[front.name][0]["port"], routes=_routes(front))


def _routes(front: Service) -> tuple[Route, ...]:
    """By path, busiest first; one without a path where the metrics tell none apart."""
    rates: dict[str, float] = {}
    for name, requests in front.routes.items():
        if (found := PATH.search(name)) is not None:
            rates[found[1][:200]] = rates.get(found[1][:200], 0.0) + _usual(requests)
    busiest = sorted(rates, key=lambda path: (-rates[path], path))[:MOST]
    told = tuple(Route(path=path, rate=round(rates[path], 3)) for path in busiest if rates[path] >= LEAST)
    return told or (Route(path="", rate=round(_usual(front.requests), 3)),)


def _usual(requests: Requests) -> float:
    usual = requests.rate.usual
    return requests.rate.now if usual is None else usual
