"""What Chaos Mesh says in events (controllers/utils/recorder, 2.6): reason and message."""

from typing import Final

Said = tuple[str, str]

HELD: Final[Said] = ("FinalizerInited", "Finalizer has been inited")
RELEASED: Final[Said] = ("FinalizerInited", "Finalizer has been removed")  # the reason is the same in the source
STARTED: Final[Said] = ("Started", "Experiment has started")
PAUSED: Final[Said] = ("Paused", "Experiment has been paused")
TIME_UP: Final[Said] = ("TimeUp", "Time up according to the duration")
DELETED: Final[Said] = ("Deleted", "Experiment has been deleted")
NO_TARGET: Final[Said] = ("Failed", "Failed to select targets: no target has been selected")


def updated(field: str) -> Said:
    """A part of the object was written."""
    return ("Updated", f"Successfully update {field} of resource")


def applied(identity: str) -> Said:
    """A target was met."""
    return ("Applied", f"Successfully apply chaos for {identity}")


def recovered(identity: str) -> Said:
    """A target was let go."""
    return ("Recovered", f"Successfully recover chaos for {identity}")
