"""Actions on one container of a workload: image, resources, environment, probe."""

from typing import Any

from domain.actions import PatchProbe, Risk, SetEnv, SetImage, SetResources
from domain.errors import BadInput
from tools.write.change import Draft, Scene
from tools.write.kubectl import kubectl, named
from tools.write.template import container_of, copy_of, template_of


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
        kubectl=None if action.config_map else _set_env_line(action),
    )


def patch_probe(action: PatchProbe, scene: Scene) -> Draft:
    """Other fields of a probe that is there."""
    wanted = copy_of(action.target, scene.target)
    container = container_of(template_of(wanted), action.container)
    probe = container.get(action.kind)
    if probe is None:
        raise BadInput(f"{action.container} has no {action.kind}; AOI changes probes and adds none.")
    handler = next((probe[name] for name in ("httpGet", "tcpSocket", "grpc") if name in probe), None)
    if action.port is not None:
        if handler is None:
            raise BadInput(f"The {action.kind} of {action.container} runs a command and has no port.")
        handler["port"] = action.port
    if action.path is not None:
        if "httpGet" not in probe:
            raise BadInput(f"The {action.kind} of {action.container} is no HTTP probe and has no path.")
        probe["httpGet"]["path"] = action.path
    for name, value in (
        ("initialDelaySeconds", action.initial_delay_seconds),
        ("timeoutSeconds", action.timeout_seconds),
        ("failureThreshold", action.failure_threshold),
    ):
        if value is not None:
            probe[name] = value
    return Draft(wanted=wanted, risk=Risk.MEDIUM, undo_text=f"Restore the previous {action.kind}.")


def _entry(action: SetEnv) -> dict[str, Any] | None:
    if action.config_map is not None:
        reference = {"name": action.config_map, "key": action.key}
        return {"name": action.name, "valueFrom": {"configMapKeyRef": reference}}
    return None if action.value is None else {"name": action.name, "value": action.value}


def _set_env_line(action: SetEnv) -> str:
    setting = f"{action.name}-" if action.value is None else f"{action.name}={action.value}"
    return kubectl(action.target, "set", "env", named(action.target), "-c", action.container, setting)
