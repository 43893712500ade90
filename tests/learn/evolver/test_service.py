"""A round of the Evolver: what failed becomes lessons, what did not hold is kept, nothing is tried twice."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain.audit import Deed
from domain.diagnosis import Cause
from domain.episodes import Episode
from domain.execution import Improvement
from domain.lessons import Lesson, Source, State
from learn.evolver.judge import Judge
from learn.evolver.merge import merged
from learn.evolver.mine import Flaw, Mined
from learn.evolver.plan import Plan
from learn.evolver.rows import evolver_rows
from learn.evolver.rubric import by_words
from learn.evolver.service import Evolver, Limits, Round
from learn.evolver.written import read_plan
from store.build import Store, open_store
from tests.fakes import CountingIds, HandClock
from tests.graph.policies.story import BACK, IMAGE, WEB
from tests.learn.evolver import runs
from tests.learn.evolver.runs import ERRORS, PULL, replay, run, said
from tests.learn.evolver.test_judge import Lab
from tests.taught import lesson


@dataclass
class Bench:
    """An Evolver on a real store, with a lab that plays nothing."""

    store: Store
    lab: Lab
    clock: HandClock
    evolver: Evolver
    progress: list[tuple[int, int]] = field(default_factory=list)

    async def round(self, *episodes: Episode) -> Round:
        return await self.evolver.round(episodes, lambda done, total, _: self.progress.append((done, total)))

    async def lessons(self, state: State) -> tuple[Lesson, ...]:
        return await self.store.lessons.all((state,))


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    store = await open_store(f"sqlite:///{tmp_path / 'aoi.db'}")
    lab, clock = Lab(), HandClock()
    evolver = Evolver(store.lessons, store.audit, Judge(lab, by_words), clock, CountingIds())
    try:
        yield Bench(store, lab, clock, evolver)
    finally:
        await store.close()


def corrected(name: str = "inc-1", user: str = "U0ADA", where: bool = True) -> Episode:
    told = run(ERRORS, steps=(said("holder hung", "restarted holder", user),), name=name)
    return runs.lived(told, replay("lease") if where else None)


async def test_a_corrected_run_becomes_a_lesson_on_record(bench: Bench) -> None:
    found = await bench.round(corrected())
    (learned,) = found.learned
    (kept,) = await bench.lessons(State.ACTIVE)
    assert (learned.lesson, learned.rejected, learned.mined.flaw) == (kept.id, 0, Flaw.MISREAD)
    assert (kept.provenance.incidents, kept.provenance.by) == (("inc-1",), ("U0ADA",))
    (row,) = await bench.store.audit.of("inc-1")
    assert (row.deed, row.by) == (Deed.LEARNED, "aoi")
    assert bench.progress == [(1, 1)]


async def test_what_was_learned_is_not_learned_again(bench: Bench) -> None:
    await bench.round(corrected())
    bench.lab.trials.clear()
    again = await bench.round(corrected())
    assert (again.runs, bench.lab.trials) == (0, [])


async def test_candidates_that_do_not_hold_are_kept_and_not_tried_again(bench: Bench) -> None:
    bench.lab.fails = ("lease",)
    first = await bench.round(corrected())
    assert first.learned[0].why == "No plan held."
    rejected = await bench.lessons(State.REJECTED)
    assert len(rejected) == first.learned[0].rejected == 5
    bench.lab.trials.clear()
    again = await bench.round(corrected())
    assert again.learned[0].why == "Every plan was tried before and did not hold."
    assert bench.lab.trials == []


async def test_the_same_lesson_of_two_incidents_is_one_with_both_origins(bench: Bench) -> None:
    await bench.round(corrected("inc-a"))
    await bench.clock.sleep(86_400)
    await bench.round(corrected("inc-a"), corrected("inc-b", "U0BEN"))
    (kept,) = await bench.lessons(State.ACTIVE)
    assert (kept.provenance.incidents, kept.provenance.by) == (("inc-a", "inc-b"), ("U0ADA", "U0BEN"))
    assert kept.revision == 2
    assert kept.expires - bench.clock.now() == timedelta(days=180)


async def test_runs_of_a_task_that_was_corrected_are_not_taken_up_besides(bench: Bench) -> None:
    graded = [runs.failed(run(ERRORS, name=f"run-{n}"), "lease") for n in range(3)]
    other = [runs.failed(run(PULL, name=f"pull-{n}", cause=Cause.IMAGE_PULL), "pull") for n in range(3)]
    found = await bench.round(*graded, *other, corrected())
    assert [one.mined.episode.partition("-")[0] for one in found.learned] == ["inc", "pull"]


async def test_a_limit_takes_the_newest(bench: Bench) -> None:
    bench.evolver = replace(bench.evolver, limits=Limits(runs=1))
    newer = corrected("inc-new")
    late = newer.trajectory.incident.model_copy(
        update={"updated_at": newer.trajectory.incident.updated_at + timedelta(days=1)}
    )
    found = await bench.round(
        corrected("inc-old"),
        newer.model_copy(update={"trajectory": newer.trajectory.model_copy(update={"incident": late})}),
    )
    assert [one.mined.episode for one in found.learned] == ["inc-new"]


async def test_nothing_said_and_nothing_left_aside_is_told(bench: Bench) -> None:
    found = await bench.round(runs.failed(run(ERRORS)))
    assert found.learned[0].why == "Nothing that was seen or said makes a plan."


async def test_without_a_lab_what_nobody_said_stays_open(bench: Bench) -> None:
    told = run(PULL, steps=(said("no idea"),), cause=Cause.IMAGE_PULL)
    found = await bench.round(runs.lived(told))
    assert found.learned[0].why.startswith("There was no way to try a plan")
    assert await bench.store.lessons.all() == ()
    weak = await bench.round(corrected("inc-words", where=False))
    assert weak.learned[0].lesson
    (kept,) = await bench.lessons(State.ACTIVE)
    assert kept.strength == 0.5


async def test_other_ways_through_solved_runs_are_data_and_guide_nobody(bench: Bench) -> None:
    solved = runs.solved(run(PULL, wrote=((BACK, Improvement.RESOLVED),)), "pull")
    found = await bench.round(solved)
    assert (found.runs, found.alternatives) == (0, 1)
    (kept,) = await bench.lessons(State.CANDIDATE)
    assert kept.provenance.source is Source.AUGMENTED
    assert kept.do is not None
    assert kept.do.action == IMAGE.action
    assert (await bench.round(solved)).alternatives == 0


async def test_what_is_over_is_retired_and_comes_back_when_it_is_taught_again(bench: Bench) -> None:
    await bench.round(corrected())
    await bench.clock.sleep(181 * 86_400)
    found = await bench.round()
    (over,) = await bench.lessons(State.RETIRED)
    assert (found.expired, "Its time is over" in over.why) == ((over.id,), True)


async def test_a_lesson_that_people_edited_is_judged_anew(bench: Bench) -> None:
    await bench.round(corrected())
    (kept,) = await bench.lessons(State.ACTIVE)
    bare = kept.provenance.model_copy(update={"judgement": None})
    edited = kept.model_copy(update={"revision": 2, "state": State.CANDIDATE, "provenance": bare})
    await bench.store.lessons.keep(edited)
    bench.lab.fails = ("lease",)
    await bench.round(corrected())
    judged = await bench.store.lessons.get(kept.id)
    assert judged is not None
    assert (judged.revision, judged.state) == (3, State.REJECTED)


async def test_a_model_s_plans_are_candidates_like_others(bench: Bench) -> None:
    class Model:
        async def draw(self, episode: Episode, mined: Mined) -> tuple[Plan, ...]:
            return (
                Plan(
                    anomaly=True,
                    cause=Cause.APPLICATION_ERROR,
                    component=WEB,
                    action=BACK,
                    why="The last release.",
                ),
            )

    bench.evolver = replace(bench.evolver, model=Model())
    found = await bench.round(runs.failed(run(ERRORS)))
    (kept,) = await bench.lessons(State.ACTIVE)
    assert (found.learned[0].lesson, kept.provenance.source) == (kept.id, Source.MODEL)


async def test_rows_hold_the_run_its_plans_and_their_rewards(bench: Bench) -> None:
    """The best first; nothing that only the lab knows of the truth is in the prompt."""
    bench.lab.seeds = ()
    episode = corrected()
    bench.lab.fails = ("lease",)
    await bench.round(episode)
    bench.lab.fails = ()
    again = corrected("inc-1")
    twice = again.model_copy(
        update={"trajectory": run(ERRORS, steps=(said("web hung, a bad release", "restarted web"),))}
    )
    await bench.round(twice)
    (row,) = evolver_rows([episode], await bench.store.lessons.all())
    rewards = [each.reward for each in row.completions]
    assert rewards == sorted(rewards, reverse=True)
    assert (rewards[0], rewards[-1]) == (1.0, 0.2)
    assert len({each.text for each in row.completions}) == len(row.completions)
    assert read_plan(row.completions[0].text, "prod").component == WEB
    assert "restarted holder" in row.prompt[-1].content
    assert (row.task, row.family) == ("lease", "lease")
    assert evolver_rows([], await bench.store.lessons.all()) == ()


def test_only_an_active_lesson_is_joined() -> None:
    fresh = lesson("les-2")
    assert merged(fresh, [lesson(state=State.RETIRED), lesson("les-3", do=None)]) is None
    joined = merged(fresh, [lesson(uses=3)])
    assert joined is not None
    assert (joined.id, joined.revision, joined.uses) == ("les-1", 2, 3)


async def test_two_runs_that_teach_the_same_at_once_are_one_lesson(bench: Bench) -> None:
    await bench.round(corrected("inc-1"), corrected("inc-2"))
    (kept,) = await bench.lessons(State.ACTIVE)
    assert sorted(kept.provenance.incidents) == ["inc-1", "inc-2"]
