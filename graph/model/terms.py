"""How the model may be used: which one, for how long, and what it costs."""

from dataclasses import dataclass
from enum import StrEnum


class Dialect(StrEnum):
    """What a server takes beyond plain Chat Completions."""

    VLLM = "vllm"
    """Token ids and log-probabilities on request, and switches of the chat template."""
    OPENAI = "openai"
    """Nothing beyond."""


class FormName(StrEnum):
    """How a model is asked for a decision."""

    FULL = "full"
    """The catalogues of probes and actions; a prompt of about 3,000 tokens. For models from about 8B on."""
    COMPACT = "compact"
    """What can be decided, numbered; a prompt of some hundred tokens. For small models."""


@dataclass(frozen=True)
class Prices:
    """Money per million tokens, in any one unit; zero for a server of one's own."""

    tokens_in: float = 0.0
    tokens_out: float = 0.0

    def of(self, tokens_in: int, tokens_out: int) -> float:
        """What so many tokens cost."""
        return (tokens_in * self.tokens_in + tokens_out * self.tokens_out) / 1_000_000


@dataclass(frozen=True)
class Terms:
    """The settings of the client."""

    model: str
    """Name of the model or adapter, as the server lists it."""
    dialect: Dialect = Dialect.VLLM
    reply_tokens: int = 1_500
    """The longest reply."""
    temperature: float = 0.0
    samples: int = 1
    """Replies that are drawn for one decision."""
    verifying: bool = False
    """Whether the model judges decisions before one is taken; that can only lower their confidence."""
    call_seconds: float = 60.0
    """Deadline of one request."""
    incident_seconds: float = 600.0
    """Waiting for the model in one incident."""
    attempts: int = 3
    """Requests for one reply; only what may pass by itself is tried again."""
    backoff_seconds: float = 0.5
    """Before the second attempt; doubles after each, with jitter between half and all of it."""
    prices: Prices = Prices()
    incident_cost: float | None = None
    day_tokens: int | None = None
    day_cost: float | None = None
