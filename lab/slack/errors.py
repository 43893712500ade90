"""What can go wrong with the local Slack."""

from domain.errors import Permanent, Temporary


class LocalSlackMissing(Permanent):
    """The binary cannot be had here."""


class LocalSlackFailed(Permanent):
    """The server did not start, or started in a way that is not safe."""


class NotSeen(Temporary):
    """What the engineer waited for did not appear in time."""
