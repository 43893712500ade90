"""The image of a container cannot be pulled."""

import re
from collections.abc import Iterator

from domain.actions import Action, SetImage
from domain.diagnosis import Cause
from tools.analyzers.containers import Container, containers, containers_of
from tools.analyzers.events import events_about, message_of
from tools.analyzers.logs import clean
from tools.analyzers.objects import Workload, dig, name_of, ref_of, workloads
from tools.analyzers.revisions import last_change, roll_back
from tools.analyzers.suspicion import Suspicion, seen, suspect
from tools.snapshot import Snapshot

_REASONS = frozenset(
    {
        "ErrImagePull",
        "ImagePullBackOff",
        "ImageInspectError",
        "ErrImageNeverPull",
        "RegistryUnavailable",
        "InvalidImageName",
        "SignatureValidationFailed",
    }
)
_AUTH = re.compile(
    r"401|403|unauthorized|authoriz|access denied|authentication required|no basic auth", re.IGNORECASE
)
_ABSENT = re.compile(r"not found|manifest unknown|does not exist|NotFound", re.IGNORECASE)
_UNREACHABLE = re.compile(r"no such host|timeout|timed out|connection refused|unreachable|dial tcp", re.IGNORECASE)


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each container that waits for its image."""
    for workload in workloads(snapshot):
        for container in containers_of(snapshot, workload):
            if container.reason in _REASONS:
                yield _case(snapshot, workload, container)


def _case(snapshot: Snapshot, workload: Workload, container: Container) -> Suspicion:
    image = str(container.spec.get("image"))
    said = _error(snapshot, container)
    why = _why(container.reason, said)
    change = last_change(workload)
    before = _image_before(workload, container)
    pod = ref_of(snapshot, "Pod", container.pod)
    findings = [
        seen(snapshot, pod, f"Container {container.name} waits for its image {image}: {container.reason}."),
        seen(snapshot, pod, f"The pull fails: {clean(said)}"),
    ]
    if before and before != image:
        findings.append(seen(snapshot, workload.ref, f"The revision before ran the image {before}."))
    return suspect(
        Cause.IMAGE_PULL,
        workload.ref,
        f"The image {image} of {workload.ref.name} cannot be pulled: {why}.",
        findings,
        confidence=0.97,
        actions=_actions(workload, container, image, before),
        changed_at=change.made_at if change else None,
    )


def _error(snapshot: Snapshot, container: Container) -> str:
    """The pull error; the waiting message of older versions holds it only half of the time, so events help."""
    failures = (message_of(event) for event in events_about(snapshot, "Pod", name_of(container.pod), "Failed"))
    said = [container.message, *(text for text in failures if "pull" in text)]
    telling = (text for text in said if _AUTH.search(text) or _ABSENT.search(text) or _UNREACHABLE.search(text))
    return next(telling, next((text for text in said if text), container.reason))


def _why(reason: str, said: str) -> str:
    if reason == "InvalidImageName":
        return "the name is not a valid image name"
    if reason == "ErrImageNeverPull":
        return "the pull policy is Never and the node does not have it"
    if _AUTH.search(said):
        return "the registry refuses access (wrong name, or a missing or wrong pull secret)"
    if _ABSENT.search(said):
        return "the registry has no such image or tag"
    if _UNREACHABLE.search(said) or reason == "RegistryUnavailable":
        return "the registry cannot be reached"
    return "the registry answers with an error"


def _image_before(workload: Workload, container: Container) -> str | None:
    change = last_change(workload)
    specs = (
        (dig(change.before, "containers") or []) + (dig(change.before, "initContainers") or []) if change else []
    )
    return next((s["image"] for s in specs if s["name"] == container.name), None)


def _actions(workload: Workload, container: Container, image: str, before: str | None) -> tuple[Action, ...]:
    if workload.ref.kind in ("Job", "Pod"):
        return ()
    if before and before != image:
        narrow = SetImage(target=workload.ref, container=container.name, image=before)
        return (*roll_back(workload, ("*", container.name, "image")), narrow)
    running = {
        str(c.spec["image"])
        for pod in workload.pods
        for c in containers(pod)
        if c.name == container.name and c.ready and c.spec.get("image") != image
    }
    return tuple(SetImage(target=workload.ref, container=container.name, image=i) for i in sorted(running))
