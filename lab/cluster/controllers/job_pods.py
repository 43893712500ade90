"""The pods that a Job makes (pkg/controller/job/indexed_job_utils.go)."""

from collections.abc import Callable, Iterator

from lab.cluster.controllers.tallies import index_of
from lab.cluster.controllers.templates import pod_of
from lab.cluster.jobs import COMPLETION_INDEX
from lab.cluster.ports import Object

INDEX_VARIABLE = "JOB_COMPLETION_INDEX"


def new_pods(
    job: Object, active: list[Object], done: set[int], count: int, suffix: Callable[[], str]
) -> Iterator[Object]:
    """That many new pods; those of an indexed Job take the lowest indexes that are free."""
    name, template = job["metadata"]["name"], job["spec"]["template"]
    if job["spec"].get("completionMode") != "Indexed":
        for _ in range(count):
            yield pod_of(job, template, f"{name}-{suffix()}")
        return
    taken = done | {index for pod in active if (index := index_of(pod)) is not None}
    free = (index for index in range(int(job["spec"]["completions"])) if index not in taken)
    for _, index in zip(range(count), free, strict=False):
        pod = pod_of(job, template, f"{name}-{index}-{suffix()}", {COMPLETION_INDEX: str(index)})
        pod["metadata"]["annotations"] = {
            **(pod["metadata"].get("annotations") or {}),
            COMPLETION_INDEX: str(index),
        }
        pod["spec"].setdefault("hostname", f"{name}-{index}")
        for container in [*pod["spec"]["containers"], *(pod["spec"].get("initContainers") or ())]:
            container.setdefault("env", []).append({"name": INDEX_VARIABLE, "value": str(index)})
        yield pod


def restarts(pod: Object) -> int:
    """How often the containers of a pod were started anew."""
    status = pod.get("status") or {}
    statuses = [*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ())]
    return sum(each["restartCount"] for each in statuses)
