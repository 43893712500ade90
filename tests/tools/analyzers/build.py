"""Snapshots by hand: a namespace of workloads in good health, and the ways in which it falls ill."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.cluster import Ref
from tools.analyzers.suspicion import Analyzer, Suspicion
from tools.snapshot import LogKey, Snapshot

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
SPACE = "prod"
Obj = dict[str, Any]


def ago(seconds: float) -> str:
    """A timestamp that many seconds before the snapshot."""
    return (NOW - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def ref(kind: str, name: str) -> Ref:
    """An object of the namespace."""
    return Ref(kind=kind, name=name, namespace=SPACE)


class World:
    """Objects under construction."""

    def __init__(self) -> None:
        self.objects: dict[str, list[Obj]] = {"Node": [node("node-1"), node("node-2")]}
        self.logs: dict[LogKey, tuple[str, ...]] = {}
        self.usage: dict[str, dict[str, str]] = {}
        self.unreadable: dict[str, str] = {}

    def add(self, kind: str, name: str, body: Mapping[str, Any] | None = None, made: float = 86400) -> Obj:
        """Any object."""
        meta: Obj = {"name": name, "namespace": SPACE, "creationTimestamp": ago(made)}
        obj: Obj = {"metadata": meta, **deepcopy(dict(body or {}))}
        self.objects.setdefault(kind, []).append(obj)
        return obj

    def deploy(
        self,
        name: str,
        *,
        replicas: int = 1,
        before: Mapping[str, Any] | None = None,
        labels: Mapping[str, str] | None = None,
        made: float = 600,
        kind: str = "Deployment",
        spec: Mapping[str, Any] | None = None,
        **container: Any,
    ) -> Obj:
        """A workload in good health, with its ReplicaSets and pods.

        `container` fills its one container (named like it), `spec` the rest of the pod spec; `before` is the pod
        spec of an earlier revision, or what differs in its container under the key `container`.
        """
        main: Obj = {"name": name, "image": f"registry.example.com/{name}:1.0", **container}
        main.setdefault("ports", [{"containerPort": 8080, "name": "http"}])
        pod_spec: Obj = {"containers": [main], **deepcopy(dict(spec or {}))}
        own = dict(labels or {"app": name})
        template = {"metadata": {"labels": own}, "spec": pod_spec}
        body = {
            "spec": {"replicas": replicas, "selector": {"matchLabels": own}, "template": template},
            "status": _status(replicas),
        }
        obj = self.add(kind, name, body)
        if kind == "Deployment":
            number = 1
            if before is not None:
                earlier = _earlier(pod_spec, before)
                self._replica_set(name, 1, {"metadata": {"labels": own}, "spec": earlier}, 0, 7200)
                number = 2
            owner = self._replica_set(name, number, template, replicas, made)
        else:
            owner = (kind, name)
        for index in range(replicas):
            self._pod(f"{name}-{index}", owner, own, pod_spec, made)
        return obj

    def _replica_set(self, name: str, number: int, template: Obj, replicas: int, made: float) -> tuple[str, str]:
        body = {"spec": {"replicas": replicas, "template": template}, "status": {"replicas": replicas}}
        replica_set = self.add("ReplicaSet", f"{name}-r{number}", body, made)
        replica_set["metadata"]["annotations"] = {"deployment.kubernetes.io/revision": str(number)}
        replica_set["metadata"]["ownerReferences"] = [{"kind": "Deployment", "name": name, "controller": True}]
        return "ReplicaSet", f"{name}-r{number}"

    def _pod(self, name: str, owner: tuple[str, str], labels: Mapping[str, str], spec: Obj, made: float) -> None:
        body = {
            "spec": {"nodeName": "node-1", **deepcopy(spec)},
            "status": {
                "phase": "Running",
                "conditions": [{"type": "Ready", "status": "True"}, {"type": "PodScheduled", "status": "True"}],
                "containerStatuses": [_running(c["name"], made - 5) for c in spec["containers"]],
                "initContainerStatuses": [_completed(c["name"]) for c in spec.get("initContainers", ())],
            },
        }
        pod = self.add("Pod", name, body, made)
        pod["metadata"]["labels"] = dict(labels)
        pod["metadata"]["ownerReferences"] = [{"kind": owner[0], "name": owner[1], "controller": True}]

    def service(self, name: str, target: int | str = 8080, port: int = 8080, **selector: str) -> Obj:
        """A Service for the pods labelled `app=NAME`, or for another selector."""
        ports = [{"port": port, "targetPort": target}]
        return self.add("Service", name, {"spec": {"selector": selector or {"app": name}, "ports": ports}})

    def event(self, kind: str, name: str, reason: str, message: str, seconds: float = 30, **about: str) -> None:
        """Something that happened to an object that many seconds ago."""
        body = {
            "involvedObject": {"kind": kind, "name": name, **about},
            "reason": reason,
            "message": message,
            "lastTimestamp": ago(seconds),
        }
        self.add("Event", f"{name}.{len(self.objects.get('Event', ()))}", body)

    def pod(self, name: str) -> Obj:
        """One pod."""
        return next(p for p in self.objects["Pod"] if p["metadata"]["name"] == name)

    def status(self, pod: str, init: bool = False) -> Obj:
        """The first container status of a pod."""
        found: Obj = self.pod(pod)["status"]["initContainerStatuses" if init else "containerStatuses"][0]
        return found

    def unready(self, pod: str) -> Obj:
        """The pod is not ready any more; its workload lacks a replica."""
        obj = self.pod(pod)
        obj["status"]["conditions"][0]["status"] = "False"
        self.status(pod)["ready"] = False
        name = pod.rsplit("-", 1)[0]
        for kind in ("Deployment", "StatefulSet"):
            for workload in self.objects.get(kind, ()):
                if workload["metadata"]["name"] == name:
                    workload["status"]["availableReplicas"] -= 1
        return obj

    def waiting(self, pod: str, reason: str, message: str = "") -> None:
        """The pod's container waits."""
        self.unready(pod)
        self.status(pod)["state"] = {"waiting": {"reason": reason, "message": message}}

    def crashing(self, pod: str, code: int = 1, reason: str = "Error", *lines: str, message: str = "") -> None:
        """The pod's container is in back-off after it ended with that code and those last words."""
        self.waiting(pod, "CrashLoopBackOff", "back-off 40s restarting failed container")
        ended = {"reason": reason, "exitCode": code, "finishedAt": ago(20), "message": message}
        self.status(pod).update(restartCount=4, lastState={"terminated": ended})
        if lines:
            self.logs[pod, self.status(pod)["name"], False] = lines

    def unscheduled(self, pod: str, said: str) -> None:
        """The scheduler finds no node for the pod."""
        obj = self.unready(pod)
        obj["spec"].pop("nodeName", None)
        obj["status"]["phase"] = "Pending"
        obj["status"]["containerStatuses"] = []
        obj["status"]["conditions"][1].update(status="False", reason="Unschedulable", message=said)

    def unborn(self, name: str, said: str) -> None:
        """The API server refuses the workload's pods."""
        self.objects["Pod"] = [p for p in self.objects["Pod"] if not p["metadata"]["name"].startswith(f"{name}-")]
        workload = next(d for d in self.objects["Deployment"] if d["metadata"]["name"] == name)
        workload["status"].update(availableReplicas=0, updatedReplicas=0)
        newest = [r for r in self.objects["ReplicaSet"] if r["metadata"]["name"].startswith(f"{name}-r")][-1]
        failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": said}
        newest["status"]["conditions"] = [failure]

    def says(self, pod: str, *lines: str, container: str | None = None, previous: bool = False) -> None:
        """The log of the pod's container."""
        self.logs[pod, container or pod.rsplit("-", 1)[0], previous] = lines

    def snapshot(self) -> Snapshot:
        """The world as a snapshot."""
        objects = {
            kind: tuple(sorted(found, key=lambda o: str(o["metadata"]["name"])))
            for kind, found in self.objects.items()
        }
        return Snapshot(
            SPACE, NOW, deepcopy(objects), dict(self.logs), self.usage, self.unreadable, artifact="artifact-1"
        )

    def run(self, analyze: Analyzer) -> list[Suspicion]:
        """What an analyzer makes of it."""
        return list(analyze(self.snapshot()))


