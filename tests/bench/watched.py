"""A task through the whole product, with everything that was on the way to the model kept."""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.lab_agent import run_agent
from app.lab_drill import DATABASE, empty_database
from domain.decisions import Decision
from domain.evidence import Finding
from domain.journal import Probed, Triaged, Verified
from domain.ports import Sight
from graph.model.tokens import estimate
from graph.policies.chat.prompt import ObserverPrompt
from graph.policies.chat.rights import rights_of
from graph.policies.playbook import PlaybookPolicy
from lab.drill import Drill
from lab.scenario import TaskType
from lab.telemetry.serving import TelemetryServer
from store.build import open_store
from tests.fakes import CountingIds


@dataclass(frozen=True)
class Watched:
    """One run: its findings, the prompts that an Observer would have been shown, and the raw artifacts."""

    findings: tuple[Finding, ...]
    prompts: tuple[str, ...]
    """One a decision, as the whole prompt reads."""
    raw: tuple[str, ...]
    """The text of every artifact, each once."""


@dataclass
class _Witness:
    """Lets the playbook decide, and notes what a model would have been shown instead."""

    prompt: ObserverPrompt = field(default_factory=lambda: ObserverPrompt(estimate(), CountingIds()))
    playbook: PlaybookPolicy = field(default_factory=PlaybookPolicy)
    prompts: list[str] = field(default_factory=list)
    name: str = "playbook"

    async def decide(self, sight: Sight) -> Decision:
        messages = self.prompt.messages(sight, rights_of(sight))
        self.prompts.append("\n".join(message.content for message in messages))
        return await self.playbook.decide(sight)


def watch(drill: Drill) -> Watched:
    """Put the drill's question to AOI and keep what was seen."""
    with (
        TelemetryServer(drill.stage.traffic) as telemetry,
        tempfile.TemporaryDirectory(prefix="aoi-watched-") as name,
    ):
        folder = Path(name)
        (folder / DATABASE).write_bytes(empty_database())
        drill.cluster.start()
        return asyncio.run(_watched(drill, telemetry.url, folder))


async def _watched(drill: Drill, telemetry: str, folder: Path) -> Watched:
    witness = _Witness()
    trajectory = await run_agent(
        drill.cluster,
        telemetry,
        drill.question,
        drill.namespace,
        "playbook",
        folder,
        decider=witness,
        read_only=drill.case.type is not TaskType.MITIGATION,
    )
    steps = [entry.step for entry in trajectory.entries]
    looks = [step for step in steps if isinstance(step, Triaged | Probed | Verified)]
    findings = {finding.id: finding for step in looks for finding in step.findings}
    ids = dict.fromkeys(artifact for finding in findings.values() for artifact in finding.artifacts)
    ids |= dict.fromkeys(step.artifact for step in looks if isinstance(step, Probed) and step.artifact)
    return Watched(tuple(findings.values()), tuple(witness.prompts), await _texts(folder, tuple(ids)))


async def _texts(folder: Path, ids: Sequence[str]) -> tuple[str, ...]:
    store = await open_store(f"sqlite:///{folder / DATABASE}")
    try:
        found = [await store.artifacts.get(artifact) for artifact in ids]
    finally:
        await store.close()
    return tuple(artifact.text for artifact in found if artifact is not None)
