"""Pods as workloads make them from their templates."""

from lab.cluster.pods import controller_reference
from lab.cluster.ports import Object
from lab.cluster.store import copy_of

INHERITED = ("labels", "annotations", "finalizers")


def pod_of(owner: Object, template: Object, name: str, labels: dict[str, str] | None = None) -> Object:
    """A new pod of an owner, with its name and further labels."""
    made = copy_of(template)
    meta = {field: made["metadata"][field] for field in INHERITED if (made.get("metadata") or {}).get(field)}
    meta |= {
        "name": name,
        "namespace": owner["metadata"]["namespace"],
        "ownerReferences": [controller_reference(owner)],
    }
    if labels:
        meta["labels"] = {**meta.get("labels", {}), **labels}
    return {"metadata": meta, "spec": made["spec"]}
