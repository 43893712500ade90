"""A kubelet speaking about a pod, or about one container of it."""

from dataclasses import dataclass

from lab.cluster.ports import Object
from lab.cluster.recorder import Recorder

COMPONENT = "kubelet"


@dataclass(frozen=True)
class Voice:
    """Writes events from the pod's node."""

    recorder: Recorder
    pod: Object
    field: str | None = None
    """`spec.containers{web}`, or `None` for the pod as a whole."""

    def of(self, container: str, init: bool = False) -> "Voice":
        """The same about one container."""
        kind = "initContainers" if init else "containers"
        return Voice(self.recorder, self.pod, f"spec.{kind}{{{container}}}")

    @property
    def whole(self) -> "Voice":
        """The same about the pod as a whole."""
        return Voice(self.recorder, self.pod)

    def normal(self, reason: str, message: str) -> None:
        """A Normal event."""
        host = self.pod["spec"].get("nodeName")
        self.recorder.normal(self.pod, reason, message, COMPONENT, field=self.field, host=host)

    def warning(self, reason: str, message: str) -> None:
        """A Warning event."""
        host = self.pod["spec"].get("nodeName")
        self.recorder.warning(self.pod, reason, message, COMPONENT, field=self.field, host=host)
