"""One lane: a cluster, a database, a Slack and the processes between them; and how one trial runs in it."""

import asyncio
import json
import multiprocessing
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from app.ambient import SystemClock
from app.settings import Settings
from domain.approval import Verdict
from domain.audit import flaws
from domain.errors import StoreUnavailable
from domain.incident import Status
from lab.slack.engineer import Engineer, Shown
from lab.slack.errors import LocalSlackFailed
from lab.slack.server import LocalSlack, local_slack
from store.build import Store, open_store
from tests.faults.databases import Database
from tests.faults.gate import Gate
from tests.faults.ground import Ground
from tests.faults.processes import POLL, Crew
from tests.faults.table import Seen

BATCH = 16
"""Incidents that wait in one database at once; each is one trial."""
PROPOSED_SECONDS = 40.0
STRUCK_SECONDS = 15.0
ENDED_SECONDS = 60.0
CLICK_SECONDS = 4.0
"""After so long somebody who still sees the buttons presses again."""


@dataclass(frozen=True)
class Case:
    """An incident with a proposal that waits for a click."""

    incident_id: str
    proposal_id: str
    place: str
    thread: str


@dataclass
class Lane:
    """Runs trials one after the other."""

    kind: str
    folder: Path
    ground: Ground
    database: Database
    gate: Gate
    binary: Path
    separate: bool
    """Whether the executor is a process of its own."""
    session: aiohttp.ClientSession
    offset: Any = field(default_factory=lambda: multiprocessing.get_context("forkserver").Value("d", 0.0))
    loud: bool = False
    seen: list[Seen] = field(default_factory=list)
    broken_audits: list[str] = field(default_factory=list)
    crew: Crew | None = None
    store: Store | None = None
    url: str = ""
    _slack: Any = None
    _town: LocalSlack | None = None
    _cases: list[Case] = field(default_factory=list)
    _batches: int = 0
    _serial: int = 0
    _clicks: set[asyncio.Task[None]] = field(default_factory=set)

    # ---- what is prepared ----

    async def case(self) -> Case:
        """The next incident that waits; a fresh batch when there is none."""
        if not self._cases:
            await self.batch(BATCH)
        return self._cases.pop(0)

    async def batch(self, size: int) -> None:
        """A new database and a new Slack, with that many incidents that wait for a click."""
        await self.close()
        self._batches += 1
        folder = self.folder / f"batch-{self._batches}"
        folder.mkdir()
        self.url = await self.database.fresh(f"batch{self._batches}")
        self._slack = local_slack(self.binary, folder)
        self._town = await self._slack.__aenter__()
        self.crew = Crew(self._settings(folder, self._town), folder, self.offset, self.session)
        self.store = await open_store(self.url)
        await self.crew.up()
        places = self.ground.places(size)
        threads = {p: await self.ada.mention(f"Service web in namespace {p} does not answer.") for p in places}
        found = [await self._waiting(place, thread) for place, thread in threads.items()]
        self._cases = [case for case in found if case is not None]
        if len(self._cases) * 2 < size:
            raise RuntimeError(f"Of {size} incidents only {len(self._cases)} came to a proposal.")

    async def close(self) -> None:
        """End the batch: its audit has to hold."""
        for clicking in tuple(self._clicks):
            clicking.cancel()
        if self.crew is not None:
            await self.crew.down()
        if self.store is not None:
            links, head = await self.store.audit.chain()
            self.broken_audits += [f"{self.kind}, batch {self._batches}: {f.what}" for f in flaws(links, head)]
            await self.store.close()
        if self._slack is not None:
            await self._slack.__aexit__(None, None, None)
        self.crew = self.store = self._slack = None
        self._cases = []

    @property
    def ada(self) -> Engineer:
        return self._person(0)

    @property
    def ben(self) -> Engineer:
        return self._person(1)

    @property
    def running(self) -> Crew:
        assert self.crew is not None
        return self.crew

    # ---- one trial ----

    def aim(self, action: str, role: str = "bot", key: str = "", moment: str = "in", count: int = 1) -> None:
        """Say what is to happen, from the next click on."""
        for name in ("struck", "go", "trace"):
            (self.running.folder / name).unlink(missing_ok=True)
        self._serial += 1
        wanted = {"action": action, "role": role, "key": key, "moment": moment, "count": count}
        wanted["serial"] = self._serial
        (self.running.folder / "strike.json").write_text(json.dumps(wanted))

    def rest(self) -> None:
        """Nothing more is to happen."""
        (self.running.folder / "strike.json").unlink(missing_ok=True)
        (self.running.folder / "go").touch()

    def click(self, case: Case, who: Engineer | None = None) -> None:
        """Press Approve, and wait for no answer: the process that should give it may be dead."""
        clicking = asyncio.create_task(self._click(case, who or self.ben))
        self._clicks.add(clicking)
        clicking.add_done_callback(self._clicks.discard)

    async def _click(self, case: Case, who: Engineer) -> None:
        blocks = ({"type": "actions", "elements": [_button(case)]},)
        card = Shown(ts=case.thread, user=who.bot_user, text="", blocks=blocks, only_for=None, thread=case.thread)
        with suppress(aiohttp.ClientError, LocalSlackFailed):
            await who.click(card, "Approve")

    async def struck(self, done: Callable[[], bool], case: Case) -> bool:
        """Wait until it has happened; false when the incident ended without it."""
        async with asyncio.timeout(STRUCK_SECONDS + ENDED_SECONDS):
            while not done():
                if (await self._standing(case))[0] is not None:
                    return done()
                await asyncio.sleep(POLL)
        return True

    async def ended(self, case: Case, again: bool = True) -> tuple[str, str] | None:
        """How incident and record ended; `None` when nothing ends. Who still sees the buttons clicks again."""
        deadline = time.monotonic() + ENDED_SECONDS
        clicked = time.monotonic()
        while time.monotonic() < deadline:
            status, record, pending = await self._standing(case)
            if status is not None and not pending:
                return status, record
            if pending and again and time.monotonic() - clicked > CLICK_SECONDS:
                self.click(case)
                clicked = time.monotonic()
            await asyncio.sleep(POLL)
        return None

    async def trial(self, fault: str, point: str, act: Callable[[Case], Awaitable[bool]]) -> Seen:
        """Let something happen to one incident, wait until everything has come to rest, and look."""
        case = await self.case()
        await self.running.up()
        began = time.monotonic()
        struck = await act(case)
        self.rest()
        await self.running.up()
        end = await self.ended(case)
        status, record = end or ("left waiting", (await self._standing(case))[1])
        seen = Seen(
            fault=fault,
            database=self.database.name,
            point=point,
            struck=struck,
            effects=self.ground.effects(case.place),
            record=record,
            incident=status,
            seconds=round(time.monotonic() - began, 2),
            owner=end is not None,
        )
        self.seen.append(seen)
        if self.loud:
            print(seen, file=sys.stderr, flush=True)
        return seen

    # ---- looking ----

    async def _standing(self, case: Case) -> tuple[str | None, str, bool]:
        """How the incident ended (`None` while it goes on), the record, and whether a click is waited for."""
        assert self.store is not None
        try:
            incident = await self.store.incidents.get(case.incident_id)
            execution = await self.store.ledger.get(case.proposal_id)
            approval = await self.store.approvals.approval(case.proposal_id)
        except StoreUnavailable:
            return None, "unread", False
        assert incident is not None
        assert approval is not None
        over = incident.status.final and (execution is None or execution.effect.final)
        record = execution.effect.value if execution else "none"
        return incident.status.value if over else None, record, approval.verdict is Verdict.PENDING

    async def _waiting(self, place: str, thread: str) -> Case | None:
        """The incident of a mention; `None` of one that a busy machine lost or ended without a proposal."""
        assert self.store is not None
        assert self._town is not None
        deadline = time.monotonic() + PROPOSED_SECONDS
        while time.monotonic() < deadline:
            incident = await self.store.incidents.by_thread(self._town.channel, thread)
            if incident is not None and incident.status.final:
                break
            if incident is not None and incident.status is Status.WAITING:
                run = await self.store.journal.trajectory(incident.id)
                if run is not None and run.pending is not None:
                    return Case(incident.id, run.pending.id, place, thread)
            await asyncio.sleep(POLL)
        print(f"[{self.kind}] no proposal for {place}: {incident and incident.status}", file=sys.stderr)
        return None

    def _person(self, number: int) -> Engineer:
        town = self._town
        assert town is not None
        return Engineer(town.url, town.users[number], town.channel, town.bot_user, self.session, SystemClock())

    def _settings(self, folder: Path, town: LocalSlack) -> dict[str, Settings]:
        configs = self.ground.kubeconfigs(folder)
        writer = configs["writer"]
        writer.write_text(_through(self.gate.url, writer.read_text()))
        common: dict[str, Any] = {
            "data_dir": folder,
            "database_url": self.url,
            "slack_base_url": town.api,
            "approvers": town.users[:2],
            "proposal_minutes": 1440,
            "verify_settle_seconds": 0.2,
            "verify_every_seconds": 0.1,
            "verify_timeout_seconds": 20,
            "cluster_timeout_seconds": 1.5,
            "executor": "separate" if self.separate else "embedded",
        }
        tokens: dict[str, Any] = {
            "slack_bot_token": town.bot_token,
            "slack_app_token": town.app_token,
            "slack_posts_per_second": 50,
        }
        bot = common | tokens | {"reader_kubeconfig": configs["reader"]}
        if not self.separate:
            return {"bot": Settings(_env_file=None, **bot, writer_kubeconfig=writer)}
        executor = Settings(_env_file=None, **common, writer_kubeconfig=writer)
        return {"bot": Settings(_env_file=None, **bot), "executor": executor}


def _button(case: Case) -> dict[str, Any]:
    return {
        "type": "button",
        "action_id": "aoi.approve",
        "value": case.proposal_id,
        "text": {"type": "plain_text", "text": "Approve"},
    }


def _through(url: str, kubeconfig: str) -> str:
    """The kubeconfig with another server; a gate on loopback needs no certificate."""
    lines = [line for line in kubeconfig.splitlines() if "certificate-authority-data" not in line]
    return "\n".join(
        f"{line.partition('server:')[0]}server: {url}" if "server:" in line else line for line in lines
    )
