"""What a key of a ConfigMap should hold: as it was declared, or as others of its sort hold it."""

import re
from collections import Counter

from domain.base import Json
from tools.analyzers.applied import applied
from tools.analyzers.containers import containers
from tools.analyzers.objects import Workload, changed_at, dig, name_of, when
from tools.snapshot import Snapshot

HIDDEN = "[redacted:"
_LEAST_SIBLINGS = 2


def declared(config: Json, key: str) -> str | None:
    """The value that was last applied, when it is on record, is another one and hides nothing."""
    before = (applied(config, "data") or {}).get(key)
    now = (dig(config, "data") or {}).get(key)
    if not isinstance(before, str) or before == now or HIDDEN in before:
        return None
    return before


def by_siblings(snapshot: Snapshot, config: Json, key: str, line: re.Pattern[str]) -> str | None:
    """The value with one line as all other ConfigMaps with this key have it, or `None` where they disagree."""
    text = (dig(config, "data") or {}).get(key)
    mine = line.search(text) if isinstance(text, str) and HIDDEN not in text else None
    others = [
        found[0].strip()
        for other in snapshot.of("ConfigMap")
        if name_of(other) != name_of(config)
        and isinstance(value := (dig(other, "data") or {}).get(key), str)
        and (found := line.search(value))
    ]
    if text is None or mine is None or len(others) < _LEAST_SIBLINGS or len(Counter(others)) != 1:
        return None
    return None if mine[0].strip() == others[0] else str(text).replace(mine[0].strip(), others[0], 1)


def config_maps_of(snapshot: Snapshot, workload: Workload) -> tuple[Json, ...]:
    """The ConfigMaps that a workload mounts."""
    volumes = workload.pod_spec.get("volumes") or ()
    names = {
        dig(source, "configMap", "name")
        for volume in volumes
        for source in (volume, *(dig(volume, "projected", "sources") or ()))
    }
    return tuple(config for config in snapshot.of("ConfigMap") if name_of(config) in names)


def started_before(workload: Workload, config: Json) -> bool:
    """Whether a running container is older than the ConfigMap's last change, so that it may not have read it."""
    changed = changed_at(config)
    started = [
        when(dig(container.status, "state", "running", "startedAt"))
        for pod in workload.pods
        for container in containers(pod)
        if not container.init
    ]
    return changed is not None and any(at is not None and at < changed for at in started)
