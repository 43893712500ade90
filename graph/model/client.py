"""Asking the model: ceilings first, deadlines always, one layer of retries, every request on record."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

from domain.errors import BadReply, ModelDown, ModelRefused, ModelSlow, ModelSpent
from domain.incident import Incident
from domain.model import CallOutcome, Ceilings, Counted, Message, ModelCall, hash_of
from domain.ports import Clock, Ids, ModelCalls
from graph.model.terms import Terms
from graph.model.tokens import TokenCounter
from graph.model.wire import Ask, ChatServer, Completion, ReplySchema


@dataclass(frozen=True)
class Reply:
    """What the model said."""

    text: str
    truncated: bool
    """It ended at the limit of its length."""
    call: ModelCall
    """The row of the request."""


def no_adapter() -> None:
    """The model itself is asked."""


@dataclass(frozen=True)
class ModelClient:
    """One model on one server, for all incidents of a process."""

    server: ChatServer
    calls: ModelCalls
    terms: Terms
    counter: TokenCounter
    clock: Clock
    """Wall time, also in the lab: a model does not think in a cluster's virtual time."""
    ids: Ids
    chance: random.Random
    """Jitter of the retries."""
    adapter: Callable[[], str | None] = no_adapter
    """Name of the adapter to ask at this moment; `None` for the model of the terms."""

    async def sample(
        self, incident: Incident, messages: Sequence[Message], schema: ReplySchema | None = None
    ) -> tuple[Reply, ...]:
        """As many replies as the terms want, drawn at once as a group; those that come, when some do not.

        They are requests of their own: servers differ in what they give for `n`, and vLLM computes the prompt once
        either way.

        Raises:
            As `ask` does, where no reply came.
        """
        if self.terms.samples == 1:
            return (await self.ask(incident, messages, schema),)
        group = self.ids.new("group")
        draws = [self.ask(incident, messages, schema, group) for _ in range(self.terms.samples)]
        drawn = await asyncio.gather(*draws, return_exceptions=True)
        replies = tuple(draw for draw in drawn if isinstance(draw, Reply))
        failed = [draw for draw in drawn if isinstance(draw, BaseException)]
        # What is none of the model's failures is ours, and never passed over.
        ours = [
            e for e in failed if not isinstance(e, ModelDown | ModelSlow | ModelRefused | ModelSpent | BadReply)
        ]
        if ours or not replies:
            raise (ours or failed)[0]
        return replies

    async def choose(self, reply: Reply) -> None:
        """Put on record that this one of a group was acted on."""
        if reply.call.group is not None:
            await self.calls.settle(reply.call.model_copy(update={"chosen": True}))

    async def ask(
        self,
        incident: Incident,
        messages: Sequence[Message],
        schema: ReplySchema | None = None,
        group: str | None = None,
    ) -> Reply:
        """One reply; requests that may pass by themselves are made again.

        Raises:
            ModelSpent: a ceiling is reached; no request was made.
            ModelSlow: no reply within the deadline.
            ModelDown: no connection, after the retries.
            ModelRefused: an HTTP error, after the retries where it may pass.
            BadReply: what came back is no chat completion.
            StoreUnavailable: the call cannot be put on record, so it was not made.
        """
        terms = self.terms
        ask = Ask(self.adapter() or terms.model, messages, schema, terms.reply_tokens, terms.temperature)
        for attempt in range(1, terms.attempts + 1):
            try:
                return await self._once(incident, ask, group)
            except (ModelDown, ModelRefused) as error:
                passing = not isinstance(error, ModelRefused) or error.passing
                if attempt == terms.attempts or not passing:
                    raise
                wait = terms.backoff_seconds * 2 ** (attempt - 1)
                await self.clock.sleep(wait * self.chance.uniform(0.5, 1.0))
        raise AssertionError("terms allow no attempt")

    async def _once(self, incident: Incident, ask: Ask, group: str | None) -> Reply:
        call = self._pending(incident, ask, group)
        allowance = await self.calls.reserve(call, self._ceilings(incident))
        if allowance.refused is not None:
            raise ModelSpent(f"The model is not asked any more: {allowance.refused}.")
        deadline = min(self.terms.call_seconds, allowance.seconds_left)
        started = self.clock.monotonic()
        try:
            completion = await self.server.complete(ask, deadline)
        except (ModelDown, ModelSlow, ModelRefused, BadReply) as error:
            await self._settle(_failed(call, error), started)
            raise
        settled = await self._settle(self._answered(call, ask, completion), started)
        return Reply(completion.text, completion.truncated, settled)

    async def _settle(self, call: ModelCall, started: float) -> ModelCall:
        settled = call.model_copy(update={"seconds": self.clock.monotonic() - started})
        await self.calls.settle(settled)
        return settled

    def _pending(self, incident: Incident, ask: Ask, group: str | None) -> ModelCall:
        """The call with the most that it can cost."""
        tokens_in = self.counter.prompt(ask.messages)
        return ModelCall(
            id=self.ids.new("call"),
            incident_id=incident.id,
            at=self.clock.now(),
            model=ask.model,
            messages=tuple(ask.messages),
            prompt_hash=hash_of(ask.messages),
            tokens_in=tokens_in,
            tokens_out=ask.reply_tokens,
            counted=self.counter.counted,
            cost=self.terms.prices.of(tokens_in, ask.reply_tokens),
            group=group,
        )

    def _answered(self, call: ModelCall, ask: Ask, completion: Completion) -> ModelCall:
        told = completion.tokens_in is not None and completion.tokens_out is not None
        tokens_in = completion.tokens_in if told else self.counter.prompt(ask.messages)
        tokens_out = completion.tokens_out if told else self.counter.count(completion.text)
        assert tokens_in is not None
        assert tokens_out is not None
        return ModelCall.model_validate(
            {
                **dict(call),
                "outcome": CallOutcome.TRUNCATED if completion.truncated else CallOutcome.ANSWERED,
                "reply": completion.text,
                "token_ids": completion.token_ids,
                "logprobs": completion.logprobs,
                "tokens_in": tokens_in,
                "tokens_out": tokens_out,
                "counted": Counted.SERVER if told else self.counter.counted,
                "cost": self.terms.prices.of(tokens_in, tokens_out),
            }
        )

    def _ceilings(self, incident: Incident) -> Ceilings:
        return Ceilings(
            incident_tokens=incident.budget.tokens,
            incident_seconds=self.terms.incident_seconds,
            incident_cost=self.terms.incident_cost,
            day_tokens=self.terms.day_tokens,
            day_cost=self.terms.day_cost,
        )


def _failed(call: ModelCall, error: ModelDown | ModelSlow | ModelRefused | BadReply) -> ModelCall:
    """The call that came to nothing. Where the server may have computed, it keeps the most it can have cost."""
    free = {"tokens_in": 0, "tokens_out": 0, "cost": 0.0}
    match error:
        case ModelDown():
            return call.model_copy(update={**free, "outcome": CallOutcome.DOWN})
        case ModelRefused():
            return call.model_copy(update={**free, "outcome": CallOutcome.REFUSED, "status": error.status})
        case ModelSlow():
            return call.model_copy(update={"outcome": CallOutcome.SLOW})
        case BadReply():
            return call.model_copy(update={"outcome": CallOutcome.UNUSABLE})
        case _:
            assert_never(error)
