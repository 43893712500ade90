"""What has become of the pods of each Job, also of those that are gone."""

from dataclasses import dataclass, field

from lab.cluster.jobs import COMPLETION_INDEX
from lab.cluster.ports import Object
from lab.cluster.store import StoreEvent

FIRST_BACK_OFF_SECONDS = 10.0
LONGEST_BACK_OFF_SECONDS = 600.0
"""A failed pod is replaced after 10 s, doubled at each failure in a row (pkg/controller/job/backoff_utils.go)."""


@dataclass
class Tally:
    """The ended pods of one Job, each counted once."""

    succeeded: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    indexes: set[int] = field(default_factory=set)
    """The completion indexes that are done."""
    spared: set[str] = field(default_factory=set)
    """Pods that the controller itself deleted: their end is no failure."""
    in_a_row: int = 0
    failed_at: float = 0.0

    def note(self, event: StoreEvent, now: float) -> None:
        """Count a pod that has ended, or went away before its end."""
        pod, uid = event.obj, event.obj["metadata"]["uid"]
        if uid in self.succeeded or uid in self.failed:
            return
        phase = pod.get("status", {}).get("phase")
        if phase == "Succeeded":
            self.succeeded.add(uid)
            self.in_a_row = 0
            if (index := index_of(pod)) is not None:
                self.indexes.add(index)
        elif (phase == "Failed" or event.type == "DELETED") and uid not in self.spared:
            self.failed.add(uid)
            self.in_a_row += 1
            self.failed_at = now

    def back_off(self, now: float) -> float:
        """Seconds until a new pod may be made; 0 for at once."""
        if self.in_a_row == 0:
            return 0.0
        delay = min(FIRST_BACK_OFF_SECONDS * 2.0 ** (self.in_a_row - 1), LONGEST_BACK_OFF_SECONDS)
        return max(0.0, self.failed_at + delay - now)


def index_of(pod: Object) -> int | None:
    """The completion index of a pod of an indexed Job."""
    text = (pod["metadata"].get("annotations") or {}).get(COMPLETION_INDEX)
    return None if text is None else int(text)


def intervals(indexes: set[int]) -> str:
    """`0-3,5`, as `completedIndexes` is written."""
    parts: list[list[int]] = []
    for each in sorted(indexes):
        if parts and parts[-1][-1] == each - 1:
            parts[-1] = [parts[-1][0], each]
        else:
            parts.append([each])
    return ",".join("-".join(str(end) for end in part) for part in parts)
