"""What makes an experiment invalid, as the CustomResourceDefinitions of Chaos Mesh and its webhook say."""

from collections.abc import Iterator
from typing import Final

from lab.cluster.chaos.experiment import seconds_of
from lab.cluster.errors import Cause
from lab.cluster.ports import Object

ACTIONS: Final = {
    "PodChaos": ("pod-kill", "pod-failure", "container-kill"),
    "NetworkChaos": ("netem", "delay", "loss"),
}
"""Those that the lab carries out."""
MODES: Final = ("one", "all", "fixed", "fixed-percent", "random-max-percent")


def chaos_causes(kind: str, spec: Object) -> Iterator[Cause]:
    """What is wrong with an experiment; nothing for other kinds."""
    if kind not in ACTIONS:
        return
    for field, known in (("action", ACTIONS[kind]), ("mode", MODES)):
        if spec.get(field) is None:
            yield Cause(f"spec.{field}", "Required value", "FieldValueRequired")
        elif spec[field] not in known:
            shown = ", ".join(f'"{each}"' for each in known)
            why = f'Unsupported value: "{spec[field]}": supported values: {shown}'
            yield Cause(f"spec.{field}", why, "FieldValueNotSupported")
    if spec.get("selector") is None:
        yield Cause("spec.selector", "Required value", "FieldValueRequired")
    if spec.get("duration") is not None and seconds_of(str(spec["duration"])) is None:
        why = f'Invalid value: "{spec["duration"]}": parse duration field error: time: invalid duration'
        yield Cause("spec.duration", why)
