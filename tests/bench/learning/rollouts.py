"""Runs of the train split, and the data sets that come of them."""

import json
import os
import random
from collections.abc import Sequence
from pathlib import Path

from app.lab_pool import Job, all_runs
from domain.episodes import Episode
from graph.model.tokens import estimate
from graph.policies.chat.compact.prompt import CompactPrompt
from graph.policies.chat.prompt import ObserverPrompt
from lab.reader.compact import mediocre
from lab.reader.server import COMPACT, ReaderServer, operator_name
from lab.suite import load_suite
from learn.export.render import rendered
from learn.export.rows import PromptRow
from learn.export.service import Choice, gather
from learn.picks.tables import tables_of
from tests.bench.learning.operators import answers
from tests.fakes import CountingIds

TRAIN = "aiopslab-86:train"
PLAYED: tuple[tuple[str, int, bool], ...] = (
    (COMPACT, 1, False), (COMPACT, 2, True), (operator_name(1), 3, False), (operator_name(2), 4, True),
    (operator_name(3), 5, True),
)  # fmt: skip
"""Who plays the train tasks under which seed, and whether every object has a random name. What the one does right
and the other wrong leads to different steps."""
DRAWS = 8
"""Answers of the operator to each prompt, for the warm start."""


def played(kept: Path) -> list[Episode]:
    """One run of every train task by each player; read from `kept` where an interrupted bench left them there."""
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text("".join(f"{episode.model_dump_json()}\n" for episode in _play()), encoding="utf-8")
    return [Episode.model_validate_json(line) for line in kept.read_text(encoding="utf-8").splitlines()]


def _play() -> list[Episode]:
    suite = load_suite(TRAIN)
    with ReaderServer() as server:
        # The processes of the pool read the settings as any AOI does.
        os.environ |= {"AOI_MODEL_URL": server.url, "AOI_MODEL_NAME": COMPACT, "AOI_MODEL_FORM": "compact"}
        jobs = [
            Job(TRAIN, task.id, "chat", seed, rename, model=reader, record=True)
            for task in suite.tasks
            for reader, seed, rename in PLAYED
        ]
        found = {job: result.episode for job, result in all_runs(suite, jobs, os.cpu_count() or 1)}
    return [episode for job in jobs if (episode := found[job]) is not None]


def export(episodes: Sequence[Episode], folder: Path, seed: int) -> int:
    """Write `prompts.jsonl` as `aoi learn export` does, and the operator's `steps.jsonl`; how many prompts."""
    counter = estimate()
    found = gather(
        episodes,
        rendered(ObserverPrompt(counter, CountingIds())),
        Choice(),
        tables_of(CompactPrompt(counter, CountingIds())),
    )
    prompts = [row for row in found.rows["prompts"] if isinstance(row, PromptRow)]
    steps = answers(prompts, mediocre, DRAWS, random.Random(seed))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "prompts.jsonl").write_text(
        "".join(f"{row.model_dump_json()}\n" for row in prompts), encoding="utf-8"
    )
    (folder / "steps.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in steps), encoding="utf-8")
    return len(prompts)
