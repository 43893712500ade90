"""The rules of each kind that a schema cannot say (kubernetes/pkg/apis, `validation`)."""

import json
from collections.abc import Iterator
from typing import Any, Final

from lab.cluster.chaos.rules import chaos_causes
from lab.cluster.errors import ApiError, Cause
from lab.cluster.other_rules import other_causes
from lab.cluster.ports import Object
from lab.cluster.quantity import BadQuantity, milli
from lab.cluster.resources import Resource
from lab.cluster.workload_rules import workload_causes

TEMPLATED: Final = frozenset(("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"))
POD_SPEC_MUTABLE: Final = ("tolerations", "activeDeadlineSeconds", "terminationGracePeriodSeconds")
POD_SPEC_IMMUTABLE: Final = (
    "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing "
    "tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)
QUANTITY_RULE: Final = (
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
)


def check_kind(resource: Resource, obj: Object, old: Object | None) -> None:
    """Check an object with its defaults, against its former self if it had one. Raises ApiError 422 and 400."""
    try:
        causes = [*_kind_causes(resource.kind, obj, old)]
    except BadQuantity as e:
        raise ApiError.bad_request(QUANTITY_RULE) from e
    if causes:
        raise ApiError.invalid(resource, obj["metadata"]["name"], causes)


def _kind_causes(kind: str, obj: Object, old: Object | None) -> Iterator[Cause]:
    spec = obj.get("spec") or {}
    if kind in TEMPLATED:
        yield from _template_causes(spec, (old or {}).get("spec"))
    yield from workload_causes(kind, obj, old)
    yield from other_causes(kind, spec)
    yield from chaos_causes(kind, spec)
    match kind:
        case "Pod":
            yield from _pod_causes(spec, "spec")
            if old and _immutable_part(old["spec"]) != _immutable_part(spec):
                yield Cause("spec", POD_SPEC_IMMUTABLE, "FieldValueForbidden")
        case "Job" | "ReplicationController":
            yield from _pod_causes((spec.get("template") or {}).get("spec") or {}, "spec.template.spec")
        case "Service":
            ports = spec.get("ports") or []
            for i, port in enumerate(ports):
                if len(ports) > 1 and not port.get("name"):
                    yield Cause(f"spec.ports[{i}].name", "Required value", "FieldValueRequired")
                yield from _port_causes(port["port"], f"spec.ports[{i}].port")
        case "ConfigMap" | "Secret":
            if old and old.get("immutable") and obj.get("data") != old.get("data"):
                yield Cause("data", "Forbidden: field is immutable when `immutable` is set", "FieldValueForbidden")
        case "RoleBinding" | "ClusterRoleBinding":
            if old and old["roleRef"] != obj["roleRef"]:
                yield Cause("roleRef", f"Invalid value: {_compact(obj['roleRef'])}: cannot change roleRef")


def _template_causes(spec: Object, old: Object | None) -> Iterator[Cause]:
    replicas = spec.get("replicas", 1)
    if replicas < 0:
        yield Cause("spec.replicas", f"Invalid value: {replicas}: must be greater than or equal to 0")
    labels = (spec["template"].get("metadata") or {}).get("labels") or {}
    wanted = spec["selector"].get("matchLabels") or {}
    if any(labels.get(key) != value for key, value in wanted.items()):
        text = f"Invalid value: {_compact(labels)}: `selector` does not match template `labels`"
        yield Cause("spec.template.metadata.labels", text)
    if old and old["selector"] != spec["selector"]:
        yield Cause("spec.selector", f"Invalid value: {_compact(spec['selector'])}: field is immutable")
    yield from _pod_causes(spec["template"].get("spec") or {}, "spec.template.spec")


def _pod_causes(spec: Object, path: str) -> Iterator[Cause]:
    if not spec.get("containers"):
        yield Cause(f"{path}.containers", "Required value", "FieldValueRequired")
    volumes = {volume["name"] for volume in spec.get("volumes") or ()}
    for group in ("initContainers", "containers"):
        seen: set[str] = set()
        for i, container in enumerate(spec.get(group) or ()):
            here, name = f"{path}.{group}[{i}]", container.get("name")
            if name in seen:
                yield Cause(f"{here}.name", f'Duplicate value: "{name}"', "FieldValueDuplicate")
            seen.add(name)
            yield from _container_causes(container, volumes, here)


def _container_causes(container: Object, volumes: set[str], path: str) -> Iterator[Cause]:
    if not container.get("image"):
        yield Cause(f"{path}.image", "Required value", "FieldValueRequired")
    for i, mount in enumerate(container.get("volumeMounts") or ()):
        if mount["name"] not in volumes:
            yield Cause(f"{path}.volumeMounts[{i}].name", f'Not found: "{mount["name"]}"', "FieldValueNotFound")
    for i, port in enumerate(container.get("ports") or ()):
        yield from _port_causes(port["containerPort"], f"{path}.ports[{i}].containerPort")
    resources = container.get("resources") or {}
    limits = resources.get("limits") or {}
    for name, text in (resources.get("requests") or {}).items():
        if milli(text) > milli(limits.get(name, text)):
            why = f"must be less than or equal to {name} limit of {limits[name]}"
            yield Cause(f"{path}.resources.requests", f'Invalid value: "{text}": {why}')


def _port_causes(port: int, path: str) -> Iterator[Cause]:
    if not 1 <= port <= 65535:
        yield Cause(path, f"Invalid value: {port}: must be between 1 and 65535, inclusive")


def _immutable_part(spec: Object) -> Object:
    kept = {key: value for key, value in spec.items() if key not in POD_SPEC_MUTABLE}
    for group in ("containers", "initContainers"):
        kept[group] = [{k: v for k, v in c.items() if k != "image"} for c in spec.get(group) or ()]
    return kept


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
