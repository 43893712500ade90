"""One object as the API returns it."""

from collections.abc import Mapping
from datetime import datetime

from domain.base import Json
from domain.cluster import Ref, Severity
from domain.probes import Get
from tools.analyzers.containers import containers
from tools.analyzers.objects import dig
from tools.cluster.reader import Reader
from tools.read.outcome import Observation, Outcome, observe
from tools.read.summary import node_state
from tools.read.words import as_yaml, pairs, without_noise


async def run(reader: Reader, call: Get, now: datetime) -> Outcome:
    """The object as YAML, and its gist in one sentence."""
    found = await reader.get(call.target)
    return Outcome(f"Read {call.target}.", as_yaml(without_noise(found)), (gist(call.target, found),))


def gist(ref: Ref, obj: Json) -> Observation:
    """What an engineer would look at first in an object of its kind."""
    wanted, ready = dig(obj, "spec", "replicas") or 0, dig(obj, "status", "readyReplicas") or 0
    short = ref.kind in ("Deployment", "StatefulSet") and ready < wanted
    return observe(Severity.WARNING if short else Severity.INFO, ref, f"{_gist(ref.kind, obj)}.")


def _gist(kind: str, obj: Json) -> str:
    spec: Mapping[str, object] = obj.get("spec") or {}
    match kind:
        case "Deployment" | "StatefulSet" | "ReplicaSet":
            ready = dig(obj, "status", "readyReplicas") or 0
            return f"{ready} of {spec.get('replicas', 1)} replicas are ready, {_images(obj)}"
        case "DaemonSet":
            ready, wanted = dig(obj, "status", "numberReady"), dig(obj, "status", "desiredNumberScheduled")
            return f"{ready or 0} of {wanted or 0} pods are ready, {_images(obj)}"
        case "Pod":
            states = [
                f"{c.name} {c.reason or ('running' if c.running else 'not running')}" for c in containers(obj)
            ]
            return (
                f"Phase {dig(obj, 'status', 'phase')} on {spec.get('nodeName') or 'no node'}: {', '.join(states)}"
            )
        case "Service":
            ports = ", ".join(f"{p.get('port')} to {p.get('targetPort')}" for p in dig(obj, "spec", "ports") or ())
            return f"It sends port {ports or 'none'} to pods with {pairs(dig(obj, 'spec', 'selector'))}"
        case "ConfigMap":
            return f"It has the keys {', '.join(obj.get('data') or {}) or 'none'}"
        case "Node":
            return f"It is {' with '.join(node_state(obj))}"
        case "PersistentVolumeClaim" | "PersistentVolume" | "Namespace":
            return f"It is {dig(obj, 'status', 'phase') or 'without a phase'}"
        case _:
            return "It exists"


def _images(obj: Json) -> str:
    images = [str(c.get("image")) for c in dig(obj, "spec", "template", "spec", "containers") or ()]
    return f"image {', '.join(images) or 'none'}"
