"""A trial decision: whether a model answers a small case, shown as the Observer shows it, with one to be read."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from domain.cluster import Ref, Scope, Severity
from domain.errors import BadReply
from domain.evidence import Finding
from domain.incident import Budget, Incident, Origin, Status
from domain.journal import Trajectory
from domain.ports import Sight
from graph.model.terms import Terms
from graph.model.wire import Ask, ChatServer
from graph.policies.chat.form import Form
from graph.policies.chat.rights import rights_of

_THEN = datetime(2026, 1, 1, tzinfo=UTC)
_POD = Ref(kind="Pod", name="canary-1", namespace="canary")
_FINDING = Finding.of(Severity.CRITICAL, _POD, "Container app was killed 4 times: out of memory.")
_CASE = Incident(
    id="canary",
    origin=Origin(surface="terminal"),
    question="Why does canary-1 restart?",
    scope=Scope(namespaces=("canary",)),
    budget=Budget(),
    policy="chat",
    graph_version=1,
    status=Status.INVESTIGATING,
    created_at=_THEN,
    updated_at=_THEN,
)


def canary_of(terms: Terms, form: Form) -> Callable[[ChatServer, str], Awaitable[None]]:
    """A trial of a model on these terms, asked in this form.

    It raises BadReply where the decision cannot be read, and the `Model*` errors. It says nothing of how good a
    decision is: that is measured before an adapter comes this far.
    """

    async def canary(server: ChatServer, name: str) -> None:
        sight = canary_sight()
        rights = rights_of(sight)
        messages, schema = form.messages(sight, rights), form.schema(sight, rights)
        ask = Ask(name, messages, schema, terms.reply_tokens, terms.temperature)
        completion = await server.complete(ask, terms.call_seconds)
        if completion.truncated:
            raise BadReply(f"The reply was cut at {terms.reply_tokens} tokens.")
        form.read(completion.text, sight, rights)

    return canary


def canary_sight() -> Sight:
    """The small case that a trial shows."""
    return Sight(
        incident=_CASE,
        trajectory=Trajectory(incident=_CASE, entries=()),
        findings=(_FINDING,),
        hypotheses=(),
        steps_left=5,
        probes_left=5,
        proposals_left=1,
    )
