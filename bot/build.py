"""Puts the bot together. `app` brings the ports, this brings Slack."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from slack_bolt.async_app import AsyncApp

from bot.approvers import Approvers, check_safe
from bot.border import Border
from bot.clerk import Clerk
from bot.clients import SLACK_API, client_of, patient_client
from bot.curator import Curator
from bot.desk import Desk
from bot.events import Events
from bot.inbox import Gate
from bot.listeners import decisions, evidence, feedback, inbound, lessons, unknown
from bot.outbox import Limits, Sender
from bot.ports import Book, Learning, Service
from bot.replies import Replies
from bot.retrains import RetrainBoard
from bot.slack import Slack
from bot.socket import Socket
from bot.teacher import Teacher
from bot.thumbs import Thumbs
from domain import ports
from domain.policy import WritePolicy

log = logging.getLogger(__name__)

_PATIENCE_SECONDS = 1.0
_LOCAL = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True)
class SlackSettings:
    """How to reach the workspace, and who may decide in it."""

    bot_token: str = field(repr=False)
    app_token: str = field(repr=False)
    """For Socket Mode; unused where Slack reaches us over HTTP."""
    policy: WritePolicy
    base_url: str = SLACK_API
    connections: int = 2
    """Socket Mode connections; local-slack sends every payload on each of them, so one is enough there."""
    limits: Limits = field(default_factory=Limits)
    signing_secret: str = field(default="", repr=False)
    """Set where Slack reaches us over HTTP: then `port` listens, and no socket is opened."""
    port: int = 3000


@dataclass(frozen=True)
class House:
    """The ports that the bot stands on."""

    service: Service
    lessons: Book
    learning: Learning
    inbox: ports.Inbox
    outbox: ports.Outbox
    approvals: ports.Approvals
    journal: ports.Journal
    artifacts: ports.Artifacts
    audit: ports.Audit
    clock: ports.Clock
    bell: ports.Bell
    redact: Callable[[str], str]
    owner: str
    """Names this process where it claims deliveries."""


@dataclass
class Bot:
    """The running bot: `start`, then `ready` until `close`."""

    app: AsyncApp
    socket: Socket | Events
    """How people are heard."""
    sender: Sender
    clerk: Clerk
    retrains: RetrainBoard
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def start(self) -> None:
        """Send and work first, then listen: what was stored before a crash is under way before anything new comes.

        Raises:
            SlackUnavailable: Slack does not say hello.
            SlackRefused: Slack does not take a token.
        """
        self._run(self.sender.run(), "outbox")
        self._run(self.clerk.run(), "clerk")
        self._run(self.retrains.run(), "cards of retrains")
        await self.socket.start()
        self._run(self.socket.watch(), "socket watch")

    @property
    def ready(self) -> bool:
        """Whether people are heard, and every part runs."""
        return self.socket.ready and not any(task.done() for task in self._tasks)

    async def failed(self) -> None:
        """Return, or raise its error, when a part has ended; they all run until `close`."""
        await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in self._tasks:
            if task.done():
                task.result()

    async def close(self) -> None:
        """Stop listening first, then let the sender end what it does; bounded throughout."""
        await self.socket.close()
        await self.sender.close()
        for task in self._tasks:
            await _end(task)
        self._tasks.clear()

    def _run(self, work: Coroutine[object, object, None], name: str) -> None:
        self._tasks.append(asyncio.create_task(work, name=name))


async def _end(task: asyncio.Task[None]) -> None:
    """Cancel until it has ended: `asyncio.wait_for` of Python 3.11 can swallow a cancellation."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=_PATIENCE_SECONDS)
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("%s had failed before the end.", task.get_name(), exc_info=error)


def _ear(app: AsyncApp, settings: SlackSettings, clock: ports.Clock) -> Socket | Events:
    if settings.signing_secret:
        return Events(app, settings.port)
    return Socket(app, settings.app_token, settings.base_url, settings.connections, clock)


async def workspace_of(settings: SlackSettings) -> str:
    """The root of links into the workspace, for the board. Raises SlackUnavailable, SlackRefused."""
    return await Slack(patient_client(settings.bot_token, settings.base_url)).workspace()


async def build(settings: SlackSettings, house: House) -> Bot:
    """Ask Slack who we are, and bind every listener.

    Raises:
        Misconfigured: the policy lets anyone approve, and this is no local Slack.
        SlackUnavailable: Slack does not answer.
        SlackRefused: Slack does not take the bot token.
    """
    check_safe(settings.policy, demo=urlsplit(settings.base_url).hostname in _LOCAL)
    patient = Slack(patient_client(settings.bot_token, settings.base_url))
    once = Slack(client_of(settings.bot_token, settings.base_url))
    me, team = await patient.me(), await patient.team()
    app = AsyncApp(
        client=patient.client,
        signing_secret=settings.signing_secret or None,
        raise_error_for_unhandled_request=False,
    )
    app.middleware(Border(team, house.audit, house.clock, once).check)
    gate = Gate(house.inbox, house.clock, house.bell, house.redact, me, once)
    app.middleware(gate.keep)
    approvers = Approvers(settings.policy, once, house.clock)
    desk = Desk(house.service, house.approvals, house.journal, approvers, house.clock, house.redact, house.audit)
    decisions.register(app, desk, once)
    feedback.register(app, once)
    evidence.register(app, house.service, house.artifacts, once)
    curator = Curator(house.lessons, approvers, house.outbox, house.clock, house.bell, house.redact)
    lessons.register(app, curator, once)
    inbound.register(app)
    unknown.register(app, once)
    thumbs = Thumbs(house.service, house.outbox, house.clock)
    teacher = Teacher(house.learning, approvers, curator)
    replies = Replies(
        house.service, house.outbox, patient, thumbs, teacher, house.audit, house.clock, house.bell, me
    )
    return Bot(
        app=app,
        socket=_ear(app, settings, house.clock),
        sender=Sender(house.outbox, once, house.clock, house.bell, house.owner, settings.limits),
        clerk=Clerk(house.inbox, replies, house.clock, house.bell, house.owner),
        retrains=RetrainBoard(house.learning, house.outbox, patient, house.clock, house.bell),
    )
