"""The Job that changes a user of a MongoDB server: one fixed template, run once, with logins by reference.

The administrator's name and password come into its container as the server's own manifest refers to them, a new
user's password as a file of the Secret that a workload refers to. No value of them is read by AOI. It has no
token for the API server, ends after its deadline, and is removed some time after its end.
"""

from collections.abc import Collection
from typing import Any

from domain.accounts import AccountAction, CreateDatabaseUser
from domain.base import Json, digest_of
from domain.cluster import Ref
from tools.write.mongo import Server
from tools.write.statements import WORD

DOES = "aoi.dev/account-change"
"""Annotation with the change as `key=value key=value`; `undoes` stands in a Job that takes it back."""
MANAGED_BY = ("app.kubernetes.io/managed-by", "aoi")
DEADLINE_SECONDS = 120
KEPT_SECONDS = 1800
"""How long an ended Job can be looked at, and what it did be taken back: twice as long as a proposal waits."""
UNDO = "-undo"
"""What the name of a Job that takes another one back ends in."""
_PLACED = ("imagePullSecrets", "nodeSelector", "securityContext", "tolerations")
"""What the server's pods need to run where they run."""


def job_ref(action: AccountAction, taken: Collection[str]) -> Ref:
    """The Job of an action: named after what it does, with a number where such a Job is there already."""
    stem = f"aoi-{action.action.replace('_', '-')}-{digest_of(action.model_dump(mode='json'))[:8]}"
    numbered = (stem, *(f"{stem}-{number}" for number in range(2, len(taken) + 2)))
    name = next(name for name in numbered if name not in taken)
    return Ref(kind="Job", name=name, namespace=action.target.namespace)


def undo_ref(job: Ref) -> Ref:
    """The Job that takes another one back."""
    return job.model_copy(update={"name": job.name + UNDO})


def undone_ref(undo: Ref) -> Ref:
    """The Job that an undoing one takes back."""
    return undo.model_copy(update={"name": undo.name.removesuffix(UNDO)})


def change_in(action: AccountAction) -> dict[str, str]:
    """What an action changes on its server, without the server."""
    return action.model_dump(mode="json", exclude={"target"})


def job_of(job: Ref, action: AccountAction, statement: str, server: Server, owner: Json) -> dict[str, Any]:
    """The Job as it is sent; `owner` is the server's workload, with which the Job goes."""
    labels = dict([MANAGED_BY])
    told = change_in(action) | ({"undoes": "yes"} if job.name.endswith(UNDO) else {})
    metadata = owner["metadata"]
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": job.name,
            "namespace": job.namespace,
            "labels": labels,
            "annotations": {DOES: " ".join(f"{key}={value}" for key, value in told.items())},
            "ownerReferences": [
                {
                    "apiVersion": owner.get("apiVersion", "apps/v1"),
                    "kind": action.target.kind,
                    "name": metadata["name"],
                    "uid": metadata["uid"],
                }
            ],
        },
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": DEADLINE_SECONDS,
            "ttlSecondsAfterFinished": KEPT_SECONDS,
            "template": {
                "metadata": {"labels": labels},
                "spec": _pod(action, statement, server),
            },
        },
    }


def _pod(action: AccountAction, statement: str, server: Server) -> dict[str, Any]:
    container = _container(action, statement, server)
    pod = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        **{key: server.pod[key] for key in _PLACED if server.pod.get(key)},
        "containers": [container],
    }
    if isinstance(action, CreateDatabaseUser) and WORD in statement:
        folder, _, file = WORD.rpartition("/")
        secret = {"secretName": action.secret_name, "items": [{"key": action.key, "path": file}]}
        container["volumeMounts"] = [{"name": "word", "mountPath": folder, "readOnly": True}]
        pod["volumes"] = [{"name": "word", "secret": secret}]
    return pod


def _container(action: AccountAction, statement: str, server: Server) -> dict[str, Any]:
    own = {k: v for k, v in (server.container.get("securityContext") or {}).items() if k != "privileged"}
    container: dict[str, Any] = {
        "name": "mongo",
        "image": server.image,
        "command": [
            server.shell,
            "--norc",
            "--quiet",
            f"--host={server.host}",
            f"--port={server.port}",
            "--username=$(ADMIN_USER)",
            "--password=$(ADMIN_PASSWORD)",
            "--authenticationDatabase=admin",
            "--eval",
            statement,
            action.user_database,
        ],
        "env": [{"name": "ADMIN_USER", **server.user}, {"name": "ADMIN_PASSWORD", **server.password}],
        "resources": {
            "requests": {"cpu": "50m", "memory": "128Mi"},
            "limits": {"cpu": "500m", "memory": "512Mi"},
        },
        "securityContext": {**own, "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    if policy := server.container.get("imagePullPolicy"):
        container["imagePullPolicy"] = policy
    return container
