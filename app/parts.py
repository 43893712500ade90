"""The outside world of one process, opened from the settings: database, clusters, clock, ids.

`app.house` joins them to the rooms. They are apart so that a test can wrap a part before it is joined. The process
that talks to people and to the model holds the reader alone, unless the executor is embedded in it.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.ambient import LocalBell, RandomIds, SystemClock, process_name
from app.connect import connect_reader
from app.hands import Writing, open_writing
from app.lab_mark import refuse_real_cluster
from app.model import model_server
from app.rules import noted, rules_of
from app.settings import Settings
from app.wording import writer_in_the_bot
from domain.errors import Misconfigured
from domain.policy_file import RuleBook
from domain.ports import Bell, Clock, Ids
from graph.checkpoints import Checkpoints, open_checkpoints
from store.build import Store, open_store
from store.notify import listening
from tools.cluster.live import Live
from tools.cluster.reader import Reader
from tools.guardrails.case import Limits
from tools.guardrails.service import Guardrails
from tools.redact.service import Redactor
from tools.telemetry.servers import Servers

if TYPE_CHECKING:
    from graph.model.replicas import Replicas


@dataclass(frozen=True)
class Parts:
    """Everything that is opened once and closed at the end."""

    settings: Settings
    clock: Clock
    ids: Ids
    bell: Bell
    store: Store
    checkpoints: Checkpoints
    redactor: Redactor
    rules: RuleBook
    """Who may let AOI write what."""
    guardrails: Guardrails
    reader: Reader
    telemetry: Servers
    """Metrics, traces and logs beside the cluster's own; each may be missing."""
    model: "Replicas | None"
    """`None` where no model is named."""
    live: Live
    """The reader identity, unredacted, to tell whether the world is still as it was shown."""
    writing: Writing | None
    """`None` in a process that leaves the writing to `aoi executor`."""


@asynccontextmanager
async def open_parts(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Parts]:
    """Open everything, in an order in which a mistake in the settings is found early.

    Raises:
        Misconfigured: a setting does not fit.
        StoreUnavailable: the database cannot be used.
        ClusterUnreachable: a cluster's credentials cannot be had.
    """
    if separate := settings.executor == "separate":
        _refuse_the_writer(settings)
    redactor, rules = Redactor(), rules_of(settings)
    guardrails = Guardrails(limits_of(settings), redactor, rules.policy)
    clock, bell = clock or SystemClock(), LocalBell()
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_records(settings, rules, clock, bell))
        checkpoints = await stack.enter_async_context(open_checkpoints(settings.checkpoints_url))
        reader = await stack.enter_async_context(await connect_reader(settings))
        if settings.local_slack and separate:  # else the writer's own cluster counts
            await refuse_real_cluster(reader)
        hands = None if separate else open_writing(settings, store, guardrails, clock, bell, Live(reader))
        writing = await stack.enter_async_context(hands) if hands else None
        telemetry = telemetry_of(settings, redactor)
        stack.push_async_callback(telemetry.close)
        model = model_server(settings)
        if model is not None:
            stack.push_async_callback(model.close)
        yield Parts(
            settings=settings,
            clock=clock,
            ids=RandomIds(),
            bell=bell,
            store=store,
            checkpoints=checkpoints,
            redactor=redactor,
            rules=rules,
            guardrails=guardrails,
            reader=Reader(reader, redactor),
            telemetry=telemetry,
            model=model,
            live=Live(reader),
            writing=writing,
        )


@asynccontextmanager
async def open_records(settings: Settings, rules: RuleBook, clock: Clock, bell: Bell) -> AsyncIterator[Store]:
    """The database, with the policy of this process on record, ringing for what other processes do.

    Raises:
        Misconfigured: the URL is wrong, or the tables do not fit.
        StoreUnavailable: the database cannot be used.
    """
    store = await open_store(settings.store_url)
    try:
        async with (
            noted(store.audit, rules, process_name(), clock),
            listening(settings.store_url, bell.ring),
        ):
            yield store
    finally:
        await store.close()


def _refuse_the_writer(settings: Settings) -> None:
    if said := writer_in_the_bot(settings):
        raise Misconfigured(said)


def telemetry_of(settings: Settings, redactor: Redactor) -> Servers:
    """The servers of telemetry that the settings name."""
    urls = (settings.prometheus_url, settings.jaeger_url, settings.loki_url)
    return Servers.at(*urls, redactor=redactor, timeout=settings.cluster_timeout_seconds)


def limits_of(settings: Settings) -> Limits:
    """How far writes may go, by the settings."""
    return Limits(
        namespaces=settings.namespaces or None,
        protected=settings.protected_namespaces,
        registries=settings.image_registries,
    )
