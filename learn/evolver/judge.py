"""The judge: a lesson holds when runs that are guided by it pass, and runs that passed before still do.

A candidate is played again in the lab: the task of its incident, on fresh seeds and with every name replaced, by
the strict grader; each of them must pass. Then tasks that went well before and whose symptoms it would fire at are
played with it; one that fails with it, and not without it, speaks against it. Where the incident cannot be played
again, only what people said is compared, which is weaker.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.episodes import Episode, Replay
from domain.journal import Triaged, Verified
from domain.lessons import Judgement, Lesson, Parts, Source, State
from domain.memory import Symptom
from domain.ports import Played, Replays, Trial
from graph.lessons.match import symptom_of
from learn.evolver.mine import went_well

Rubric = Callable[[Lesson, Episode], Parts | None]
"""What a lesson is worth by what is known to be right; `None` where nobody said."""
FIRST_SEED = 90_001
"""Replays count from here, where no run of a suite does."""
_WELL = 0.6
"""What the rubric must give."""


class Proof(StrEnum):
    """What a candidate has to show. All but the first are for measuring what the judge is worth."""

    REPLAY = "replay"
    """It is played, where it can be."""
    RUBRIC = "rubric"
    """The rubric finds it right; nothing is played."""
    NOTHING = "nothing"
    """It counts on its word."""


@dataclass(frozen=True)
class Bounds:
    """How much judging may cost."""

    seeds: int = 3
    """Replays of one candidate; the first decides whether the others are worth it."""
    regressions: int = 4
    """Tasks that are tried again with one lesson."""


@dataclass(frozen=True)
class _Found:
    """A judged lesson, and the task that it broke."""

    lesson: Lesson
    broken: Replay | None = None


@dataclass(frozen=True)
class Judge:
    """Judges lessons one by one; several may be judged at once."""

    replays: Replays
    rubric: Rubric
    bounds: Bounds = Bounds()
    proof: Proof = Proof.REPLAY

    async def judged(self, lesson: Lesson, episode: Episode, others: Sequence[Episode]) -> Lesson | None:
        """The lesson with its judgement, active or rejected; `None` when there was no way to judge it now.

        One that breaks what went well before is judged once more, with the symptoms that tell the two apart.
        """
        if self.proof is Proof.NOTHING:
            return lesson.model_copy(update={"state": _in_force(lesson)})
        if self.proof is Proof.RUBRIC:
            return self._by_rubric(lesson, episode)
        found = await self._judged(lesson, episode, others)
        if found is None or not found.broken:
            return found.lesson if found else None
        tighter = told_apart(lesson, episode, [each for each in others if _is_of(each, found.broken)])
        again = await self._judged(tighter, episode, others) if tighter else None
        return again.lesson if again else found.lesson

    async def _judged(self, lesson: Lesson, episode: Episode, others: Sequence[Episode]) -> "_Found | None":
        if episode.replay is None:
            corrected = lesson.provenance.source is Source.CORRECTION
            compared = self._by_rubric(lesson, episode) if corrected else None
            return _Found(compared) if compared else None
        first = await self._play(lesson, episode.replay, FIRST_SEED)
        if first is None:
            return None
        played = [first]
        if not _against(lesson, first):
            seeds = range(FIRST_SEED + 1, FIRST_SEED + self.bounds.seeds)
            more = await asyncio.gather(*(self._play(lesson, episode.replay, seed) for seed in seeds))
            if None in more:
                return None
            played += [one for one in more if one is not None]
        against = next((said for one in played if (said := _against(lesson, one))), "")
        why = f"A replay with it failed: {against}" if against else ""
        tried: tuple[Replay, ...] = ()
        broken: Replay | None = None
        if not against:
            tried, broken, said = await self._regressions(lesson, episode, others)
            why = f"{broken.task} went well before and fails with it: {said}" if broken else ""
        judgement = Judgement(
            how="replay",
            seeds=tuple(FIRST_SEED + n for n in range(len(played))),
            renamed=True,
            passed=sum(not _against(lesson, one) for one in played),
            regressions=tuple(replay.task for replay in tried),
            parts=parts_of(played),
            why=why,
        )
        return _Found(_with(lesson, judgement), broken)

    async def _play(self, lesson: Lesson, replay: Replay, seed: int) -> Played | None:
        return await self.replays.play(Trial(replay=_fresh(replay, seed), lessons=(lesson,)))

    async def _regressions(
        self, lesson: Lesson, episode: Episode, others: Sequence[Episode]
    ) -> tuple[tuple[Replay, ...], Replay | None, str]:
        """Tasks that were tried again, the first that the lesson breaks, and how."""
        tasks = touched(lesson, episode, others)[: self.bounds.regressions]
        played = await asyncio.gather(*(self._play(lesson, replay, FIRST_SEED) for replay in tasks))
        for replay, one in zip(tasks, played, strict=True):
            if one is None or one.graded.success:
                continue
            without = await self.replays.play(Trial(replay=_fresh(replay, FIRST_SEED)))
            if without is None or without.graded.success:
                return tuple(tasks), replay, _why(one)
        return tuple(tasks), None, ""

    def _by_rubric(self, lesson: Lesson, episode: Episode) -> Lesson | None:
        parts = self.rubric(lesson, episode)
        if parts is None:
            return None
        why = "" if parts.total >= _WELL else "It is not what people said."
        return _with(lesson, Judgement(how="rubric", parts=parts, why=why))


def told_apart(lesson: Lesson, episode: Episode, broken: Sequence[Episode]) -> Lesson | None:
    """The lesson that does not fire where others show symptoms that its own run does not; `None` without any."""
    own = {symptom for shown in _shown(episode) for symptom in shown}
    looks = [shown for other in broken for shown in _shown(other) if shown.issuperset(lesson.signature.symptoms)]
    others = sorted({symptom for shown in looks for symptom in shown} - own, key=str)
    if not others or any(not shown & set(others) for shown in looks):
        return None
    signature = lesson.signature.model_copy(update={"absent": tuple(others)})
    return lesson.model_copy(update={"signature": signature})


def touched(lesson: Lesson, episode: Episode, others: Sequence[Episode]) -> list[Replay]:
    """Tasks of other families that went well and showed the lesson's symptoms, each once."""
    own = episode.replay.family if episode.replay else ""
    found: dict[tuple[str, str], Replay] = {}
    for other in others:
        replay = other.replay
        if replay is None or replay.family == own or not went_well(other):
            continue
        if any(shown.issuperset(lesson.signature.symptoms) for shown in _shown(other)):
            found.setdefault((replay.suite, replay.task), replay)
    return [found[key] for key in sorted(found)]


