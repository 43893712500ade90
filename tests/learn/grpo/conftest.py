"""Rows, orders and a finished training for the tests that train for real."""

import asyncio
import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from app.settings import Settings
from app.training import Order, train
from domain.cluster import Ref
from domain.decisions import Conclude
from domain.diagnosis import Cause, Diagnosis
from domain.episodes import Episode, Replay, Truth
from domain.incident import Status
from domain.journal import Concluded, Decided, Trajectory
from domain.model import Message
from graph.model.tokens import estimate
from graph.policies.chat.compact.prompt import CompactPrompt
from graph.policies.chat.prompt import ObserverPrompt
from lab.reader.compact import mediocre
from learn.export.render import rendered
from learn.export.rows import PromptRow
from learn.export.service import Choice, gather
from learn.grpo.progress import Event
from learn.picks.tables import tables_of
from tests.bench.learning.operators import answers
from tests.fakes import CountingIds
from tests.graph.policies.story import BACK, Story, suspicion

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / "build" / "serving-venv" / "bin" / "python"
"""Made by `make test-learning`."""
MINI = str(Path(__file__).with_name("mini.yaml"))
SETTINGS = Settings(_env_file=None, train_python=PYTHON)
Rows = list[dict[str, Any]]
_SOME = Conclude(summary="-", confidence=0, diagnosis=Diagnosis(anomaly=False, root_cause="-"), resolved=True)
"""What was decided does not matter: a row is what should have been."""


@dataclass
class Told:
    """What a training said."""

    events: list[Event] = field(default_factory=list)

    async def __call__(self, event: Event) -> None:
        self.events.append(event)

    @property
    def rewards(self) -> list[tuple[int, float]]:
        return [(e.step, e.reward) for e in self.events if e.stage == "grpo" and e.reward is not None]


def rows() -> Rows:
    """Steps of a dozen incidents by hand; of each prompt only the choices are left, so that a minute is enough."""
    causes = (Cause.IMAGE_PULL, Cause.CRASH_LOOP, Cause.OUT_OF_MEMORY, Cause.MISSING_CONFIG)
    episodes = [
        _run(cause, Ref(kind="Deployment", name=f"web-{n}", namespace="prod"), asked)
        for n, cause in enumerate(causes)
        for asked in (True, False)
    ]
    counter = estimate()
    found = gather(
        episodes,
        rendered(ObserverPrompt(counter, CountingIds())),
        Choice(),
        tables_of(CompactPrompt(counter, CountingIds())),
    )
    kept = [row for row in found.rows["prompts"] if isinstance(row, PromptRow)]
    return [_short(number, row).model_dump(mode="json") for number, row in enumerate(kept)]


def _short(number: int, row: PromptRow) -> PromptRow:
    lines = [line for line in row.prompt[-1].content.splitlines() if line.startswith(("| s1 ", "Possible: "))]
    prompt = (Message(role="user", content=f"case {number}\n" + "\n".join(lines)),)
    return row.model_copy(update={"prompt": prompt})


def _run(cause: Cause, subject: Ref, read_only: bool) -> Episode:
    story = Story(suspicion(BACK, cause=cause, subject=subject), read_only=read_only)
    story.steps.append(Decided(policy="playbook", decision=_SOME, milliseconds=1))
    told = {"status": Status.RESOLVED, "id": f"inc-{subject.name}-{read_only}"}
    story.steps.append(Concluded(status=Status.RESOLVED, diagnosis=_SOME.diagnosis, text="-"))
    incident = story.trajectory.incident.model_copy(update=told)
    run = Trajectory(incident=incident, entries=story.trajectory.entries)
    truth = Truth(anomaly=True, causes=(cause,), components=(subject,))
    replay = Replay(suite="basics", task=cause.value, family=cause.value, seed=1)
    return Episode(trajectory=run, replay=replay, truth=truth)


def write(folder: Path, **files: Rows) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in files.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def taught(prompts: Rows, draws: int = 20) -> Rows:
    return list(
        answers([PromptRow.model_validate(_bare(row)) for row in prompts], mediocre, draws, random.Random(1))
    )


def _bare(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name in PromptRow.model_fields}


async def trained(data: Path, out: Path, base: str | None = None) -> Told:
    told = Told()
    await train(SETTINGS, Order(MINI, data, out, base, seed=3), told)
    return told


@dataclass(frozen=True)
class Done:
    """A training that ran through."""

    data: Path
    out: Path
    told: Told

    @property
    def base(self) -> Path:
        return self.out / "model"


@pytest.fixture(scope="session")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    folder = tmp_path_factory.mktemp("training")
    prompts = rows()
    data = write(folder / "data", prompts=prompts, steps=taught(prompts))
    told = asyncio.run(trained(data, folder / "out"))
    return Done(data, folder / "out", told)
