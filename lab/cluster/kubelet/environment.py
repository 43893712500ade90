"""The environment of a container: literal values, references, field paths, service links."""

import base64
import re
from collections.abc import Iterator, Mapping

from lab.cluster.ports import Object
from lab.cluster.quantity import whole
from lab.cluster.store import Store
from lab.cluster.texts import Text, Texts

_REFERENCE = re.compile(r"\$\$|\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)")
_LABEL = re.compile(r"metadata\.(labels|annotations)\['([^']+)'\]")


class ConfigError(Exception):
    """A reference cannot be resolved; the message is the kubelet's, for CreateContainerConfigError."""


def decoded(value: str) -> str:
    """A Secret's value as text."""
    return base64.b64decode(value).decode(errors="replace")


def environment(store: Store, texts: Texts, pod: Object, container: Object, address: str) -> dict[str, str]:
    """The variables of a container. Raises `ConfigError`."""
    found = dict(_service_links(store, pod))
    for source in container.get("envFrom") or ():
        found |= _whole_source(store, texts, pod, source)
    for entry in container.get("env") or ():
        name = entry["name"]
        if "valueFrom" in entry:
            value = _resolved(store, texts, pod, container, address, entry["valueFrom"])
            if value is not None:
                found[name] = value
        else:
            found[name] = expanded(entry.get("value") or "", found)
    found.setdefault("HOSTNAME", pod["spec"].get("hostname") or pod["metadata"]["name"])
    found.setdefault("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    return found


def expanded(text: str, env: Mapping[str, str]) -> str:
    """Replace `$(NAME)` where the variable is known, as Kubernetes does in values, commands and arguments."""
    return _REFERENCE.sub(lambda m: "$" if m[0] == "$$" else env.get(m[1], m[0]), text)


def _service_links(store: Store, pod: Object) -> Iterator[tuple[str, str]]:
    yield "KUBERNETES_SERVICE_HOST", "10.96.0.1"
    yield "KUBERNETES_SERVICE_PORT", "443"
    if not pod["spec"].get("enableServiceLinks", True):
        return
    for service in store.list("Service", pod["metadata"]["namespace"]):
        address, ports = service["spec"].get("clusterIP"), service["spec"].get("ports")
        if address in (None, "", "None") or not ports:
            continue
        name = service["metadata"]["name"].upper().replace("-", "_")
        yield f"{name}_SERVICE_HOST", address
        yield f"{name}_SERVICE_PORT", str(ports[0]["port"])
        yield f"{name}_PORT", f"{ports[0].get('protocol', 'TCP').lower()}://{address}:{ports[0]['port']}"


def _whole_source(store: Store, texts: Texts, pod: Object, source: Object) -> dict[str, str]:
    kind, missing = ("ConfigMap", Text.CONFIG_MAP_MISSING)
    reference = source.get("configMapRef")
    if reference is None:
        kind, missing, reference = "Secret", Text.SECRET_MISSING, source["secretRef"]
    held = store.get(kind, pod["metadata"]["namespace"], reference["name"])
    if held is None:
        if reference.get("optional"):
            return {}
        raise ConfigError(texts.say(missing, name=reference["name"]))
    prefix = source.get("prefix") or ""
    return {prefix + key: value for key, value in values_of(held).items()}


def values_of(held: Object) -> dict[str, str]:
    """The keys of a ConfigMap or Secret as text."""
    data = held.get("data") or {}
    return {key: decoded(value) for key, value in data.items()} if held["kind"] == "Secret" else dict(data)


def _resolved(
    store: Store, texts: Texts, pod: Object, container: Object, address: str, source: Object
) -> str | None:
    if "fieldRef" in source:
        return _field(pod, address, source["fieldRef"]["fieldPath"])
    if "resourceFieldRef" in source:
        return _resource(container, source["resourceFieldRef"])
    secret = "secretKeyRef" in source
    reference = source["secretKeyRef"] if secret else source["configMapKeyRef"]
    namespace, name, key = pod["metadata"]["namespace"], reference["name"], reference["key"]
    held = store.get("Secret" if secret else "ConfigMap", namespace, name)
    value = None if held is None else values_of(held).get(key)
    if value is not None or reference.get("optional"):
        return value
    if held is None:
        raise ConfigError(texts.say(Text.SECRET_MISSING if secret else Text.CONFIG_MAP_MISSING, name=name))
    text = Text.SECRET_KEY_MISSING if secret else Text.CONFIG_MAP_KEY_MISSING
    raise ConfigError(texts.say(text, key=key, namespace=namespace, name=name))


def _field(pod: Object, address: str, path: str) -> str:
    found = _LABEL.fullmatch(path)
    if found is not None:
        return str((pod["metadata"].get(found[1]) or {}).get(found[2], ""))
    known = {
        "metadata.name": pod["metadata"]["name"],
        "metadata.namespace": pod["metadata"]["namespace"],
        "metadata.uid": pod["metadata"]["uid"],
        "spec.nodeName": pod["spec"].get("nodeName", ""),
        "spec.serviceAccountName": pod["spec"].get("serviceAccountName", ""),
        "status.podIP": address,
        "status.podIPs": address,
        "status.hostIP": pod.get("status", {}).get("hostIP", ""),
    }
    return str(known.get(path, ""))


def _resource(container: Object, reference: Object) -> str:
    """A request or limit in units of the divisor, rounded up."""
    which, _, resource = reference["resource"].partition(".")
    amount = ((container.get("resources") or {}).get(which) or {}).get(resource, "0")
    divisor = whole(reference.get("divisor") or "1") or 1
    return str(-(-whole(amount) // divisor))
