"""A volume cannot be attached or mounted, for another reason than a missing ConfigMap, Secret or claim."""

import re
from collections.abc import Iterator

from domain.diagnosis import Cause
from tools.analyzers.containers import containers
from tools.analyzers.events import events_about, message_of
from tools.analyzers.logs import clean
from tools.analyzers.objects import name_of, ref_of, workloads
from tools.analyzers.revisions import last_change, roll_back
from tools.analyzers.suspicion import Suspicion, seen, suspect
from tools.snapshot import Snapshot

_WAITS = frozenset({"ContainerCreating", "PodInitializing"})
_OTHER_CASE = re.compile(
    r"(configmap|secret)s? \"?[a-z0-9.-]+\"? not found|references non-existent|persistentvolumeclaim",
    re.IGNORECASE,
)
_VOLUME = re.compile(r"for volume \"([^\"]+)\"|unmounted volumes=\[([^\]]+)\]", re.IGNORECASE)
_GENERAL = re.compile(r"unmounted volumes=|timed out waiting", re.IGNORECASE)


def analyze(snapshot: Snapshot) -> Iterator[Suspicion]:
    """One suspicion for each workload with a pod that waits for a volume."""
    for workload in workloads(snapshot):
        for pod in workload.pods:
            if not any(c.reason in _WAITS for c in containers(pod)):
                continue
            events = events_about(
                snapshot, "Pod", name_of(pod), "FailedMount", "FailedAttachVolume", "FailedMapVolume"
            )
            said = [message_of(event) for event in events]
            if not said or any(_OTHER_CASE.search(text) for text in said):
                continue
            text = next((t for t in said if not _GENERAL.search(t)), said[0])
            match = _VOLUME.search(text)
            volume = (match[1] or match[2]) if match else "of its pod"
            back = roll_back(workload, ("volumes",), ("*", "*", "volumeMounts"))
            findings = [seen(snapshot, ref_of(snapshot, "Pod", pod), f"A volume cannot be mounted: {clean(text)}")]
            if back:
                findings.append(seen(snapshot, workload.ref, "The last revision changed the volumes."))
            change = last_change(workload)
            yield suspect(
                Cause.MOUNT_FAILURE,
                workload.ref,
                f"{workload.ref.name} cannot start because its volume {volume} cannot be mounted:"
                f" {clean(text, 140)}",
                findings,
                confidence=0.9,
                actions=back,
                changed_at=change.made_at if change and back else None,
            )
            break
