"""What a Job's pods are known by: labels that hold the Job's uid (pkg/registry/batch/job/strategy.go)."""

from lab.cluster.ports import Object

CONTROLLER_UID = "batch.kubernetes.io/controller-uid"
JOB_NAME = "batch.kubernetes.io/job-name"
COMPLETION_INDEX = "batch.kubernetes.io/job-completion-index"


def mark_pods(job: Object) -> None:
    """Give a new Job, in place, the selector and the pod labels that tell its pods from all others."""
    spec, meta = job.get("spec") or {}, job["metadata"]
    if spec.get("manualSelector") or "template" not in spec:
        return
    uid, name = meta["uid"], meta["name"]
    marks = {CONTROLLER_UID: uid, JOB_NAME: name, "controller-uid": uid, "job-name": name}
    template = spec["template"].setdefault("metadata", {})
    template["labels"] = {**(template.get("labels") or {}), **marks}
    if not spec.get("selector"):
        spec["selector"] = {"matchLabels": {CONTROLLER_UID: uid}}
    if not meta.get("labels"):
        meta["labels"] = dict(template["labels"])
