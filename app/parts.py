"""The outside world of one process, opened from the settings: database, clusters, clock, ids.

`app.house` joins them to the rooms. They are apart so that a test can wrap a part before it is joined.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.ambient import LocalBell, RandomIds, SystemClock, process_name
from app.lab_mark import refuse_real_cluster
from app.model import model_server
from app.rules import noted, rules_of
from app.settings import Settings
from domain.policy_file import RuleBook
from domain.ports import Bell, Clock, Ids
from graph.checkpoints import Checkpoints, open_checkpoints
from store.build import Store, open_store
from tools.cluster.connection import Connection
from tools.cluster.dryrun import DryRun
from tools.cluster.live import Live
from tools.cluster.reader import Reader
from tools.cluster.writer import Writer
from tools.executor.attempt import Hands
from tools.guardrails.case import Limits
from tools.guardrails.service import Guardrails
from tools.planner import DryRunner
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
    """The reader identity, unredacted, for the planner's exact diffs."""
    dry_run: DryRunner
    writer: Hands | None
    """`None` in a process that leaves the writing to `aoi executor`."""


@asynccontextmanager
async def open_parts(
    settings: Settings, clock: Clock | None = None, writing: bool = False
) -> AsyncIterator[Parts]:
    """Open everything, in an order in which a mistake in the settings is found early.

    `writing` makes the process a writer even where the bot leaves the writing to another.

    Raises:
        Misconfigured: a setting does not fit.
        StoreUnavailable: the database cannot be used.
        ClusterUnreachable: a cluster's credentials cannot be had.
    """
    redactor = Redactor()
    rules = rules_of(settings)
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        store = await open_store(settings.store_url)
        stack.push_async_callback(store.close)
        await stack.enter_async_context(noted(store.audit, rules, process_name(), clock))
        checkpoints = await stack.enter_async_context(open_checkpoints(settings.checkpoints_url))
        reader = await stack.enter_async_context(await connect(settings, writing=False))
        writer = await stack.enter_async_context(await connect(settings, writing=True))
        telemetry = telemetry_of(settings, redactor)
        stack.push_async_callback(telemetry.close)
        model = model_server(settings)
        if model is not None:
            stack.push_async_callback(model.close)
        if settings.local_slack:
            await refuse_real_cluster(writer)
        yield Parts(
            settings=settings,
            clock=clock,
            ids=RandomIds(),
            bell=LocalBell(),
            store=store,
            checkpoints=checkpoints,
            redactor=redactor,
            rules=rules,
            guardrails=Guardrails(limits_of(settings), redactor, rules.policy),
            reader=Reader(reader, redactor),
            telemetry=telemetry,
            model=model,
            live=Live(reader),
            dry_run=DryRun(writer),
            writer=Writer(writer) if writing or settings.executor == "embedded" else None,
        )


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


async def connect(settings: Settings, writing: bool) -> Connection:
    """The connection of the reader, or of the writer. Raises Misconfigured."""
    timeout = settings.cluster_timeout_seconds
    own: Path | None = settings.writer_kubeconfig if writing else settings.reader_kubeconfig
    context = settings.writer_context if writing else settings.reader_context
    if settings.in_cluster and own is None:
        return Connection.in_cluster(timeout)
    return await Connection.from_kubeconfig(own or settings.kubeconfig, context, timeout)
