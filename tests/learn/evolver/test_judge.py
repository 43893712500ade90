"""The judge accepts nothing on its word: replays on fresh seeds, regressions, and words where there is no lab."""

from dataclasses import dataclass, field

import pytest

from domain.actions import Restart
from domain.diagnosis import Cause
from domain.episodes import Episode, Graded, Truth
from domain.execution import Improvement
from domain.lessons import Lesson, Source, State
from domain.ports import Played, Trial
from learn.evolver.judge import FIRST_SEED, Bounds, Judge, Proof, touched
from learn.evolver.plan import Plan
from learn.evolver.repair import candidates
from learn.evolver.rubric import by_truth, by_words
from tests.fakes import START
from tests.graph.policies.story import BACK, IMAGE, WEB, suspicion
from tests.learn.evolver import runs
from tests.learn.evolver.runs import ERRORS, PULL, replay, run, said


@dataclass
class Lab:
    """Plays nothing: fails the tasks that are told, with a lesson or always."""

    fails: tuple[str, ...] = ()
    """Tasks that fail with a lesson."""
    broken: tuple[str, ...] = ()
    """Tasks that fail without one as well."""
    seeds: tuple[int, ...] = ()
    """Seeds at which runs fail."""
    gone: tuple[str, ...] = ()
    """Tasks that cannot be played any more."""
    calm: int = 0
    """Absent symptoms with which a lesson breaks nothing any more."""
    trials: list[Trial] = field(default_factory=list)

    async def play(self, trial: Trial) -> Played | None:
        self.trials.append(trial)
        task = trial.replay.task
        if task in self.gone:
            return None
        tamed = self.calm and any(len(each.signature.absent) >= self.calm for each in trial.lessons)
        bad = task in self.broken or (task in self.fails and bool(trial.lessons) and not tamed)
        good = not bad and trial.replay.seed not in self.seeds
        graded = Graded(
            success=good, harmless=good, answer_right=True, reasons=() if good else ("web is still down.",)
        )
        return Played(graded=graded, trajectory=run())


def episode(where: bool = True) -> Episode:
    told = run(ERRORS, steps=(said("holder hung", "restarted holder"),))
    return runs.lived(told, replay("lease") if where else None)


def candidate(of: Episode) -> Lesson:
    return candidates(of, (), (), START, 1)[0].model_copy(update={"id": "les-1"})


async def judged(lab: Lab, others: tuple[Episode, ...] = (), where: bool = True) -> Lesson | None:
    of = episode(where)
    return await Judge(lab, by_words, Bounds(seeds=3)).judged(candidate(of), of, others)


async def test_one_that_passes_every_fresh_seed_with_other_names_holds() -> None:
    lab = Lab()
    lesson = await judged(lab)
    assert lesson is not None
    assert (lesson.state, lesson.why) == (State.ACTIVE, "")
    proof = lesson.provenance.judgement
    assert proof is not None
    assert (proof.how, proof.passed, proof.seeds, proof.renamed, proof.parts.total) == (
        "replay", 3, (FIRST_SEED, FIRST_SEED + 1, FIRST_SEED + 2), True, 1.0,
    )  # fmt: skip
    assert all(trial.replay.rename and trial.lessons for trial in lab.trials)


async def test_one_that_fails_at_first_costs_one_replay_and_is_kept_as_a_negative() -> None:
    lab = Lab(fails=("lease",))
    lesson = await judged(lab)
    assert lesson is not None
    assert (lesson.state, lesson.why) == (State.REJECTED, "A replay with it failed: web is still down.")
    assert len(lab.trials) == 1
    assert lesson.provenance.judgement is not None
    assert lesson.provenance.judgement.parts.total == 0.2


async def test_every_seed_must_pass() -> None:
    lesson = await judged(Lab(seeds=(FIRST_SEED + 2,)))
    assert lesson is not None
    assert lesson.state is State.REJECTED
    assert lesson.provenance.judgement is not None
    assert lesson.provenance.judgement.passed == 2


async def test_a_task_that_went_well_and_fails_with_it_speaks_against_it() -> None:
    other = runs.solved(run(ERRORS), "other")
    lab = Lab(fails=("other",))
    lesson = await judged(lab, (other,))
    assert lesson is not None
    assert lesson.why == "other went well before and fails with it: web is still down."
    proof = lesson.provenance.judgement
    assert proof is not None
    assert (proof.regressions, proof.passed) == (("other",), 3)
    assert [trial.lessons for trial in lab.trials if trial.replay.task == "other"][-1] == ()


async def test_a_task_that_fails_without_it_as_well_says_nothing() -> None:
    lesson = await judged(Lab(broken=("other",)), (runs.solved(run(ERRORS), "other"),))
    assert lesson is not None
    assert lesson.state is State.ACTIVE


async def test_symptoms_that_tell_the_two_apart_save_it() -> None:
    full = suspicion(cause=Cause.DISK_FULL)
    lesson = await judged(Lab(fails=("other",), calm=1), (runs.solved(run(ERRORS, full), "other"),))
    assert lesson is not None
    assert (lesson.state, [str(s) for s in lesson.signature.absent]) == (State.ACTIVE, ["disk-full Deployment"])


def test_only_other_tasks_that_went_well_at_its_symptoms_are_touched() -> None:
    of = episode()
    others = (
        runs.solved(run(ERRORS), "b"),
        runs.solved(run(ERRORS), "a"),
        runs.solved(run(ERRORS), "a"),
        runs.solved(run(PULL), "other-symptoms"),
        runs.failed(run(ERRORS), "failed"),
        runs.solved(run(ERRORS), "lease"),
    )
    assert [each.task for each in touched(candidate(of), of, others)] == ["a", "b"]


