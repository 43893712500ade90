"""The bot under a stopwatch: its start, one incident after another, and a hundred at once."""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from lab.slack.engineer import Engineer
from tests.bench.house import CHANNELS, POSTS_PER_SECOND, House, serving
from tests.bench.page import CHOICE, VERDICT, Seen
from tests.bench.report import Measure, quantile, spread

STARTS = 5
ROUNDS = 5
QUESTIONS = 20
CROWD = 100
LIMIT_SECONDS = 300.0

FIRST_TARGET, PROPOSAL_TARGET, START_TARGET, MEMORY_TARGET = 0.3, 3.0, 3.0, 250.0


@dataclass
class Latencies:
    """In seconds, of incidents that had the bot for themselves."""

    first: list[float] = field(default_factory=list)
    proposal: list[float] = field(default_factory=list)
    fresh: list[float] = field(default_factory=list)
    """To the proposal while the fault is seconds old: AOI may look twice before it believes what it sees."""
    effect: list[float] = field(default_factory=list)
    """From the click to the change in the cluster, by the cluster's audit list."""


async def starts(house: House, folder: Path) -> list[Measure]:
    """From nothing to /readyz, each time with a database to be made."""
    seconds, cpu = [], []
    for number in range(STARTS):
        began = time.monotonic()
        async with house.bot(folder / f"start-{number}"):
            seconds.append(time.monotonic() - began)
            cpu.append(_cpu(serving()))
    return [
        *spread("cold start", seconds, START_TARGET, "aoi serve, to /readyz"),
        Measure("cold start, processor", quantile(cpu, 0.5), "s", STARTS),
    ]


async def serve(house: House, folder: Path) -> list[Measure]:
    """Latencies, memory and a crowd, on one bot that lives through it all."""
    async with house.bot(folder / "bot"):
        process = serving()
        idle = _megabytes(process)
        latencies = Latencies()
        for _ in range(ROUNDS):
            await _round(house, latencies)
        await house.strike()
        before = _cpu(process)
        for _ in range(QUESTIONS):
            await _question(house, latencies, latencies.proposal)
        each = (_cpu(process) - before) / QUESTIONS
        crowd = await _crowd(house, process)
        return [
            *spread("mention to first message", latencies.first, FIRST_TARGET),
            *spread("mention to proposal", latencies.proposal, PROPOSAL_TARGET),
            *spread("mention to proposal, new fault", latencies.fresh, note="seconds after the fault"),
            Measure("mention to proposal, processor", each, "s", QUESTIONS),
            *spread("click to effect", latencies.effect),
            *crowd,
            Measure("resident memory, idle", idle, "MB", target=MEMORY_TARGET),
            Measure("resident memory, at the end", _megabytes(process), "MB", target=MEMORY_TARGET),
        ]


async def _round(house: House, latencies: Latencies) -> None:
    """A whole incident: strike, mention, approve, repaired."""
    await house.strike()
    thread, proposal = await _question(house, latencies, latencies.fresh)
    known = len(await asyncio.to_thread(house.world.effects))
    clicked = time.time() + await asyncio.to_thread(house.world.ahead)
    await house.engineers[0].click(proposal.message, CHOICE)
    await house.page.wait_for("the verdict", lambda: house.page.seen(thread, VERDICT) is not None, LIMIT_SECONDS)
    latencies.effect.append((await asyncio.to_thread(house.world.effects))[known] - clicked)


async def _question(house: House, latencies: Latencies, to_proposal: list[float]) -> tuple[str, Seen]:
    """Ask, and wait for the proposal; its thread and itself."""
    page, question = house.page, await asyncio.to_thread(house.world.question)
    asked = time.monotonic()
    thread = await house.engineers[0].mention(question)
    await page.wait_for("a proposal", lambda: page.seen(thread, CHOICE) is not None, LIMIT_SECONDS)
    first, proposal = page.seen(thread), page.seen(thread, CHOICE)
    assert first is not None
    assert proposal is not None
    latencies.first.append(first.at - asked)
    to_proposal.append(proposal.at - asked)
    return thread, proposal


async def _crowd(house: House, process: psutil.Process) -> list[Measure]:
    """All ask at once; how long until the last of them has an answer, and a proposal or a verdict."""
    page, question = house.page, await asyncio.to_thread(house.world.question)

    async def ask(engineer: Engineer) -> str:
        return await engineer.mention(question)

    before, began = _cpu(process), time.monotonic()
    threads = await asyncio.gather(*(ask(house.engineers[n % CHANNELS]) for n in range(CROWD)))
    await page.wait_for(
        "all proposals", lambda: all(page.seen(t, CHOICE, VERDICT) for t in threads), LIMIT_SECONDS
    )
    first = [seen.at - began for t in threads if (seen := page.seen(t))]
    settled = [seen.at - began for t in threads if (seen := page.seen(t, CHOICE, VERDICT))]
    note = f"{CHANNELS} channels, {POSTS_PER_SECOND} posts/s each"
    return [
        Measure(f"{CROWD} at once, all have a message", max(first), "s", CROWD, note=note),
        Measure(
            f"{CROWD} at once, half are settled", quantile(settled, 0.5), "s", CROWD, note="proposal or verdict"
        ),
        Measure(f"{CROWD} at once, all are settled", max(settled), "s", CROWD, note="proposal or verdict"),
        Measure(f"{CROWD} at once, processor", _cpu(process) - before, "s"),
    ]


def _cpu(process: psutil.Process) -> float:
    spent = process.cpu_times()
    return float(spent.user + spent.system)


def _megabytes(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 1e6
