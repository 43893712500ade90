"""`aoi serve` and `aoi executor`: the long-running processes."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress

import structlog
from pydantic import SecretStr

from app.ambient import LocalBell, SystemClock, process_name
from app.hands import executor_of, open_writing, plan_desk_of, working
from app.health import health
from app.house import House, build_house
from app.learning import TeamLearning
from app.logs import set_up_logs
from app.parts import Parts, limits_of, open_parts, open_records
from app.rules import rules_of
from app.settings import Settings, load_settings
from app.signals import stopped
from app.wording import missing_for_slack
from bot.board import SlackBoard
from bot.build import House as BotHouse
from bot.build import SlackSettings, workspace_of
from bot.build import build as build_bot
from bot.outbox import Limits
from domain.errors import Misconfigured, StoreUnavailable
from domain.ports import Board, Clock
from tools.guardrails.service import Guardrails
from tools.redact.rules import mask
from tools.redact.service import Redactor

RECENT = 100
"""Incidents whose cards are rendered anew at the start: a killed process may have left one behind its journal."""

log = structlog.get_logger(__name__)


async def serve() -> int:
    """Run the bot until SIGTERM or Ctrl-C."""
    settings = load_settings()
    slack_settings(settings)  # what is missing is said before anything is opened
    set_up_logs(settings.log_level, settings.log_format, mask)
    async with open_parts(settings) as parts:
        set_up_logs(settings.log_level, settings.log_format, parts.redactor.text)
        await run_bot(parts)
    return 0


async def execute() -> int:
    """Run the separate executor until SIGTERM or Ctrl-C.

    Raises:
        Misconfigured: the writing is left to the bot's process.
    """
    settings = load_settings()
    if settings.executor != "separate":
        raise Misconfigured("AOI_EXECUTOR is 'embedded', so `aoi serve` writes itself; set it to 'separate'.")
    await run_executor(settings)
    return 0


async def run_executor(settings: Settings, clock: Clock | None = None) -> None:
    """Answer what actions would come to and carry out what is granted, with the writer and nothing else.

    Ends with SIGTERM, Ctrl-C or the failure of a part.
    """
    redactor, rules = Redactor(), rules_of(settings)
    set_up_logs(settings.log_level, settings.log_format, redactor.text)
    guardrails = Guardrails(limits_of(settings), redactor, rules.policy)
    clock, bell = clock or SystemClock(), LocalBell()
    async with (
        open_records(settings, rules, clock, bell) as store,
        open_writing(settings, store, guardrails, clock, bell) as writing,
        working(bell, executor_of(writing), plan_desk_of(writing)) as workers,
        health(settings.health_port, lambda: workers.alive),
    ):
        log.info("executor_ready", name=process_name())
        await first_of(stopped(), workers.failed())


async def first_of(*ends: Coroutine[object, object, None]) -> None:
    """Wait for the first of these, and raise its error; the others are cancelled."""
    tasks = [asyncio.create_task(end) for end in ends]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def run_bot(parts: Parts) -> None:
    """The bot on these parts, until SIGTERM, Ctrl-C or the failure of a part."""
    slack = slack_settings(parts.settings)
    workspace = await workspace_of(slack)
    board = SlackBoard(parts.store.journal, parts.store.outbox, parts.clock, parts.bell, workspace)
    house = build_house(parts, board)
    bot = await build_bot(slack, _bot_house(house))
    async with (
        working(parts.bell, *house.jobs) as workers,
        health(parts.settings.health_port, lambda: bot.ready and workers.alive),
        _supervised(house),
    ):
        try:
            await bot.start()
            log.info("bot_ready", name=process_name())
            async with asyncio.TaskGroup() as group:
                group.create_task(_refresh_recent(parts, board))
                group.create_task(_catch_up(house))
                group.create_task(first_of(stopped(), bot.failed(), workers.failed()))
        finally:
            await bot.close()


def slack_settings(settings: Settings) -> SlackSettings:
    """How to reach the workspace, from the settings.

    Raises:
        Misconfigured: a token is missing.
    """
    if missing := missing_for_slack(settings):
        raise Misconfigured("\n".join(missing))
    local = settings.local_slack
    return SlackSettings(
        bot_token=_plain(settings.slack_bot_token),
        app_token=_plain(settings.slack_app_token),
        signing_secret=_plain(settings.slack_signing_secret) if settings.slack_mode == "http" else "",
        port=settings.slack_port,
        policy=rules_of(settings).policy,
        base_url=settings.slack_base_url,
        connections=1 if local else 2,
        limits=Limits(posts_per_second=settings.slack_posts_per_second),
    )


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


def _bot_house(house: House) -> BotHouse:
    parts = house.parts
    return BotHouse(
        service=house.service,
        lessons=house.memory.lessons,
        learning=TeamLearning(parts.settings, parts.store, parts.clock, parts.ids, parts.bell),
        inbox=parts.store.inbox,
        outbox=parts.store.outbox,
        approvals=parts.store.approvals,
        journal=parts.store.journal,
        artifacts=parts.store.artifacts,
        audit=parts.store.audit,
        clock=parts.clock,
        bell=parts.bell,
        redact=parts.redactor.text,
        owner=process_name(),
    )


@asynccontextmanager
async def _supervised(house: House) -> AsyncIterator[None]:
    task = asyncio.create_task(house.supervisor.run(), name="supervisor")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _catch_up(house: House) -> None:
    """Remember the incidents that ended while nobody could."""
    try:
        if kept := await house.memory.catch_up():
            log.info("incidents_remembered", count=kept)
    except StoreUnavailable as error:
        log.warning("incidents_not_remembered", error=str(error))


async def _refresh_recent(parts: Parts, board: Board) -> None:
    """A database that is in trouble now must not end the bot; what is behind is shown with its next step."""
    try:
        for incident in await parts.store.incidents.latest(RECENT):
            await board.refresh(incident.id)
    except StoreUnavailable as error:
        log.warning("cards_not_refreshed", error=str(error))
