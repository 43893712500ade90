"""Where what a container writes lies, how long it lives, and how much fits."""

from lab.cluster.kubelet.state import Run
from lab.cluster.ports import Object
from lab.cluster.quantity import whole
from lab.cluster.store import Store

MIB = 2**20


def place_of(store: Store, pod: Object, spec: Object, run: Run, path: str) -> str:
    """What the life of a directory hangs on: a volume's, the pod's, or the container's own."""
    mount = _mount(spec, path)
    if mount is None:
        return run.container_id
    volume, part = _volume(pod, mount["name"]), f"{mount.get('subPath', '')}"
    if "hostPath" in volume:
        return f"host:{volume['hostPath']['path']}:{part}"
    if "persistentVolumeClaim" not in volume:
        return f"{pod['metadata']['uid']}:{mount['name']}:{part}"
    name = volume["persistentVolumeClaim"]["claimName"]
    claim = store.get("PersistentVolumeClaim", pod["metadata"]["namespace"], name) or {}
    held = store.get("PersistentVolume", None, claim.get("spec", {}).get("volumeName") or "")
    if held is None:
        return f"{pod['metadata']['namespace']}/{name}:{part}"
    # The same directory is found again by another PersistentVolume on it, whichever node it is used from.
    directory = (held["spec"].get("hostPath") or held["spec"].get("local") or {}).get("path")
    return f"host:{directory}:{part}" if directory else f"{held['metadata']['uid']}:{part}"


def room_at(store: Store, pod: Object, spec: Object, path: str) -> float | None:
    """MiB that fit where a path lies: a claim's capacity; `None` where the node's disk is the limit."""
    claim = claim_at(pod, spec, path)
    if claim is None:
        return None
    held = store.get("PersistentVolumeClaim", pod["metadata"]["namespace"], claim) or {}
    capacity = ((held.get("status") or {}).get("capacity") or {}).get("storage")
    return None if capacity is None else whole(capacity) / MIB


def claim_at(pod: Object, spec: Object, path: str) -> str | None:
    """The claim whose volume a path lies on; `None` on the node's disk."""
    mount = _mount(spec, path)
    volume = {} if mount is None else _volume(pod, mount["name"])
    claim: Object = volume.get("persistentVolumeClaim") or {}
    return claim.get("claimName")


def mount_point(spec: Object, path: str) -> str:
    """Where the volume is mounted that a path lies on; `/` for the container's own disk."""
    mount = _mount(spec, path)
    return "/" if mount is None else str(mount["mountPath"])


def _mount(spec: Object, path: str) -> Object | None:
    mounts = (each for each in spec.get("volumeMounts") or () if path.startswith(each["mountPath"].rstrip("/")))
    return max(mounts, key=lambda each: len(each["mountPath"]), default=None)


def _volume(pod: Object, name: str) -> Object:
    return next((each for each in pod["spec"].get("volumes") or () if each["name"] == name), {})