def healthy() -> World:
    """`web` calls `api`, `api` calls `store`; all well, each with an earlier revision, with some old scars."""
    world = World()
    config = {"data": {"LOG_LEVEL": "info", "TIMEOUT_MS": "500"}}
    world.add("ConfigMap", "api-config", config)
    world.deploy("web", replicas=2, env=[{"name": "API_URL", "value": "http://api:8080"}])
    world.deploy(
        "api",
        env=[{"name": "STORE_ADDR", "value": "store:6379"}],
        envFrom=[{"configMapRef": {"name": "api-config"}}],
        readinessProbe={"httpGet": {"path": "/ready", "port": 8080}},
        livenessProbe={"httpGet": {"path": "/live", "port": "http"}, "periodSeconds": 10},
        before={"container": {"image": "registry.example.com/api:0.9"}},
    )
    world.deploy("store", ports=[{"containerPort": 6379}])
    world.service("web")
    world.service("api", "http")
    world.service("store", 6379, 6379)
    world.status("api-0").update(
        restartCount=5,
        lastState={"terminated": {"reason": "Error", "exitCode": 1, "finishedAt": ago(9000)}},
    )
    world.event("Pod", "api-0", "BackOff", "Back-off restarting failed container", seconds=9000)
    world.event("Pod", "web-0", "Unhealthy", "Readiness probe failed: connection refused", seconds=580)
    world.says("web-0", "GET / 200 12ms", "WARN slow answer from api: 900ms", "GET / 200 9ms")
    world.says("api-0", "INFO connected to store:6379", "GET /ready 200")
    done = {"status": {"conditions": [{"type": "Complete", "status": "True"}]}, "spec": {}}
    world.add("Job", "migrate", done)
    finished = world.add(
        "Pod", "migrate-x", {"spec": {"containers": [{"name": "m"}]}, "status": {"phase": "Succeeded"}}
    )
    finished["metadata"]["ownerReferences"] = [{"kind": "Job", "name": "migrate", "controller": True}]
    return world


