"""What an experiment does to one target, and how that is taken back.

A pod that is gone needs no recovery: the experiment counts it as recovered, as Chaos Mesh does.
"""

from collections.abc import Callable
from typing import Any, Final

from lab.cluster.context import Context
from lab.cluster.kubelet.state import Ending, Runtime
from lab.cluster.ports import Object

Wake = Callable[[Object], None]
"""Lets a pod's kubelet look at it now."""
PAUSE_IMAGE: Final = "gcr.io/google-containers/pause:latest"
"""What `pod-failure` puts in place of every container's image."""
LONGEST_KEY: Final = 63
KILLED: Final = 137


class Effects:
    """Hands on pods, their containers and their network."""

    def __init__(self, context: Context, runtime: Runtime, wake: Wake) -> None:
        self._store, self._clock = context.store, context.clock
        self._runtime, self._wake = runtime, wake

    def apply(self, chaos: Object, identity: str) -> None:
        """Meet one target."""
        pod = self._pod(identity)
        if pod is None:
            return
        meta = pod["metadata"]
        match (chaos["kind"], chaos["spec"]["action"]):
            case ("PodChaos", "pod-kill"):
                self._store.delete("Pod", meta["namespace"], meta["name"], chaos["spec"].get("gracePeriod", 0))
            case ("PodChaos", "pod-failure"):
                self._store.update("Pod", _failed(chaos, pod))
            case ("PodChaos", "container-kill"):
                self._kill(pod, identity.rpartition("/")[2])
            case ("NetworkChaos", _):
                self._shape(chaos, pod)

    def recover(self, chaos: Object, identity: str) -> None:
        """Let one target go."""
        pod = self._pod(identity)
        if pod is None:
            return
        match (chaos["kind"], chaos["spec"]["action"]):
            case ("PodChaos", "pod-failure"):
                self._store.update("Pod", _healed(chaos, pod))
            case ("NetworkChaos", _):
                self._unshape(chaos, pod)

    def _pod(self, identity: str) -> Object | None:
        namespace, name = identity.split("/")[:2]
        return self._store.get("Pod", namespace, name)

    def _kill(self, pod: Object, container: str) -> None:
        """SIGKILL to the container's first process; its kubelet hears of it as of any other end."""
        for spec, run in self._runtime.running(pod):
            if spec["name"] == container:
                run.ending = Ending(self._clock.now(), KILLED, "Error")
                self._wake(pod)

    def _shape(self, chaos: Object, pod: Object) -> None:
        """Traffic control at the pod's own interface, kept in the PodNetworkChaos of the pod."""
        meta = pod["metadata"]
        held = self._store.get("PodNetworkChaos", meta["namespace"], meta["name"])
        control = {"type": "netem", "source": _source(chaos), **_netem(chaos["spec"])}
        if held is None:
            owner = {"apiVersion": "v1", "kind": "Pod", "name": meta["name"], "uid": meta["uid"]}
            new = {"name": meta["name"], "namespace": meta["namespace"], "ownerReferences": [owner]}
            self._store.create("PodNetworkChaos", {"metadata": new, "spec": {"trafficControls": [control]}})
            return
        controls = [*_others(chaos, held), control]
        self._store.update("PodNetworkChaos", {**held, "spec": {"trafficControls": controls}})

    def _unshape(self, chaos: Object, pod: Object) -> None:
        held = self._store.get("PodNetworkChaos", pod["metadata"]["namespace"], pod["metadata"]["name"])
        if held is not None:
            left = _others(chaos, held)
            self._store.update("PodNetworkChaos", {**held, "spec": {"trafficControls": left} if left else {}})


def _failed(chaos: Object, pod: Object) -> Object:
    """The pod with the pause image in each container; its own images are kept in annotations."""
    notes = dict(pod["metadata"].get("annotations") or {})
    spec = dict(pod["spec"])
    for group, init in (("containers", False), ("initContainers", True)):
        changed = []
        for container in spec.get(group) or ():
            key = _key(chaos, container["name"], init)
            if key not in notes:
                notes[key] = container["image"]
                container = {**container, "image": PAUSE_IMAGE}
            changed.append(container)
        spec |= {group: changed} if changed else {}
    return {**pod, "metadata": {**pod["metadata"], "annotations": notes}, "spec": spec}


def _healed(chaos: Object, pod: Object) -> Object:
    notes = dict(pod["metadata"].get("annotations") or {})
    spec = dict(pod["spec"])
    for group, init in (("containers", False), ("initContainers", True)):
        changed = []
        for container in spec.get(group) or ():
            image = notes.pop(_key(chaos, container["name"], init), None)
            changed.append(container if image is None else {**container, "image": image})
        spec |= {group: changed} if changed else {}
    return {**pod, "metadata": {**pod["metadata"], "annotations": notes}, "spec": spec}


def _key(chaos: Object, container: str, init: bool) -> str:
    """The annotation that keeps an image (pkg/annotation)."""
    name = f"{container}-{'init' if init else 'normal'}"
    key = f"chaos-mesh-{chaos['metadata']['name']}-{chaos['spec']['action']}-{name}-image"
    return key if len(key) <= LONGEST_KEY else name


def _source(chaos: Object) -> str:
    return f"{chaos['metadata']['namespace']}/{chaos['metadata']['name']}"


def _others(chaos: Object, held: Object) -> list[Object]:
    controls = (held.get("spec") or {}).get("trafficControls") or ()
    return [each for each in controls if each["source"] != _source(chaos)]


def _netem(spec: Object) -> dict[str, Any]:
    """The parts of a NetworkChaos that say how packets fare."""
    return {part: spec[part] for part in ("delay", "loss") if spec.get(part) is not None}
