"""Filling the places of log lines."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from lab.cluster.kubelet.state import Run
from lab.cluster.ports import Object
from lab.cluster.randomness import noise

_PLACE = re.compile(r"\{(?:env\[([A-Za-z_][A-Za-z0-9_]*)\]|time(?:\[([^\]]*)\])?|([a-z]+))\}")
MEAN_MILLISECONDS = 12.0
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


def values_of(pod: Object, spec: Object, run: Run) -> dict[str, str]:
    """What the places stand for in a container, but for `ms` and `n`."""
    return {
        "pod": pod["metadata"]["name"],
        "namespace": pod["metadata"]["namespace"],
        "node": pod["spec"].get("nodeName", ""),
        "ip": pod.get("status", {}).get("podIP") or "",
        "container": spec["name"],
        "image": spec["image"],
        "run": str(run.number),
    }


def chance(seed: int) -> dict[str, str]:
    """A random latency and a random number, the same for the same seed."""
    milliseconds = -MEAN_MILLISECONDS * math.log(1 - noise(seed, 0))
    return {"ms": str(1 + int(milliseconds)), "n": str(1000 + int(noise(seed, 1) * 9000))}
