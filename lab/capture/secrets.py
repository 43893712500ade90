"""Secrets by their shape: the reader never sees one, so their names and keys come from those who use them."""

import base64
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from domain.base import Json
from lab.capture.seen import Seen, inner
from lab.targets import Manifest

FILLER: Final = "captured-by-shape"
"""Stands for every value: long enough for a password, and plainly none."""


def shapes(seen: Seen, pod_specs: Iterator[Json]) -> Iterator[Manifest]:
    """A Secret for each that is used and that no pod misses, with the keys that are used."""
    keys: dict[str, set[str]] = defaultdict(set)
    for spec in pod_specs:
        for name, key in _used(spec):
            keys[name] |= {key} if key else set()
    missed = " ".join(_complaints(seen))
    for name, wanted in sorted(keys.items()):
        if f'secret "{name}" not found' not in missed:
            there = sorted(key for key in wanted if f"find key {key} in Secret" not in missed)
            data = dict.fromkeys(there, base64.b64encode(FILLER.encode()).decode())
            yield {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": data}


def _used(spec: Json) -> Iterator[tuple[str, str | None]]:
    """Names and keys of the Secrets that a pod reads."""
    for group in ("containers", "initContainers"):
        for container in spec.get(group) or ():
            for source in container.get("envFrom") or ():
                if name := inner(source, "secretRef", "name"):
                    yield name, None
            for variable in container.get("env") or ():
                if ref := inner(variable, "valueFrom", "secretKeyRef"):
                    yield ref["name"], ref["key"]
    for volume in spec.get("volumes") or ():
        yield from _mounted(volume)
    for pull in spec.get("imagePullSecrets") or ():
        yield pull["name"], None


def _mounted(volume: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    sources = [(volume.get("secret"), "secretName")]
    sources += [(each.get("secret"), "name") for each in inner(volume, "projected", "sources") or ()]
    for source, field in sources:
        if source and source.get(field):
            yield source[field], None
            for item in source.get("items") or ():
                yield source[field], item["key"]


def _complaints(seen: Seen) -> Iterator[str]:
    for event in seen.of("Event"):
        yield event.get("message") or ""
    for pod in seen.of("Pod"):
        for status in inner(pod, "status", "containerStatuses") or ():
            yield inner(status, "state", "waiting", "message") or ""
