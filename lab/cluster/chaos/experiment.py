"""What an experiment asks for: its length, its targets, whether it is over (chaos-mesh/api/v1alpha1, 2.6)."""

import random
import re
from collections.abc import Sequence
from typing import Final

from lab.cluster.matching import is_subset, labels_of, requirement_holds
from lab.cluster.pods import is_over
from lab.cluster.ports import Object
from lab.cluster.store import Store

PAUSE: Final = "experiment.chaos-mesh.org/pause"
"""The annotation that suspends an experiment while it says `true`."""
ONE_SHOT: Final = ("pod-kill", "container-kill")
"""Actions that happen once, whatever the duration says."""
_PART: Final = re.compile(r"([0-9]*\.?[0-9]+)(ns|us|µs|ms|s|m|h)")
_UNITS: Final = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds_of(text: str) -> float | None:
    """A Go duration (`1h30m`, `100s`, `0ms`) in seconds; `None` for what is none."""
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def length(chaos: Object) -> float | None:
    """Seconds from its creation to its end; `None`: until it is deleted, or done at once."""
    text = chaos["spec"].get("duration")
    return None if is_one_shot(chaos) or text is None else seconds_of(str(text))


def is_one_shot(chaos: Object) -> bool:
    """Whether it happens once and is never taken back."""
    return chaos["spec"].get("action") in ONE_SHOT


def is_paused(chaos: Object) -> bool:
    """Whether somebody has suspended it."""
    return (chaos["metadata"].get("annotations") or {}).get(PAUSE) == "true"


def targets(store: Store, chaos: Object, rng: random.Random) -> list[str]:
    """Ids of what it is to meet, as many as `mode` says: `NAMESPACE/POD`, or `NAMESPACE/POD/CONTAINER`."""
    pods = _moded(chaos["spec"], _selected(store, chaos), rng)
    places = [(f"{pod['metadata']['namespace']}/{pod['metadata']['name']}", pod) for pod in pods]
    if chaos["spec"].get("action") != "container-kill":
        return [place for place, _ in places]
    wanted = chaos["spec"].get("containerNames")
    return [
        f"{place}/{container['name']}"
        for place, pod in places
        for container in (pod["spec"]["containers"] if wanted else pod["spec"]["containers"][:1])
        if not wanted or container["name"] in wanted
    ]


def _selected(store: Store, chaos: Object) -> list[Object]:
    selector = chaos["spec"].get("selector") or {}
    namespaces = selector.get("namespaces") or [chaos["metadata"]["namespace"]]
    found = [pod for namespace in sorted(set(namespaces)) for pod in store.list("Pod", namespace)]
    return [pod for pod in found if not is_over(pod) and _matches(selector, pod)]


def _matches(selector: Object, pod: Object) -> bool:
    labels, meta = labels_of(pod), pod["metadata"]
    named = selector.get("pods")
    return (
        "deletionTimestamp" not in meta
        and is_subset(selector.get("labelSelectors"), labels)
        and is_subset(selector.get("annotationSelectors"), meta.get("annotations") or {})
        and all(requirement_holds(each, labels) for each in selector.get("expressionSelectors") or ())
        and (not selector.get("nodes") or pod["spec"].get("nodeName") in selector["nodes"])
        and (not named or meta["name"] in named.get(meta["namespace"], ()))
    )


def _moded(spec: Object, pods: Sequence[Object], rng: random.Random) -> list[Object]:
    mode, value = spec.get("mode", "one"), str(spec.get("value") or "0")
    number = int(value) if value.isdigit() else 0
    match mode:
        case "all":
            count = len(pods)
        case "fixed":
            count = min(number, len(pods))
        case "fixed-percent":
            count = len(pods) * min(number, 100) // 100
        case "random-max-percent":
            count = len(pods) * rng.randint(0, min(number, 100)) // 100
        case _:
            count = min(1, len(pods))
    return sorted(rng.sample(pods, count), key=lambda pod: str(pod["metadata"]["name"]))
