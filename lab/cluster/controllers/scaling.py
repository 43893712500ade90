"""The arithmetic of a HorizontalPodAutoscaler, as pure functions (pkg/controller/podautoscaler).

How many pods a ratio of usage to target asks for, what recent recommendations make of it, how fast it may change.
"""

import math
from dataclasses import dataclass, field

from lab.cluster.ports import Object

TOLERANCE = 0.1
"""A ratio this near to 1 asks for no change."""
DOWN_WINDOW_SECONDS = 300.0
"""Scale-downs wait until nothing higher was recommended for this long."""
UP_POLICIES = (
    {"type": "Pods", "value": 4, "periodSeconds": 15},
    {"type": "Percent", "value": 100, "periodSeconds": 15},
)
DOWN_POLICIES = ({"type": "Percent", "value": 100, "periodSeconds": 15},)


@dataclass(frozen=True)
class Load:
    """What the pods of a target use of one resource, in thousandths."""

    used: dict[str, int]
    """By name, of pods that count."""
    asked: dict[str, int]
    """The requests of all pods, by name; used for utilization."""
    unready: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    """Pods without a figure."""


def wanted_pods(load: Load, target: float, current: int, relative: bool) -> int:
    """How many pods the load asks for (GetResourceReplicas).

    `target` is a percentage of the requests when `relative`, else thousandths per pod.
    """
    ratio = _ratio(load.used, load, target, relative)
    fills_in = bool(load.unready) and ratio > 1
    if not fills_in and not load.missing:
        return current if abs(1 - ratio) <= TOLERANCE else math.ceil(ratio * len(load.used))
    used = dict(load.used)
    for name in load.missing:
        if ratio < 1:
            used[name] = int(load.asked[name] * max(100.0, target) / 100) if relative else int(target)
        elif ratio > 1:
            used[name] = 0
    if fills_in:
        used |= dict.fromkeys(load.unready, 0)
    again = _ratio(used, load, target, relative)
    if abs(1 - again) <= TOLERANCE or (ratio < 1 < again) or (again < 1 < ratio):
        return current
    found = math.ceil(again * len(used))
    backwards = (again < 1 and found > current) or (again > 1 and found < current)
    return current if backwards else found


def percentage(load: Load) -> int:
    """The utilization of the pods that count, in percent of their requests."""
    asked = sum(load.asked[name] for name in load.used)
    return sum(load.used.values()) * 100 // asked if asked else 0


def _ratio(used: dict[str, int], load: Load, target: float, relative: bool) -> float:
    if not relative:
        return sum(used.values()) / len(used) / target
    asked = sum(load.asked[name] for name in used)
    return sum(used.values()) * 100 / asked / target if asked else 0.0


@dataclass
class Past:
    """What an autoscaler recommended and did before."""

    recommended: list[tuple[float, int]] = field(default_factory=list)
    """Time, replicas."""
    changed: list[tuple[float, int]] = field(default_factory=list)
    """Time, pods added (or, negative, removed)."""

    def stabilized(self, now: float, current: int, wanted: int, behavior: Object) -> int:
        """The recommendation in the light of the recent ones; it is remembered."""
        up = float((behavior.get("scaleUp") or {}).get("stabilizationWindowSeconds") or 0)
        down = (behavior.get("scaleDown") or {}).get("stabilizationWindowSeconds")
        down = DOWN_WINDOW_SECONDS if down is None else float(down)
        recent = [(at, number) for at, number in self.recommended if now - at <= max(up, down)]
        lowest = min([wanted, *(number for at, number in recent if now - at < up)])
        highest = max([wanted, *(number for at, number in recent if now - at < down)])
        self.recommended = [*recent, (now, wanted)]
        return min(max(current, lowest), highest)

    def highest(self, now: float, current: int, behavior: Object) -> int:
        """How many pods there may be at most, by the policies for scaling up."""
        rules = behavior.get("scaleUp") or {}
        return self._limit(now, current, rules, rules.get("policies") or UP_POLICIES, 1)

    def lowest(self, now: float, current: int, behavior: Object) -> int:
        """How many there must be at least, by the policies for scaling down."""
        rules = behavior.get("scaleDown") or {}
        return self._limit(now, current, rules, rules.get("policies") or DOWN_POLICIES, -1)

    def _limit(self, now: float, current: int, rules: Object, policies: tuple[Object, ...], sign: int) -> int:
        choice = rules.get("selectPolicy", "Max")
        if choice == "Disabled":
            return current
        limits = []
        for policy in policies:
            since = now - float(policy["periodSeconds"])
            done = sum(delta for at, delta in self.changed if at > since and delta * sign > 0)
            start, value = current - done, int(policy["value"])
            if policy["type"] == "Pods":
                limits.append(start + sign * value)
            elif sign > 0:
                limits.append(math.ceil(start * (1 + value / 100)))
            else:
                limits.append(int(start * (1 - value / 100)))
        boldest, shyest = (max, min) if sign > 0 else (min, max)
        return boldest(limits) if choice == "Max" else shyest(limits)
