"""Label and field selectors of requests; `matching` has those that objects hold."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, assert_never

from lab.cluster.errors import ApiError

Operator = Literal["in", "notin", "exists", "!", "<", ">"]
Labels = Mapping[str, str]


@dataclass(frozen=True)
class Requirement:
    """One condition on a label."""

    key: str
    operator: Operator
    values: frozenset[str] = frozenset()

    def matches(self, labels: Labels) -> bool:
        """Whether the labels satisfy it."""
        value = labels.get(self.key)
        match self.operator:
            case "in":
                return value in self.values
            case "notin":
                return value not in self.values
            case "exists":
                return value is not None
            case "!":
                return value is None
            case "<" | ">":
                if value is None or not value.lstrip("-").isdigit():
                    return False
                limit = int(next(iter(self.values)))
                return int(value) < limit if self.operator == "<" else int(value) > limit
            case _ as never:
                assert_never(never)


SET_BASED: Final = re.compile(r"([\w./-]+)\s+(in|notin)\s*\(([^)]*)\)")
EQUALITY: Final = re.compile(r"([\w./-]+)\s*(==|=|!=)\s*([\w.-]*)")
COMPARISON: Final = re.compile(r"([^\s<>]+)\s*([<>])\s*(-?\d+)")
PRESENCE: Final = re.compile(r"(!?)\s*([\w./-]+)")


def parse_labels(text: str) -> tuple[Requirement, ...]:
    """The requirements of `a=b,c in (d,e),!f`. Raises ApiError 400."""
    parts = (part.strip() for part in re.split(r",(?![^(]*\))", text))
    return tuple(_requirement(part) for part in parts if part)


def _requirement(part: str) -> Requirement:
    if found := SET_BASED.fullmatch(part):
        values = frozenset(value.strip() for value in found[3].split(","))
        return Requirement(found[1], "in" if found[2] == "in" else "notin", values)
    if found := EQUALITY.fullmatch(part):
        return Requirement(found[1], "notin" if found[2] == "!=" else "in", frozenset((found[3],)))
    if found := COMPARISON.fullmatch(part):
        return Requirement(found[1], "<" if found[2] == "<" else ">", frozenset((found[3],)))
    if found := PRESENCE.fullmatch(part):
        return Requirement(found[2], "!" if found[1] else "exists")
    raise ApiError.bad_request(f"unable to parse requirement: found '{part}'")


def match_labels(requirements: tuple[Requirement, ...], labels: Labels | None) -> bool:
    """Whether labels satisfy every requirement."""
    return all(requirement.matches(labels or {}) for requirement in requirements)


# ---- fields -------------------------------------------------------------------------------------------------

EVERYWHERE: Final = frozenset(("metadata.name", "metadata.namespace"))
INVOLVED: Final = tuple(
    f"involvedObject.{field}"
    for field in ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
)
REGARDING: Final = tuple(field.replace("involvedObject", "regarding") for field in INVOLVED)
SELECTABLE: Final[Mapping[str, frozenset[str]]] = {
    "pods": frozenset(
        (
            *("spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName"),
            *("spec.hostNetwork", "status.phase", "status.podIP", "status.nominatedNodeName"),
        )
    ),
    "events": frozenset((*INVOLVED, "reason", "reportingComponent", "source", "type")),
    "events.events.k8s.io": frozenset((*REGARDING, "reason", "reportingController", "type")),
    "nodes": frozenset(("spec.unschedulable",)),
    "secrets": frozenset(("type",)),
    "namespaces": frozenset(("status.phase",)),
    "services": frozenset(("spec.clusterIP", "spec.type")),
    "replicasets.apps": frozenset(("status.replicas",)),
    "jobs.batch": frozenset(("status.successful",)),
}
"""Field labels by group resource (the conversion functions of kubernetes/pkg/apis)."""
BOOLEAN: Final = frozenset(("spec.unschedulable", "spec.hostNetwork"))


@dataclass(frozen=True)
class FieldRequirement:
    """One condition on a field."""

    path: str
    equal: bool
    value: str

    def matches(self, obj: Mapping[str, Any]) -> bool:
        """Whether the object satisfies it."""
        return (_field_text(self.path, obj) == self.value) is self.equal


def parse_fields(text: str, group_resource: str) -> tuple[FieldRequirement, ...]:
    """The requirements of `status.phase!=Running,spec.nodeName=n`. Raises ApiError 400."""
    return tuple(_field_requirement(part, group_resource) for part in text.split(",") if part)


def _field_requirement(part: str, group_resource: str) -> FieldRequirement:
    found = re.fullmatch(r"([\w.]+)\s*(==|=|!=)\s*(.*)", part)
    if found is None:
        raise ApiError.bad_request(f"invalid selector: '{part}'; can't understand '{part}'")
    path = found[1]
    if path not in EVERYWHERE and path not in SELECTABLE.get(group_resource, ()):
        raise ApiError.bad_request(f"field label not supported: {path}")
    return FieldRequirement(path, found[2] != "!=", found[3])


def _field_text(path: str, obj: Mapping[str, Any]) -> str:
    if path == "source":
        return (obj.get("source") or {}).get("component") or obj.get("reportingComponent") or ""
    value: Any = obj
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    if isinstance(value, bool) or path in BOOLEAN:
        return "true" if value else "false"
    return "" if value is None else str(value)


Filter = Callable[[Mapping[str, Any]], bool]


def selection(labels: str, fields: str, group_resource: str) -> Filter | None:
    """A predicate for both selectors together; `None` when neither asks for anything. Raises ApiError 400."""
    wanted_labels = parse_labels(labels)
    wanted_fields = parse_fields(fields, group_resource)
    if not wanted_labels and not wanted_fields:
        return None

    def hit(obj: Mapping[str, Any]) -> bool:
        return match_labels(wanted_labels, obj["metadata"].get("labels")) and all(
            requirement.matches(obj) for requirement in wanted_fields
        )

    return hit
