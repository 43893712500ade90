"""Manifests of workloads for the tests of their controllers."""

from typing import Any

from tests.lab.cluster.small import Object


def template(name: str, image: str = "nginx:1.25", pod: Object | None = None, **container: Any) -> Object:
    """A pod template of one container `main`."""
    main = {"name": "main", "image": image, "ports": [{"containerPort": 80, "name": "http"}], **container}
    return {"metadata": {"labels": {"app": name}}, "spec": {"containers": [main], **(pod or {})}}


def stateful(name: str, image: str = "nginx:1.25", replicas: int = 3, **more: Any) -> Object:
    """A StatefulSet; `pod` and `spec` add to the pod and the set, the rest to the container."""
    pod, spec = more.pop("pod", {}), more.pop("spec", {})
    selector = {"matchLabels": {"app": name}}
    made = {"serviceName": name, "replicas": replicas, "selector": selector}
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": name},
        "spec": {**made, "template": template(name, image, pod, **more), **spec},
    }


def daemon(name: str, image: str = "nginx:1.25", **more: Any) -> Object:
    """A DaemonSet."""
    pod, spec = more.pop("pod", {}), more.pop("spec", {})
    made = {"selector": {"matchLabels": {"app": name}}, "template": template(name, image, pod, **more)}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": name},
        "spec": {**made, **spec},
    }


def script(text: str) -> dict[str, Any]:
    """A container that runs a shell script."""
    return {"image": "busybox:1.36", "command": ["sh", "-c", text]}


def job(name: str, text: str = "sleep 5", policy: str = "Never", **spec: Any) -> Object:
    """A Job whose pods run a shell script."""
    made = template(name, pod={"restartPolicy": policy}, **script(text))
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {"template": made, **spec},
    }


def cron(name: str, schedule: str = "*/5 * * * *", text: str = "sleep 5", **spec: Any) -> Object:
    """A CronJob whose pods run a shell script."""
    made = job(name, text)["spec"]
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": name},
        "spec": {"schedule": schedule, "jobTemplate": {"spec": made}, **spec},
    }
