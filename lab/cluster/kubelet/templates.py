"""Filling the places of log lines."""

import random
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from lab.cluster.kubelet.state import Run
from lab.cluster.ports import Object

_PLACE = re.compile(r"\{(?:env\[([A-Za-z_][A-Za-z0-9_]*)\]|time(?:\[([^\]]*)\])?|([a-z]+))\}")
_RFC3339 = "%Y-%m-%dT%H:%M:%SZ"


def fill(template: str, values: Mapping[str, str], env: Mapping[str, str], at: float | None = None) -> str:
    """Replace the places that are known; other braces stay. `at` (epoch seconds) is the time of the line."""

    def value(found: re.Match[str]) -> str:
        if found[1] is not None:
            return env.get(found[1], "")
        if found[3] is not None:
            return values.get(found[3], found[0])
        return found[0] if at is None else datetime.fromtimestamp(at, UTC).strftime(found[2] or _RFC3339)

    return _PLACE.sub(value, template)


def values_of(pod: Object, spec: Object, run: Run, rng: random.Random | None = None) -> dict[str, str]:
    """What the places stand for in a container; `ms` and `n` only with an `rng`."""
    found = {
        "pod": pod["metadata"]["name"],
        "namespace": pod["metadata"]["namespace"],
        "node": pod["spec"].get("nodeName", ""),
        "ip": pod.get("status", {}).get("podIP") or "",
        "container": spec["name"],
        "image": spec["image"],
        "run": str(run.number),
    }
    if rng is not None:
        found["ms"] = str(1 + int(rng.expovariate(1 / 12)))
        found["n"] = str(rng.randrange(1000, 10000))
    return found
