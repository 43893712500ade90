"""The ReplicaSets of a Deployment as its revisions (pkg/controller/deployment/util)."""

import json

from lab.cluster.ports import Object

HASH_LABEL = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
REVISION_HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAXIMUM = "deployment.kubernetes.io/max-replicas"
NOT_COPIED = frozenset(
    {
        "kubectl.kubernetes.io/last-applied-configuration",
        REVISION,
        REVISION_HISTORY,
        DESIRED,
        MAXIMUM,
        "deprecated.deployment.rollback.to",
    }
)
"""Annotations of a Deployment that its ReplicaSets do not inherit."""
_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


def revision_of(replica_set: Object) -> int:
    """The revision number; 0 when there is none."""
    text = (replica_set["metadata"].get("annotations") or {}).get(REVISION, "0")
    return int(text) if text.isdigit() else 0


def same_template(left: Object, right: Object) -> bool:
    """Whether two pod templates are equal but for the hash label."""
    return _bare(left) == _bare(right)


def template_hash(template: Object, collisions: int) -> str:
    """FNV-32a over the canonical template, spelled in Kubernetes' safe letters.

    Upstream hashes Go's dump of the struct, which nothing but Go can write, so the value differs from a real
    cluster's; its alphabet and length do not.
    """
    text = json.dumps(template, sort_keys=True, separators=(",", ":")) + (str(collisions) if collisions else "")
    value = 0x811C9DC5
    for byte in text.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return "".join(_LETTERS[ord(digit) % 27] for digit in str(value))


def _bare(template: Object) -> Object:
    meta = dict(template.get("metadata") or {})
    meta.pop("creationTimestamp", None)
    meta["labels"] = {key: value for key, value in (meta.get("labels") or {}).items() if key != HASH_LABEL}
    return {**template, "metadata": {key: value for key, value in meta.items() if value}}
