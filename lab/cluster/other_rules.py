"""The rules of Ingresses and PodDisruptionBudgets that a schema cannot say (pkg/apis: networking, policy)."""

from collections.abc import Iterator

from lab.cluster.errors import Cause
from lab.cluster.ports import Object

PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")


def other_causes(kind: str, spec: Object) -> Iterator[Cause]:
    """What is wrong with an object of one of these kinds."""
    match kind:
        case "Ingress":
            yield from _ingress_causes(spec)
        case "PodDisruptionBudget":
            if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
                yield Cause("spec", "Invalid value: minAvailable and maxUnavailable cannot be both set")


def _ingress_causes(spec: Object) -> Iterator[Cause]:
    if not spec.get("rules") and spec.get("defaultBackend") is None:
        yield Cause("spec", "Invalid value: []: either `defaultBackend` or `rules` must be specified")
    if spec.get("defaultBackend") is not None:
        yield from _backend_causes(spec["defaultBackend"], "spec.defaultBackend")
    for i, rule in enumerate(spec.get("rules") or ()):
        for j, path in enumerate((rule.get("http") or {}).get("paths") or ()):
            here = f"spec.rules[{i}].http.paths[{j}]"
            kind, text = path.get("pathType"), path.get("path", "")
            if kind not in PATH_TYPES:
                known = ", ".join(f'"{each}"' for each in PATH_TYPES)
                why = f'Unsupported value: "{kind}": supported values: {known}'
                yield Cause(f"{here}.pathType", why, "FieldValueNotSupported")
            if not text.startswith("/") and (text or kind != "ImplementationSpecific"):
                yield Cause(f"{here}.path", f'Invalid value: "{text}": must be an absolute path')
            yield from _backend_causes(path["backend"], f"{here}.backend")


def _backend_causes(backend: Object, path: str) -> Iterator[Cause]:
    service = backend.get("service")
    if (service is None) == (backend.get("resource") is None):
        text = 'Invalid value: "": cannot set both resource and service backends' if service else "Required value"
        yield Cause(path, text, "FieldValueInvalid" if service else "FieldValueRequired")
        return
    if service is not None:
        port = service.get("port") or {}
        if not port.get("name") and not port.get("number"):
            yield Cause(
                f"{path}.service.port", "Required value: port name or number is required", "FieldValueRequired"
            )