def applied(obj: Obj, form: Mapping[str, Any]) -> None:
    """Record what `kubectl apply` last declared."""
    import json

    notes = obj["metadata"].setdefault("annotations", {})
    notes["kubectl.kubernetes.io/last-applied-configuration"] = json.dumps(form)


def changed(obj: Obj, seconds: float, manager: str = "kubectl-edit") -> None:
    """Somebody changed the object that many seconds ago."""
    obj["metadata"]["managedFields"] = [{"manager": manager, "time": ago(seconds)}]


def node(name: str, **labels: str) -> Obj:
    """A node in good health."""
    return {
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, **labels}},
        "spec": {},
        "status": {
            "allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"},
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}],
        },
    }


def texts(found: Iterable[Suspicion]) -> str:
    """Everything that the suspicions say, to look words up in."""
    said = [s.hypothesis.statement for s in found]
    return "\n".join([*said, *(finding.text for s in found for finding in s.findings)])


def _status(replicas: int) -> Obj:
    return {
        "observedGeneration": 1,
        "replicas": replicas,
        "updatedReplicas": replicas,
        "readyReplicas": replicas,
        "availableReplicas": replicas,
    }


def _running(name: str, seconds: float) -> Obj:
    return {"name": name, "ready": True, "restartCount": 0, "state": {"running": {"startedAt": ago(seconds)}}}


def _completed(name: str) -> Obj:
    return {"name": name, "ready": True, "restartCount": 0, "state": {"terminated": {"exitCode": 0}}}


def _earlier(spec: Obj, before: Mapping[str, Any]) -> Obj:
    earlier = deepcopy(spec) | {k: v for k, v in before.items() if k != "container"}
    for key, value in dict(before.get("container", {})).items():
        if value is None:
            earlier["containers"][0].pop(key, None)
        else:
            earlier["containers"][0][key] = value
    return earlier
