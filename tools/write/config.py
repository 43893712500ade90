"""Actions on configuration: ConfigMaps and the references to them."""

from collections.abc import Iterator
from typing import Any

from domain.actions import CreateConfigMap, Risk, SetConfigKey, SetConfigReference
from domain.base import Json
from domain.errors import BadInput
from tools.write.change import Draft, Scene
from tools.write.kubectl import kubectl, patch_line
from tools.write.template import all_containers, copy_of, template_of


def create_config_map(action: CreateConfigMap, scene: Scene) -> Draft:
    """A ConfigMap that is not there yet."""
    if scene.target is not None:
        raise BadInput(f"{action.target} exists already; change a key of it instead.")
    metadata = {"name": action.target.name, "namespace": action.target.namespace}
    literals = [f"--from-literal={key}={value}" for key, value in sorted(action.data.items())]
    return Draft(
        wanted={"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": dict(action.data)},
        risk=Risk.LOW,
        undo_text="Delete the ConfigMap again.",
        kubectl=kubectl(action.target, "create", "configmap", action.target.name, *literals),
    )


def set_config_key(action: SetConfigKey, scene: Scene) -> Draft:
    """One key of a ConfigMap."""
    wanted = copy_of(action.target, scene.target)
    if wanted.get("immutable"):
        raise BadInput(f"{action.target} is immutable; create another one and point the workload at it.")
    data = wanted.get("data") or {}
    undo_text = (
        f"Restore the previous value of {action.key}." if action.key in data else f"Remove {action.key} again."
    )
    wanted["data"] = data | {action.key: action.value}
    line = patch_line(action.target, {"data": {action.key: action.value}}, "merge")
    return Draft(wanted=wanted, risk=Risk.MEDIUM, undo_text=undo_text, kubectl=line)


def set_config_reference(action: SetConfigReference, scene: Scene) -> Draft:
    """Every reference of the workload to one ConfigMap, pointed at another."""
    wanted = copy_of(action.target, scene.target)
    found = [r for r in references(template_of(wanted)) if r["name"] == action.missing]
    if not found:
        raise BadInput(f"{action.target} does not refer to the ConfigMap {action.missing!r}.")
    for reference in found:
        reference["name"] = action.config_map
    return Draft(
        wanted=wanted,
        risk=Risk.MEDIUM,
        undo_text=f"Point the references back at the ConfigMap {action.missing}.",
    )


def references(template: Json) -> Iterator[dict[str, Any]]:
    """The places in a pod template that name a ConfigMap: `envFrom`, variables, volumes, projected volumes."""
    for container in all_containers(template):
        for source in container.get("envFrom") or []:
            if "configMapRef" in source:
                yield source["configMapRef"]
        for variable in container.get("env") or []:
            if reference := (variable.get("valueFrom") or {}).get("configMapKeyRef"):
                yield reference
    for volume in template["spec"].get("volumes") or []:
        if "configMap" in volume:
            yield volume["configMap"]
        for source in (volume.get("projected") or {}).get("sources") or []:
            if "configMap" in source:
                yield source["configMap"]
