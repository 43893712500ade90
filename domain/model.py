"""Calls of a language model: what was asked, what came back, what it cost, and how much it may cost."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from domain.base import Value, digest_of


class Message(Value):
    """One turn of a chat. What AOI writes into it was redacted before."""

    role: Literal["system", "user", "assistant"]
    content: str


class CallOutcome(StrEnum):
    """What became of a call."""

    PENDING = "pending"
    """Under way, or its process died: it counts with the most it can have cost."""
    ANSWERED = "answered"
    TRUNCATED = "truncated"
    """The reply ended at the limit of its length."""
    UNUSABLE = "unusable"
    """Something came back that is no chat completion."""
    SLOW = "slow"
    """No reply in time; the server may have worked all the same, so it counts as a pending one does."""
    DOWN = "down"
    REFUSED = "refused"


class Counted(StrEnum):
    """Who counted the tokens."""

    SERVER = "server"
    TOKENIZER = "tokenizer"
    """The model's own tokenizer, here."""
    ESTIMATE = "estimate"
    """By the length of the text; about a third off either way."""


class ModelCall(Value):
    """One request to the model server, a row of its own. Enough to train on without asking again."""

    id: str
    incident_id: str
    at: datetime
    model: str
    messages: tuple[Message, ...]
    prompt_hash: str
    """Of `messages`: equal prompts have equal hashes."""
    outcome: CallOutcome = CallOutcome.PENDING
    status: int | None = None
    """HTTP status of a refusal."""
    reply: str = ""
    token_ids: tuple[int, ...] = ()
    """Of the reply, where the server tells."""
    logprobs: tuple[float, ...] = ()
    """Natural logarithms, one for each token of the reply, where the server tells."""
    tokens_in: int = Field(ge=0)
    tokens_out: int = Field(ge=0)
    counted: Counted
    seconds: float = 0.0
    """From the request to the reply, or to giving up."""
    cost: float = Field(ge=0)
    """In the unit of the prices in the settings."""
    group: str | None = None
    """Shared by calls that drew several replies to one prompt; `None` for a call that stands alone."""
    chosen: bool = False
    """Of a group: AOI acted on this reply."""

    @property
    def spent(self) -> "Spent":
        """What it takes from the ceilings."""
        return Spent(tokens=self.tokens_in + self.tokens_out, cost=self.cost, seconds=self.seconds)


def hash_of(messages: Sequence[Message]) -> str:
    """The prompt hash: SHA-256 in hex over roles and contents."""
    return digest_of([[message.role, message.content] for message in messages])


class Completed(Value):
    """One of several replies to a prompt."""

    call: str
    """Id of the call, where all of it stands."""
    reply: str
    token_ids: tuple[int, ...] = ()
    logprobs: tuple[float, ...] = ()
    chosen: bool = False
    """AOI acted on it."""


class PreferenceGroup(Value):
    """One prompt and the replies that were drawn to it; learning adds what each is worth."""

    id: str
    incident_id: str
    model: str
    prompt_hash: str
    messages: tuple[Message, ...]
    completions: tuple[Completed, ...] = Field(min_length=1)


def groups_of(calls: Iterable[ModelCall]) -> tuple[PreferenceGroup, ...]:
    """The groups among calls, in order; replies that broke off or never came are none to learn from."""
    found: dict[str, list[ModelCall]] = {}
    for call in calls:
        if call.group is not None and call.outcome is CallOutcome.ANSWERED:
            found.setdefault(call.group, []).append(call)
    return tuple(_group(name, drawn) for name, drawn in found.items())


def _group(name: str, drawn: Sequence[ModelCall]) -> PreferenceGroup:
    first = drawn[0]
    return PreferenceGroup(
        id=name,
        incident_id=first.incident_id,
        model=first.model,
        prompt_hash=first.prompt_hash,
        messages=first.messages,
        completions=tuple(
            Completed(call=c.id, reply=c.reply, token_ids=c.token_ids, logprobs=c.logprobs, chosen=c.chosen)
            for c in drawn
        ),
    )


class Spent(Value):
    """Tokens in and out, money, and seconds of waiting."""

    tokens: int = 0
    cost: float = 0.0
    seconds: float = 0.0


class Ceilings(Value):
    """The most that may be spent; `None` for no limit."""

    incident_tokens: int
    incident_seconds: float
    """Waiting for the model in one incident."""
    incident_cost: float | None = None
    day_tokens: int | None = None
    day_cost: float | None = None

    def refuses(self, ask: Spent, incident: Spent, day: Spent) -> str | None:
        """Which ceiling a call that may cost `ask` would break, in words; `None` when it may be made.

        Args:
            ask: the most that the call can cost.
            incident: spent in this incident so far.
            day: spent by all incidents since midnight, UTC.
        """
        rows: tuple[tuple[float, float | None, str], ...] = (
            (incident.tokens + ask.tokens, self.incident_tokens, "tokens for one incident"),
            (incident.cost + ask.cost, self.incident_cost, "money for one incident"),
            (incident.seconds, self.incident_seconds, "seconds of model time for one incident"),
            (day.tokens + ask.tokens, self.day_tokens, "tokens for one day"),
            (day.cost + ask.cost, self.day_cost, "money for one day"),
        )
        for wanted, most, what in rows:
            if most is not None and wanted > most:
                return f"the ceiling of {most:g} {what} is reached"
        return None


class Allowance(Value):
    """The answer to a reservation."""

    refused: str | None
    """Which ceiling stands in the way; `None` when the call may be made."""
    seconds_left: float
    """Of the model time of the incident."""
