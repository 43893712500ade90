"""The lessons of each setting of the Evolver, from the same recorded runs."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from app.ambient import RandomIds, SystemClock
from app.learn_evolve import MOST_REPLAYS, MOST_SECONDS
from app.learn_replays import replaying
from domain.base import Value, digest_of
from domain.episodes import Episode
from domain.lessons import Judgement, Lesson, Parts, State
from domain.ports import Played, Replays, Trial
from learn.evolver.general import same_as
from learn.evolver.judge import Bounds, Judge, Proof
from learn.evolver.rubric import by_truth
from learn.evolver.service import Evolver, Limits
from store.build import open_store
from tests.bench.evolver.writer import Habit
from tests.bench.learning.one_seed import cores


@dataclass(frozen=True)
class Setting:
    """One way to run the Evolver."""

    name: str
    proof: Proof = Proof.REPLAY
    alternatives: int = Limits().alternatives


WHOLE = Setting("lessons")
SETTINGS = (
    WHOLE,
    Setting("without the judge", proof=Proof.NOTHING),
    Setting("without replay", proof=Proof.RUBRIC),
    Setting("without augmentation", alternatives=0),
)


class Evolved(Value):
    """What one round came to."""

    lessons: tuple[Lesson, ...]
    """In force."""
    rejected: int
    alternatives: int
    """Kept as data, guiding nobody."""
    replays: int
    """Runs of the lab that the judge asked for."""


@dataclass
class Remembered:
    """Replays that are played once, whoever asks for them: they are by rules, so they come out alike."""

    replays: Replays
    known: dict[str, Played | None] = field(default_factory=dict)
    asked: int = 0

    async def play(self, trial: Trial) -> Played | None:
        """As of old where the same lessons guided the same run."""
        self.asked += 1
        told = [same_as(lesson) for lesson in trial.lessons]
        key = digest_of([trial.replay.model_dump(mode="json"), told])
        if key not in self.known:
            self.known[key] = await self.replays.play(trial)
        return self.known[key]


def evolved(episodes: Sequence[Episode], kept: Path) -> dict[str, Evolved]:
    """By setting; what an interrupted bench left in the folder is read."""
    missing = [setting for setting in SETTINGS if not _file(setting, kept).exists()]
    if missing:
        with replaying(cores(), MOST_REPLAYS, MOST_SECONDS, lambda count: None) as replays:
            asyncio.run(_rounds(missing, episodes, Remembered(replays), kept))
    return {each.name: Evolved.model_validate_json(_file(each, kept).read_bytes()) for each in SETTINGS}


async def _rounds(
    missing: Sequence[Setting], episodes: Sequence[Episode], replays: Remembered, kept: Path
) -> None:
    for setting in missing:
        with TemporaryDirectory(prefix="aoi-evolver-") as folder:
            found = await _round(setting, episodes, replays, Path(folder))
        _file(setting, kept).write_text(found.model_dump_json(indent=1), encoding="utf-8")
        print(f"{setting.name}: {len(found.lessons)} lessons, {found.replays} replays", flush=True)


async def _round(setting: Setting, episodes: Sequence[Episode], replays: Remembered, folder: Path) -> Evolved:
    before = replays.asked
    store = await open_store(f"sqlite:///{folder / 'aoi.db'}")
    try:
        evolver = Evolver(
            store.lessons,
            store.audit,
            Judge(replays, by_truth, Bounds(), setting.proof),
            SystemClock(),
            RandomIds(),
            model=Habit(),
            limits=Limits(runs=len(episodes), alternatives=setting.alternatives, at_once=2 * cores()),
        )
        found = await evolver.round(episodes, lambda done, total, name: print(f"{done}/{total}", flush=True))
        lessons = await store.lessons.all((State.ACTIVE,))
    finally:
        await store.close()
    return Evolved(
        lessons=lessons,
        rejected=sum(one.rejected for one in found.learned),
        alternatives=found.alternatives,
        replays=replays.asked - before,
    )


def as_proven(lesson: Lesson) -> Lesson:
    """The lesson as if replay had judged it, so that it has the consequences of one that was."""
    judged = Judgement(how="replay", seeds=(0,), passed=1, parts=Parts(success=1, answer=1, harmless=1))
    return lesson.model_copy(update={"provenance": lesson.provenance.model_copy(update={"judgement": judged})})


def _file(setting: Setting, kept: Path) -> Path:
    return kept / f"{setting.name.replace(' ', '-')}.json"
