"""`python -m tests.faults`: everything that can go wrong between a click and its record, on both databases.

After each trial the cluster's own audit list is compared with the ledger. Prints the table, writes
build/faults.json, and exits 1 when a promise was broken.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp

from lab.slack.install import default_cache, install
from tests.faults import table, trials
from tests.faults.databases import database
from tests.faults.gate import gate
from tests.faults.ground import Ground
from tests.faults.lane import Lane
from tests.faults.processes import CONTEXT

BUILD = Path("build")
KINDS = ("sqlite", "postgresql")
LEAST_POINTS = 30


async def run(kind: str, only: str, loud: bool) -> Lane:
    """All faults on one database."""
    binary = await asyncio.to_thread(install, default_cache())
    ground = await asyncio.to_thread(Ground.up)
    with tempfile.TemporaryDirectory(prefix=f"aoi-faults-{kind}-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with database(kind, folder) as store:
            async with (
                gate(ground.cluster.url, ground.cluster.certificate_authority) as way,
                aiohttp.ClientSession() as session,
            ):
                lane = Lane(kind, folder, ground, store, way, binary, kind == "postgresql", session, loud=loud)
                try:
                    await lane.batch(trials.TRACES * 2 + 2)
                    await play(lane, only)
                finally:
                    await lane.close()
                    ground.cluster.stop()
    return lane


async def play(lane: Lane, only: str) -> None:
    """The faults, in order."""
    found = await trials.points(lane)
    acting = [p for p in found if not p.key.startswith("approve")]
    few = trials.writing(found)
    plays: dict[str, Callable[[], Awaitable[None]]] = {
        "kill": lambda: trials.killed(lane, found),
        "stop": lambda: trials.stopped(lane, [p for p in acting if p.moment == "out"]),
        "replicas": lambda: trials.replicas(lane, few),
        "database": lambda: trials.database_restarts(lane, few),
        "api": lambda: trials.api_trouble(lane),
        "clock": lambda: trials.clock_jumps(lane, few[::2]),
    }
    for name, trial in plays.items():
        if only in ("", name):
            await trial()
            told = [row for row in table.rows(lane.seen) if row.fault != "nothing"]
            print(
                f"[{lane.kind}] {name} done: {sum(row.points for row in told)} trials", file=sys.stderr, flush=True
            )


def one(kind: str, only: str, loud: bool) -> int:
    """One lane in this process; its trials go to a file."""
    CONTEXT.set_forkserver_preload(["tests.faults.victim"])
    lane = asyncio.run(run(kind, only, loud))
    table.save(BUILD / f"faults-{kind}.json", lane.seen, {"broken_audits": lane.broken_audits})
    print("\n".join(lane.broken_audits))
    return 1 if lane.broken_audits else 0


def both(only: str) -> int:
    """Both lanes at once, each in a process of its own; then the table."""
    began = time.monotonic()
    more = ["--only", only] if only else []
    lanes = [subprocess.Popen([sys.executable, "-m", "tests.faults", "--database", kind, *more]) for kind in KINDS]
    failed = [kind for kind, lane in zip(KINDS, lanes, strict=True) if lane.wait() != 0]
    if failed:
        print(f"The trials on {' and '.join(failed)} did not come to an end.", file=sys.stderr)
        return 1
    seen = [one for kind in KINDS for one in table.load(BUILD / f"faults-{kind}.json")]
    seen = [one for one in seen if one.fault != "nothing"]
    rows = table.rows(seen)
    seconds = round(time.monotonic() - began)
    table.save(BUILD / "faults.json", seen, {"seconds": seconds})
    print(table.printed(rows))
    wrong = table.broken(seen)
    kills = [row for row in rows if row.fault == "kill -9"]
    if not only:
        wrong += [f"Only {r.points} points of {r.database} were found." for r in kills if r.points < LEAST_POINTS]
    missed = sum(not one.struck for one in seen)
    struck = sum(row.points for row in rows)
    print(f"\n{struck} trials in {seconds} s; {missed} more ended before their point was reached.")
    print("\n".join(wrong) or "No write happened twice, every record is true, and nothing waits without an owner.")
    return 1 if wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--database", choices=KINDS)
    parser.add_argument("--only", default="", choices=("", "kill", "stop", "replicas", "database", "api", "clock"))
    parser.add_argument("--loud", action="store_true")
    asked = parser.parse_args()
    return one(asked.database, asked.only, asked.loud) if asked.database else both(asked.only)


if __name__ == "__main__":
    sys.exit(main())
