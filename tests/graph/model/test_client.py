"""The model client against a server that misbehaves: typed errors, bounded retries, every call on record."""

import pytest

from domain.errors import AoiError, BadReply, ModelDown, ModelRefused, ModelSlow, ModelSpent
from domain.model import CallOutcome, Counted, Message, hash_of
from graph.model.client import Reply
from graph.model.terms import Dialect, Prices, Terms
from graph.model.wire import OpenAiServer, ReplySchema
from tests.graph.model.clients import TERMS, bench, incident, with_terms
from tests.graph.model.server import MODEL, Fails, Raw, Says, Stalls

HELLO = (Message(role="system", content="Be brief."), Message(role="user", content="Hello"))
SCHEMA = ReplySchema("word", {"type": "object", "properties": {"word": {"type": "string"}}})


async def test_a_reply_is_kept_with_tokens_probabilities_and_hash() -> None:
    tokens = {"token_ids": [5, 6], "logprobs": {"content": [_logprob("a", -0.5), _logprob("b", -1.5)]}}
    async with bench(Says("hi there", more=tokens)) as it:
        reply = await it.client.ask(incident(), HELLO, SCHEMA)
        assert reply == Reply("hi there", truncated=False, call=it.calls[0])
        (call,) = it.calls
    assert (call.outcome, call.reply, call.model) == (CallOutcome.ANSWERED, "hi there", MODEL)
    assert (call.token_ids, call.logprobs) == ((5, 6), (-0.5, -1.5))
    assert (call.tokens_in, call.tokens_out, call.counted) == (3, 7, Counted.SERVER)
    assert (call.messages, call.prompt_hash) == (HELLO, hash_of(HELLO))


def _logprob(token: str, logprob: float) -> dict[str, object]:
    return {"token": token, "logprob": logprob, "bytes": None, "top_logprobs": []}


async def test_vllm_is_asked_for_token_ids_and_a_plain_server_for_nothing_special() -> None:
    async with bench("ok") as it:
        await it.client.ask(incident(), HELLO, SCHEMA)
        sent = it.model.requests[0]
    assert sent["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "word", "schema": SCHEMA.schema},
    }
    assert (sent["return_token_ids"], sent["logprobs"], sent["max_tokens"]) == (True, True, 100)
    assert sent["chat_template_kwargs"] == {"enable_thinking": False}
    async with bench("ok", terms=Terms(model=MODEL, dialect=Dialect.OPENAI)) as it:
        await it.client.ask(incident(), HELLO)
        sent = it.model.requests[0]
    assert set(sent) == {"model", "messages", "temperature", "max_completion_tokens"}


async def test_a_reply_cut_at_its_limit_says_so() -> None:
    async with bench(Says('{"summary": "che', finish="length")) as it:
        assert (await it.client.ask(incident(), HELLO)).truncated
        assert it.calls[0].outcome is CallOutcome.TRUNCATED


async def test_without_usage_the_tokens_are_an_estimate_that_says_so() -> None:
    async with bench(Says("twelve chars", usage=False)) as it:
        await it.client.ask(incident(), HELLO)
        (call,) = it.calls
    assert (call.tokens_out, call.counted) == (4, Counted.ESTIMATE)


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_what_may_pass_is_asked_again_after_growing_pauses(status: int) -> None:
    async with bench(Fails(status), Fails(status), "ok") as it:
        assert (await it.client.ask(incident(), HELLO)).text == "ok"
        assert [call.outcome.value for call in it.calls] == ["refused", "refused", "answered"]
        assert [call.status for call in it.calls] == [status, status, None]
        assert 0.75 <= it.clock.monotonic() <= 1.5


async def test_a_server_that_stays_broken_is_given_up_after_three_requests() -> None:
    async with bench(Fails(500)) as it:
        with pytest.raises(ModelRefused, match=r"HTTP 500: it is in trouble itself; see its log\.$"):
            await it.client.ask(incident(), HELLO)
        assert len(it.model.requests) == 3


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Fails(400), "check AOI_MODEL_DIALECT"),
        (Fails(400, "This model's maximum context length is 4096 tokens"), "longer than the model's context"),
        (Fails(401), "check AOI_MODEL_API_KEY"),
        (Fails(404), f"does not serve the model '{MODEL}'; check AOI_MODEL_NAME"),
    ],
)
async def test_what_will_not_pass_is_asked_once_and_says_the_way_out(answer: Fails, says: str) -> None:
    async with bench(answer) as it:
        with pytest.raises(ModelRefused, match=says) as raised:
            await it.client.ask(incident(), HELLO)
        assert len(it.model.requests) == 1
        assert it.calls[0].spent.tokens == 0
    assert raised.value.status == answer.status
    assert "secret-key" not in str(raised.value)


async def test_a_stall_ends_at_the_deadline_and_is_not_waited_for_again() -> None:
    async with bench(Stalls()) as it:
        with pytest.raises(ModelSlow, match=r"no reply within 0\.05 s"):
            await with_terms(it, call_seconds=0.05).ask(incident(), HELLO)
        (call,) = it.calls
    assert call.outcome is CallOutcome.SLOW
    assert call.tokens_out == TERMS.reply_tokens, "the server may have worked all the same"


async def test_a_server_that_is_not_there_is_down() -> None:
    async with bench("ok") as it:
        gone = OpenAiServer.at("http://127.0.0.1:9/v1", "", Dialect.VLLM)
        object.__setattr__(it.client, "server", gone)
        with pytest.raises(
            ModelDown, match=r"^The model server 127\.0\.0\.1:9 does not answer; check AOI_MODEL_URL"
        ):
            await it.client.ask(incident(), HELLO)
        assert [call.outcome for call in it.calls] == [CallOutcome.DOWN] * 3
        await gone.close()


@pytest.mark.parametrize(
    "answer",
    [
        Raw("<html>A proxy</html>"),
        Raw('{"choices": [{"message": '),
        Raw('{"choices": "none"}'),
        Raw("[]"),
        Raw("{}"),
        Says(None),
        Says(""),
        Says("x" * 1_000_000),
    ],
    ids=["html", "half", "wrong shape", "list", "empty object", "null", "empty", "1 MB"],
)
async def test_what_is_no_completion_is_a_bad_reply(answer: Raw | Says) -> None:
    async with bench(answer) as it:
        with pytest.raises(BadReply):
            await it.client.ask(incident(), HELLO)
        assert it.calls[0].outcome is CallOutcome.UNUSABLE


async def test_a_redirect_is_not_followed() -> None:
    """The prompt stays with the server that was named."""
    async with bench(Fails(307)) as it:
        with pytest.raises(AoiError):
            await it.client.ask(incident(), HELLO)
        assert len(it.model.requests) == 1


async def test_a_ceiling_stops_the_request_before_it_is_made() -> None:
    async with bench("ok") as it:
        with pytest.raises(ModelSpent, match="the ceiling of 50 tokens for one incident is reached"):
            await it.client.ask(incident(tokens=50), HELLO)
        dear = with_terms(it, prices=Prices(tokens_out=1_000_000), incident_cost=99.0)
        with pytest.raises(ModelSpent, match="the ceiling of 99 money for one incident is reached"):
            await dear.ask(incident(), HELLO)
        assert it.model.requests == []


async def test_cost_follows_the_prices() -> None:
    prices = Prices(tokens_in=1_000_000, tokens_out=2_000_000)
    async with bench("ok") as it:
        await with_terms(it, prices=prices).ask(incident(), HELLO)
        assert it.calls[0].cost == 3 + 2 * 7
