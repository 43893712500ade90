"""The arithmetic of a rolling update, as pure functions (pkg/controller/deployment/util, rolling.go)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SetState:
    """What the arithmetic needs of one ReplicaSet."""

    name: str
    wanted: int
    """spec.replicas."""
    available: int
    """status.availableReplicas."""


@dataclass(frozen=True)
class Limits:
    """How far an update may stray from the wanted number."""

    replicas: int
    surge: int
    unavailable: int

    @property
    def least_available(self) -> int:
        """How many must stay available."""
        return max(0, self.replicas - self.unavailable)


def limits(replicas: int, surge: int | str, unavailable: int | str) -> Limits:
    """Resolve percentages: surge rounds up, unavailable down; if both come to 0, one may be unavailable."""
    extra, missing = _share(surge, replicas, up=True), _share(unavailable, replicas, up=False)
    if extra == 0 and missing == 0:
        missing = 1
    return Limits(replicas, extra, min(missing, replicas) if replicas else missing)


def new_size(limit: Limits, new: SetState, old: list[SetState]) -> int:
    """The next size of the new set (NewRSNewReplicas)."""
    if new.wanted >= limit.replicas:
        return limit.replicas
    total = new.wanted + sum(each.wanted for each in old)
    room = limit.replicas + limit.surge - total
    return new.wanted if room <= 0 else new.wanted + min(room, limit.replicas - new.wanted)


def old_sizes(limit: Limits, new: SetState, old: list[SetState], new_unavailable: int) -> dict[str, int]:
    """The next sizes of the old sets that change (reconcileOldReplicaSets): unhealthy pods first, then healthy."""
    total = new.wanted + sum(each.wanted for each in old)
    room = total - limit.least_available - new_unavailable
    sizes = {each.name: each.wanted for each in old}
    for each in old:  # the oldest come first
        unhealthy = sizes[each.name] - min(sizes[each.name], each.available)
        goes = min(unhealthy, max(0, room))
        sizes[each.name] -= goes
        room -= goes
    spare = new.available + sum(min(each.available, sizes[each.name]) for each in old) - limit.least_available
    spare = min(spare, max(0, room))
    for each in old:
        goes = min(sizes[each.name], max(0, spare))
        sizes[each.name] -= goes
        spare -= goes
    return {each.name: sizes[each.name] for each in old if sizes[each.name] != each.wanted}


def proportional(limit: Limits, sets: list[SetState]) -> dict[str, int]:
    """Sizes when a Deployment is scaled amid an update: each set keeps its share; the largest takes the rest."""
    total = sum(each.wanted for each in sets)
    allowed = limit.replicas + limit.surge if limit.replicas else 0
    spread = allowed - total
    if total == 0 or spread == 0:
        return {}
    ordered = sorted(sets, key=lambda each: -each.wanted)
    sizes, left = {}, spread
    for each in ordered:
        share = round(each.wanted * spread / total)
        share = min(share, left) if spread > 0 else max(share, left)
        sizes[each.name] = max(0, each.wanted + share)
        left -= share
    if ordered:
        sizes[ordered[0].name] = max(0, sizes[ordered[0].name] + left)
    return sizes


def _share(value: int | str, of: int, up: bool) -> int:
    if isinstance(value, str) and value.endswith("%"):
        product = of * int(value[:-1])
        return -(-product // 100) if up else product // 100
    return int(value)
