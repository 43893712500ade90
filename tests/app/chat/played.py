"""Incidents of the lab, played with a reader in a fork of a stage that is set once."""

import asyncio
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.lab_drill import DATABASE, empty_database
from app.lab_policies import Run, run_policy
from domain.journal import Probed, Triaged
from lab.apart import apart
from lab.backstage import stage_for
from lab.drill import Drill
from lab.reader.server import Reader, ReaderServer, reply_of
from lab.suite import load_suite
from lab.telemetry.serving import TelemetryServer
from store.build import open_store


@dataclass(frozen=True)
class Played:
    """What came of it."""

    run: Run
    artifacts: tuple[str, ...]
    """The raw texts of everything that AOI read."""
    solved: bool
    unlinked: tuple[str, ...] = ()
    """Findings that lead to no artifact."""

    @property
    def prompts(self) -> list[str]:
        """The user's turns of every request: the system's is the same for all incidents; a reply that goes back
        to the model is its own words."""
        return ["\n".join(m.content for m in call.messages if m.role == "user") for call in self.run.calls]

    @property
    def characters(self) -> int:
        """Of all prompts together."""
        return sum(len(message.content) for call in self.run.calls for message in call.messages)


def play(task: str, model: str, reader: Reader = reply_of, suite: str = "basics") -> Played:
    """Play a task with a reader, apart from this process."""
    return play_with(task, model, reader, suite)[0]


def play_with(task: str, model: str, reader: Reader = reply_of, suite: str = "basics") -> tuple[Played, Reader]:
    """The same, with the reader as it was left in the fork."""
    (found,) = load_suite(suite).matching(f"{task}*").tasks[:1]
    empty_database()
    stage = stage_for(found.drillable, 1)
    return apart(lambda: (played(Drill.on(stage, found.type), model, reader), reader))


def played(drill: Drill, model: str, reader: Reader = reply_of, form: str = "full") -> Played:
    """Play a prepared drill in this process."""
    with (
        drill,
        ReaderServer(reader) as server,
        TelemetryServer(drill.stage.traffic) as telemetry,
        tempfile.TemporaryDirectory(prefix="aoi-played-") as name,
    ):
        folder = Path(name)
        (folder / DATABASE).write_bytes(empty_database())
        os.environ |= {"AOI_MODEL_URL": server.url, "AOI_MODEL_NAME": model, "AOI_MODEL_FORM": form}
        drill.cluster.start()
        run = asyncio.run(run_policy(drill, telemetry.url, "chat", folder))
        artifacts = asyncio.run(_artifacts(run, folder))
        return Played(
            run,
            tuple(artifacts.values()),
            drill.grade(run.trajectory.diagnosis).success,
            tuple(
                finding.text
                for finding in run.trajectory.findings.values()
                if not any(artifact in artifacts for artifact in finding.artifacts)
            ),
        )


async def _artifacts(run: Run, folder: Path) -> dict[str, str]:
    """Every artifact of the run that is in the store: its text by its id."""
    ids: dict[str, None] = {}
    for entry in run.trajectory.entries:
        match entry.step:
            case Triaged(artifacts=kept):
                ids |= dict.fromkeys(kept)
            case Probed(artifact=str(one)):
                ids[one] = None
            case _:
                pass
    ids |= dict.fromkeys(name for finding in run.trajectory.findings.values() for name in finding.artifacts)
    store = await open_store(f"sqlite:///{folder / DATABASE}")
    try:
        found = [await store.artifacts.get(name) for name in ids]
    finally:
        await store.close()
    return {artifact.id: artifact.text for artifact in found if artifact is not None}