def parts_of(played: Sequence[Played]) -> Parts:
    """What replays were worth together."""
    count = len(played)
    return Parts(
        success=sum(one.graded.success for one in played) / count,
        answer=sum(one.graded.answer_right for one in played) / count,
        harmless=sum(one.graded.harmless for one in played) / count,
    )


def _with(lesson: Lesson, judgement: Judgement) -> Lesson:
    provenance = lesson.provenance.model_copy(update={"judgement": judgement})
    state = State.REJECTED if judgement.why else _in_force(lesson)
    return lesson.model_copy(update={"provenance": provenance, "state": state, "why": judgement.why})


def _in_force(lesson: Lesson) -> State:
    """Of one that holds: alternatives are data and guide nobody."""
    return State.CANDIDATE if lesson.provenance.source is Source.AUGMENTED else State.ACTIVE


def _shown(episode: Episode) -> list[frozenset[Symptom]]:
    """The symptoms of each look of a run."""
    looks = [e.step for e in episode.trajectory.entries if isinstance(e.step, Triaged | Verified)]
    return [frozenset(symptom_of(hypothesis) for hypothesis in look.hypotheses) for look in looks]


def _fresh(replay: Replay, seed: int) -> Replay:
    return replay.model_copy(update={"seed": seed, "rename": True})


def _is_of(episode: Episode, replay: Replay) -> bool:
    own = episode.replay
    return own is not None and (own.suite, own.task) == (replay.suite, replay.task) and went_well(episode)


def _against(lesson: Lesson, played: Played) -> str:
    """What a replay says against a lesson that guided it; empty where it holds.

    One that calls an alarm harmless holds only where that alarm is not what a passing run blames in the end: of
    several alike it takes away one.
    """
    if not played.graded.success:
        return _why(played)
    said = played.trajectory.diagnosis
    causes = {symptom.cause for symptom in lesson.signature.symptoms}
    if not lesson.conclude.anomaly and said is not None and said.cause in causes:
        return f"It calls {said.cause} harmless, and the run that passed blames it."
    return ""


def _why(played: Played | None) -> str:
    reasons = played.graded.reasons if played else ()
    return reasons[0] if reasons else "no reason given"
