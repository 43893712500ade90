"""Actions on one container of a workload: image, resources, environment, probe."""

from typing import Any

from domain.actions import PatchProbe, Risk, SetCommand, SetEnv, SetImage, SetResources
from domain.base import Json
from domain.errors import BadInput
from tools.write.change import Draft, Scene
from tools.write.kubectl import container_line, kubectl, named
from tools.write.template import container_of, copy_of, part_of, template_of


def set_image(action: SetImage, scene: Scene) -> Draft:
    """Another image."""
    wanted = copy_of(action.target, scene.target)
    container = container_of(template_of(wanted), action.container)
    before = container["image"]
    container["image"] = action.image
    return Draft(
        wanted=wanted,
        risk=Risk.MEDIUM,
        undo_text=f"Set the image of {action.container} back to {before}.",
        kubectl=kubectl(action.target, "set", "image", named(action.target), f"{action.container}={action.image}"),
    )


def set_command(action: SetCommand, scene: Scene) -> Draft:
    """Another command; the arguments stay unless new ones are named."""
    wanted = copy_of(action.target, scene.target)
    container = container_of(template_of(wanted), action.container)
    before = " ".join((*(container.get("command") or ()), *(container.get("args") or ())))
    fields: dict[str, Any] = {"command": list(action.command)}
    if action.args is not None:
        fields["args"] = list(action.args)
    container |= fields
    shown = f"`{before}`" if before else "what the image says"
    return Draft(
        wanted=wanted,
        risk=Risk.MEDIUM,
        undo_text=f"Let {action.container} run {shown} again.",
        kubectl=container_line(
            action.target, part_of(template_of(wanted), action.container), action.container, fields
        ),
    )


def set_resources(action: SetResources, scene: Scene) -> Draft:
    """Other requests and limits; those that are not named stay."""
    wanted = copy_of(action.target, scene.target)
    container = container_of(template_of(wanted), action.container)
    resources: dict[str, Any] = dict(container.get("resources") or {})
    flags = []
    for part, values in (("requests", action.requests), ("limits", action.limits)):
        if values:
            resources[part] = {**(resources.get(part) or {}), **values}
            flags.append(f"--{part}=" + ",".join(f"{k}={v}" for k, v in sorted(values.items())))
    container["resources"] = resources
    return Draft(
        wanted=wanted,
        risk=Risk.MEDIUM,
        undo_text=f"Restore the previous requests and limits of {action.container}.",
        kubectl=kubectl(action.target, "set", "resources", named(action.target), "-c", action.container, *flags),
    )


def set_env(action: SetEnv, scene: Scene) -> Draft:
    """One variable set to a value, taken from a ConfigMap key, or removed."""
    if action.value is not None and action.config_map is not None:
        raise BadInput(f"The variable {action.name} takes a value or a ConfigMap key, not both.")
    if (action.config_map is None) != (action.key is None):
        raise BadInput(f"The variable {action.name} needs both the ConfigMap and its key.")
    wanted = copy_of(action.target, scene.target)
    container = container_of(template_of(wanted), action.container)
    env: list[dict[str, Any]] = list(container.get("env") or [])
    position = next((i for i, entry in enumerate(env) if entry["name"] == action.name), None)
    entry = _entry(action)
    if entry is None and position is None:
        raise BadInput(f"The variable {action.name} is not set on {action.container}; there is nothing to remove.")
    if position is None:
        env.append(entry or {})
    else:
        env[position : position + 1] = [entry] if entry else []
    container["env"] = env
    if not env:
        del container["env"]
    return Draft(
        wanted=wanted,
        risk=Risk.MEDIUM,
        undo_text=f"Put the variable {action.name} back as it was."
        if position is not None
        else f"Remove the variable {action.name} again.",
        kubectl=_set_env_line(action, entry, part_of(template_of(wanted), action.container)),
    )


def patch_probe(action: PatchProbe, scene: Scene) -> Draft:
    """Other fields of a probe that is there."""
    wanted = copy_of(action.target, scene.target)
    probe = container_of(template_of(wanted), action.container).get(action.kind)
    if probe is None:
        raise BadInput(f"{action.container} has no {action.kind}; AOI changes probes and adds none.")
    fields = _probe_fields(action, probe)
    for name, value in fields.items():
        probe[name] = probe[name] | value if isinstance(value, dict) else value
    return Draft(
        wanted=wanted,
        risk=Risk.MEDIUM,
        undo_text=f"Restore the previous {action.kind}.",
        kubectl=container_line(
            action.target, part_of(template_of(wanted), action.container), action.container, {action.kind: fields}
        ),
    )


def _probe_fields(action: PatchProbe, probe: Json) -> dict[str, Any]:
    """What the action sets, in the shape of a probe."""
    handler = next((name for name in ("httpGet", "tcpSocket", "grpc") if name in probe), None)
    if action.port is not None and handler is None:
        raise BadInput(f"The {action.kind} of {action.container} runs a command and has no port.")
    if action.path is not None and handler != "httpGet":
        raise BadInput(f"The {action.kind} of {action.container} is no HTTP probe and has no path.")
    place = {"path": action.path, "port": action.port}
    fields = {
        handler: {name: value for name, value in place.items() if value is not None},
        "initialDelaySeconds": action.initial_delay_seconds,
        "timeoutSeconds": action.timeout_seconds,
        "failureThreshold": action.failure_threshold,
    }
    return {name: value for name, value in fields.items() if name is not None and value not in (None, {})}


def _entry(action: SetEnv) -> dict[str, Any] | None:
    if action.config_map is not None:
        reference = {"name": action.config_map, "key": action.key}
        return {"name": action.name, "valueFrom": {"configMapKeyRef": reference}}
    return None if action.value is None else {"name": action.name, "value": action.value}


def _set_env_line(action: SetEnv, entry: dict[str, Any] | None, part: str) -> str:
    if (
        action.config_map is not None
    ):  # `set env --from` names the variable after the key; a patch names it freely.
        return container_line(action.target, part, action.container, {"env": [{"value": None, **(entry or {})}]})
    setting = f"{action.name}-" if action.value is None else f"{action.name}={action.value}"
    return kubectl(action.target, "set", "env", named(action.target), "-c", action.container, setting)
