"""One round of the Evolver: mine, repair, judge, keep; then alternatives of what went well."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from domain.audit import Deed, Record
from domain.base import Value
from domain.episodes import Episode
from domain.lessons import Lesson, State
from domain.ports import Audit, Clock, Ids, Lessons
from learn.evolver.augment import alternatives
from learn.evolver.general import same_as
from learn.evolver.judge import Judge
from learn.evolver.merge import expired, merged
from learn.evolver.mine import Mined, corrections_of, failed, mine
from learn.evolver.plan import Plan
from learn.evolver.repair import candidates

AOI = "aoi"
Progress = Callable[[int, int, str], None]
"""Done, of how many, and what is under way."""


class Plans(Protocol):
    """A model that writes plans."""

    async def draw(self, episode: Episode, mined: Mined) -> tuple[Plan, ...]:
        """Plans for one failed run; none where it cannot be asked."""


@dataclass(frozen=True)
class NoModel:
    """Nobody writes plans."""

    async def draw(self, episode: Episode, mined: Mined) -> tuple[Plan, ...]:
        """None."""
        return ()


class Learned(Value):
    """What came of one failed run."""

    mined: Mined
    lesson: str = ""
    """Id of the lesson that holds; empty for none."""
    rejected: int = 0
    """Candidates that did not hold."""
    why: str = ""
    """Why nothing was learned; empty when something was."""


class Round(Value):
    """What one round came to."""

    runs: int
    """Failed runs that were taken up."""
    learned: tuple[Learned, ...]
    lessons: tuple[Lesson, ...]
    """Everything that was judged: active ones, and the rejected as negatives."""
    alternatives: int = 0
    """Other ways through solved runs that hold."""
    expired: tuple[str, ...] = ()


@dataclass(frozen=True)
class Limits:
    """How much one round may take up."""

    runs: int = 20
    """Failed runs, the newest first."""
    candidates: int = 6
    """Of one run."""
    alternatives: int = 4
    """Solved runs of which other ways are tried."""
    at_once: int = 2
    """Runs that are worked on side by side; each waits for its replays."""


@dataclass(frozen=True)
class Evolver:
    """Raises `StoreUnavailable` throughout; what was kept before it stays."""

    lessons: Lessons
    audit: Audit
    judge: Judge
    clock: Clock
    ids: Ids
    model: Plans = field(default_factory=NoModel)
    limits: Limits = Limits()
    _keeping: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    """Of two runs that teach the same at once, the second one's lesson is joined to the first's."""

    async def round(self, episodes: Sequence[Episode], progress: Progress) -> Round:
        """Learn from the failed runs that nobody learned from yet; give all episodes that there are."""
        known = await self.lessons.all()
        over = expired(known, self.clock.now())
        for lesson in over:
            await self._keep(lesson, Deed.LESSON_RETIRED, lesson.why)
        work = self._failures(episodes, known)
        gate = asyncio.Semaphore(self.limits.at_once)
        done = 0

        async def one(episode: Episode) -> tuple[Learned, tuple[Lesson, ...]]:
            nonlocal done
            async with gate:
                found = await self._learn(episode, episodes, known)
                done += 1
                progress(done, len(work), episode.id)
                return found

        await self._again(known, episodes)
        found = await asyncio.gather(*(one(episode) for episode in work))
        tried = [lesson for _, lessons in found for lesson in lessons]
        others = await self._alternatives(episodes, [*known, *tried])
        return Round(
            runs=len(work),
            learned=tuple(learned for learned, _ in found),
            lessons=(*tried, *others),
            alternatives=sum(lesson.state is State.CANDIDATE for lesson in others),
            expired=tuple(lesson.id for lesson in over),
        )

    def _failures(self, episodes: Sequence[Episode], known: Sequence[Lesson]) -> list[Episode]:
        """Failed runs of which nothing was learned yet, those that people corrected first, the newest first.

        Of the others one of each task is enough, and none of a task that was corrected or learned already.
        """
        taught = {name for one in known if one.state is State.ACTIVE for name in one.provenance.incidents}
        newest = sorted(episodes, key=lambda each: each.at, reverse=True)
        open_ = [each for each in newest if each.id not in taught and failed(each)]
        corrected = [each for each in open_ if corrections_of(each.trajectory)]
        solved = {_task(each) for each in (*corrected, *(e for e in episodes if e.id in taught))}
        others = {_task(each) or each.id: each for each in reversed(open_) if each not in corrected}
        left = [each for key, each in others.items() if key not in solved]
        return [*corrected, *reversed(left)][: self.limits.runs]

    async def _learn(
        self, episode: Episode, episodes: Sequence[Episode], known: Sequence[Lesson]
    ) -> tuple[Learned, tuple[Lesson, ...]]:
        """Judge candidates until one holds; what did not is kept as well."""
        mined = mine(episode)
        drawn = await self.model.draw(episode, mined)
        wanted = candidates(episode, episodes, drawn, self.clock.now(), self.limits.candidates)
        before = {same_as(one) for one in known if one.state in (State.REJECTED, State.RETIRED)}
        tried: list[Lesson] = []
        unjudged = 0
        for candidate in wanted:
            if same_as(candidate) in before:
                continue
            judged = await self.judge.judged(self._named(candidate), episode, episodes)
            if judged is None:
                unjudged += 1
                continue
            kept = await self._kept(judged)
            tried.append(kept)
            if kept.state is State.ACTIVE:
                rejected = len(tried) - 1
                return Learned(mined=mined, lesson=kept.id, rejected=rejected), tuple(tried)
        why = _nothing(len(wanted), len(tried), unjudged)
        return Learned(mined=mined, rejected=len(tried), why=why), tuple(tried)

    async def _again(self, known: Sequence[Lesson], episodes: Sequence[Episode]) -> None:
        """Judge the candidates that people changed since they were judged."""
        runs = {episode.id: episode for episode in episodes}
        for lesson in known:
            if lesson.state is not State.CANDIDATE or lesson.provenance.judgement is not None:
                continue
            episode = next((runs[name] for name in reversed(lesson.provenance.incidents) if name in runs), None)
            judged = await self.judge.judged(lesson, episode, episodes) if episode else None
            if judged is not None:
                fresh = judged.model_copy(update={"revision": lesson.revision + 1})
                await self._keep(fresh, _deed(fresh), fresh.why or fresh.says)

    async def _alternatives(self, episodes: Sequence[Episode], known: Sequence[Lesson]) -> tuple[Lesson, ...]:
        seen = {same_as(one) for one in known}
        found: list[Lesson] = []
        taken = 0
        for episode in episodes:
            if taken == self.limits.alternatives:
                break
            if episode.replay is None:
                continue
            fresh = [one for one in alternatives(episode, self.clock.now()) if same_as(one) not in seen]
            taken += bool(fresh)
            for candidate in fresh:
                seen.add(same_as(candidate))
                judged = await self.judge.judged(self._named(candidate), episode, episodes)
                if judged is not None:
                    await self.lessons.keep(judged)
                    found.append(judged)
        return tuple(found)

    async def _kept(self, judged: Lesson) -> Lesson:
        """In the store, joined to the one that says the same already."""
        async with self._keeping:
            if judged.state is State.ACTIVE:
                joined = merged(judged, await self.lessons.all((State.ACTIVE,)))
                judged = joined or judged
            await self._keep(judged, _deed(judged), judged.why or judged.says)
        return judged

    async def _keep(self, lesson: Lesson, deed: Deed | None, detail: str) -> None:
        if not await self.lessons.keep(lesson) or deed is None:
            return
        newest = lesson.provenance.incidents[-1] if lesson.provenance.incidents else ""
        told = f"lesson {lesson.id}: {detail}"[:500]
        await self.audit.append(Record(deed=deed, by=AOI, at=self.clock.now(), incident_id=newest, detail=told))

    def _named(self, lesson: Lesson) -> Lesson:
        return lesson.model_copy(update={"id": self.ids.new("les")})


def _task(episode: Episode) -> object:
    """The task of the lab that a run is of; `None` where it cannot be played again."""
    return (episode.replay.suite, episode.replay.task) if episode.replay else None


def _deed(lesson: Lesson) -> Deed | None:
    return Deed.LEARNED if lesson.state is State.ACTIVE else None


def _nothing(wanted: int, tried: int, unjudged: int) -> str:
    if not wanted:
        return "Nothing that was seen or said makes a plan."
    if unjudged and not tried:
        return "There was no way to try a plan: link the incident to a capture of it, or correct it in Slack."
    if not tried:
        return "Every plan was tried before and did not hold."
    return "No plan held."
