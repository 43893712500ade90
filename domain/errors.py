"""Errors that people see: flat, named by the boundary crossed, one sentence each.

The message is the sentence: what failed, on what, what to do next. It never holds a secret or raw cluster
text; whoever wraps a foreign error cuts and redacts it first and raises `from` it.
"""


class AoiError(Exception):
    """Anything AOI says it cannot do."""


class Temporary(AoiError):
    """Trying again later may help."""


class Permanent(AoiError):
    """Trying again will not help."""


class ClusterUnreachable(Temporary):
    """The API server does not answer, or not in time."""


class ClusterConflict(Temporary):
    """The object has changed since it was read."""


class ClusterForbidden(Permanent):
    """The identity has no right to do this."""


class ClusterNotFound(Permanent):
    """The object or the namespace does not exist."""


class ClusterRejected(Permanent):
    """The API server found the request invalid."""


class TelemetryUnreachable(Temporary):
    """The server of metrics, traces or logs does not answer, or not in time."""


class TelemetryRejected(Permanent):
    """The server of metrics, traces or logs refused the question."""


class ModelDown(Temporary):
    """The model server does not answer."""


class ModelSlow(Temporary):
    """The model did not answer within its deadline."""


class ModelRefused(Permanent):
    """The model server answered with an error."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status

    @property
    def passing(self) -> bool:
        """Whether the server itself may recover: it is busy or broken, and the request is not at fault."""
        return self.status in (408, 409, 429) or self.status >= 500


class ModelSpent(Permanent):
    """A ceiling for tokens, money or time of the model is reached."""


class BadReply(Permanent):
    """The model's reply cannot be used; the message says what is wrong with it."""


class ExportRefused(Permanent):
    """A data set would hold what looks like a secret; nothing was written."""


class AdapterRefused(Permanent):
    """A model server did not take an adapter, or its trial decision could not be read."""


class ExecutorAway(Temporary):
    """No executor answers: nothing can be planned or done until one runs."""


class StoreUnavailable(Temporary):
    """The database is locked, read-only, full or gone."""


class SlackUnavailable(Temporary):
    """Slack does not answer, or asks to wait."""


class SlackRejected(Permanent):
    """Slack refused the request."""


class Misconfigured(Permanent):
    """A setting is missing or wrong; the message names it, the value it got and what it wants."""


class BadInput(Permanent):
    """A person or a file said something AOI cannot use."""
