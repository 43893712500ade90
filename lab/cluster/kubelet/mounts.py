"""Volumes of a pod: what keeps one from being mounted, and the files that mounted ones show."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from lab.cluster.kubelet.environment import values_of
from lab.cluster.ports import Object
from lab.cluster.store import Store
from lab.cluster.texts import Text, Texts

Scratch = Mapping[str, Mapping[str, str]]
"""What the containers of a pod have written into its emptyDir volumes: by volume, by path."""


def problem(store: Store, texts: Texts, pod: Object, volume: Object) -> str | None:
    """Why a volume cannot be mounted, in the kubelet's words; `None` when it can."""
    for kind, reference in _sources(volume):
        if reference.get("optional"):
            continue
        name = _name(kind, reference)
        held = store.get(kind, pod["metadata"]["namespace"], name)
        if held is None:
            missing = Text.SECRET_MISSING if kind == "Secret" else Text.CONFIG_MAP_MISSING
            return texts.say(missing, name=name)
        for item in reference.get("items") or ():
            if item["key"] not in values_of(held):
                return texts.say(Text.MOUNT_KEYS_MISSING, kind=kind.lower(), key=item["key"])
    return None


def files(store: Store, pod: Object, container: Object, scratch: Scratch | None = None) -> dict[str, str]:
    """The files that a container's volumes show, by absolute path, as they are now."""
    volumes = {volume["name"]: volume for volume in pod["spec"].get("volumes") or ()}
    found: dict[str, str] = {}
    for mount in container.get("volumeMounts") or ():
        volume = volumes.get(mount["name"])
        if volume is None:
            continue
        shown = dict(_contents(store, pod, volume)) | dict((scratch or {}).get(volume["name"], {}))
        root = PurePosixPath(mount["mountPath"])
        part = mount.get("subPath")
        if part is None:
            found |= {str(root / name): text for name, text in shown.items()}
        elif part in shown:
            found[str(root)] = shown[part]
        else:
            inside = {name: text for name, text in shown.items() if name.startswith(part + "/")}
            found |= {str(root / name[len(part) + 1 :]): text for name, text in inside.items()}
    return found


def writable(pod: Object, container: Object, path: str) -> tuple[str, str] | None:
    """The emptyDir volume that a container's path lies in, and the path inside it."""
    empty = {volume["name"] for volume in pod["spec"].get("volumes") or () if "emptyDir" in volume}
    for mount in container.get("volumeMounts") or ():
        root = mount["mountPath"].rstrip("/") + "/"
        if mount["name"] in empty and path.startswith(root):
            return mount["name"], path.removeprefix(root)
    return None


def _contents(store: Store, pod: Object, volume: Object) -> Iterator[tuple[str, str]]:
    for kind, reference in _sources(volume):
        held = store.get(kind, pod["metadata"]["namespace"], _name(kind, reference))
        if held is None:
            continue
        values = values_of(held)
        items = reference.get("items")
        if items is None:
            yield from values.items()
        else:
            yield from ((item["path"], values[item["key"]]) for item in items if item["key"] in values)
    if any("serviceAccountToken" in source for source in (volume.get("projected") or {}).get("sources") or ()):
        yield "token", "lab.service-account.token"
        yield "namespace", pod["metadata"]["namespace"]


def _sources(volume: Object) -> Iterator[tuple[str, Object]]:
    """The ConfigMaps and Secrets behind a volume, projected ones too."""
    if "configMap" in volume:
        yield "ConfigMap", volume["configMap"]
    if "secret" in volume:
        yield "Secret", volume["secret"]
    for source in (volume.get("projected") or {}).get("sources") or ():
        if "configMap" in source:
            yield "ConfigMap", source["configMap"]
        if "secret" in source:
            yield "Secret", source["secret"]


def _name(kind: str, reference: Object) -> str:
    name = reference.get("name") or (reference.get("secretName") if kind == "Secret" else "")
    return str(name or "")