async def test_where_nothing_can_be_played_words_are_compared_which_is_weaker() -> None:
    lab = Lab()
    lesson = await judged(lab, where=False)
    assert lesson is not None
    proof = lesson.provenance.judgement
    assert proof is not None
    assert (lesson.state, proof.how, proof.seeds, lesson.strength) == (State.ACTIVE, "rubric", (), 0.5)
    assert lab.trials == []


async def test_words_that_say_another_thing_reject_and_no_words_leave_it_open() -> None:
    of = episode(where=False)
    wrong = next(
        each
        for each in candidates(of, (), (), START, 9)
        if each.do is not None and each.do.target.kind == "StatefulSet"
    )
    judge = Judge(Lab(), by_words)
    lesson = await judge.judged(wrong, of, ())
    assert lesson is not None
    assert (lesson.state, lesson.why) == (State.REJECTED, "It is not what people said.")
    calm = runs.lived(run(ERRORS, steps=(said("Nothing was wrong, that is a drill."),)))
    drill = await judge.judged(candidate(calm), calm, ())
    assert drill is not None
    assert (drill.state, drill.conclude.anomaly) == (State.ACTIVE, False)
    silent = wrong.model_copy(
        update={"provenance": wrong.provenance.model_copy(update={"source": Source.ANALYZERS})}
    )
    assert await judge.judged(silent, of, ()) is None


async def test_a_task_that_is_gone_leaves_it_open() -> None:
    assert await judged(Lab(gone=("lease",))) is None


def test_candidates_come_from_people_then_from_successes_and_the_analyzers() -> None:
    """And what a run with the same look was mended by is told in roles."""
    of = runs.failed(run(PULL, cause=Cause.IMAGE_PULL))
    mended = run(PULL, wrote=((IMAGE, Improvement.RESOLVED),), name="inc-2")
    solved = runs.solved(mended, "solved")
    found = candidates(of, (solved,), (), START, 9)
    assert [(each.provenance.source, each.do.action if each.do else "") for each in found[:2]] == [
        (Source.SUCCESS, "set_image"),
        (Source.ANALYZERS, "roll_back"),
    ]
    assert found[0].provenance.incidents == ("inc-2", "inc-1")
    people = candidates(episode(), (), (), START, 9)
    assert people[0].provenance.source is Source.CORRECTION
    assert people[0].do is not None
    assert people[0].do.action == Restart(target=BACK.target).action
    assert len(candidates(episode(), (), (), START, 2)) == 2


async def test_without_proof_a_candidate_counts_on_its_word_and_nothing_is_played() -> None:
    lab, of = Lab(fails=("lease",)), episode()
    lesson = await Judge(lab, by_words, proof=Proof.NOTHING).judged(candidate(of), of, ())
    assert lesson is not None
    assert (lesson.state, lesson.provenance.judgement, lesson.proven) == (State.ACTIVE, None, False)
    assert lab.trials == []


@pytest.mark.parametrize(
    ("truth", "state"),
    [
        (Truth(anomaly=True, causes=(Cause.IMAGE_PULL,), components=(WEB,), repairs=(BACK,)), State.ACTIVE),
        (Truth(anomaly=True, causes=(Cause.IMAGE_PULL,), components=(WEB,)), State.ACTIVE),
        (Truth(anomaly=True, causes=(Cause.IMAGE_PULL,), components=(WEB,), repairs=(IMAGE,)), State.REJECTED),
        (Truth(anomaly=False), State.REJECTED),
    ],
)
async def test_the_rubric_alone_compares_a_plan_with_the_labs_truth(truth: Truth, state: State) -> None:
    lab, of = Lab(), runs.failed(run(PULL, blames=None), truth=truth)
    lesson = await Judge(lab, by_truth, proof=Proof.RUBRIC).judged(candidate(of), of, ())
    assert lesson is not None
    assert (lesson.state, lesson.proven) == (state, False)
    assert lab.trials == []
    assert await Judge(lab, by_truth, proof=Proof.RUBRIC).judged(candidate(of), runs.failed(run(PULL)), ()) is None


def test_a_suspicion_without_a_repair_is_a_plan_without_one_where_the_run_left_it_aside() -> None:
    bare = suspicion(cause=Cause.CHAOS_EXPERIMENT)
    (left,) = candidates(runs.failed(run(bare, blames=None)), (), (), START, 9)
    assert (left.conclude.cause, left.do) == (Cause.CHAOS_EXPERIMENT, None)
    assert candidates(runs.failed(run(bare, cause=Cause.CHAOS_EXPERIMENT)), (), (), START, 9) == ()


@pytest.mark.parametrize(
    ("cause", "state"), [(Cause.IMAGE_PULL, State.REJECTED), (Cause.DNS_FAILURE, State.ACTIVE)]
)
async def test_an_alarm_that_a_passing_run_blames_is_not_harmless(cause: Cause, state: State) -> None:
    class Passing:
        async def play(self, trial: Trial) -> Played | None:
            graded = Graded(success=True, harmless=True, answer_right=True)
            return Played(graded=graded, trajectory=run(PULL, cause=cause))

    of = runs.failed(run(PULL))
    calm = Plan(anomaly=False, why="It is a drill.")
    wrong = candidates(of, (), (calm,), START, 1)[0]
    lesson = await Judge(Passing(), by_words).judged(wrong, of, ())
    assert lesson is not None
    assert lesson.conclude.anomaly is False
    assert lesson.state is state
