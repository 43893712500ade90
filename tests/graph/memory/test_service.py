"""An incident that ended is remembered, whatever happens around its end, and the next one like it is reminded."""

from pathlib import Path

from domain.approval import Verdict
from domain.decisions import Conclude, Propose
from domain.execution import Improvement
from domain.feedback import Correction, Feedback, Thumb
from domain.incident import Status
from domain.journal import Recalled, Trajectory
from domain.memory import Fate, Memory, Reason
from domain.ports import Sight
from graph.memory.distill import memory_of
from graph.policies.scripted import ScriptedPolicy
from tests.fakes import SCALE_UP, ScriptedEyes, diagnosis, finding
from tests.graph.house import House, house

PROPOSE = Propose(
    summary="Scaled to zero.", action=SCALE_UP, why="It has no pods.", cites=(finding().id,), confidence=0.9
)
RESOLVED = Conclude(summary="It is back.", diagnosis=diagnosis(), resolved=True, confidence=0.9)
GIVE_UP = Conclude(summary="I do not know.", diagnosis=diagnosis(), resolved=False, confidence=0.1)


async def ended(home: House, question: str, verdict: Verdict = Verdict.APPROVED) -> Trajectory:
    incident = await home.open(question)
    waiting = await home.drive(incident)
    assert waiting.pending is not None
    await home.service.decide(waiting.pending.id, verdict, "U2", "deploy freeze" * (verdict is Verdict.REJECTED))
    async with home.executor():
        return await home.drive(incident)


def remembered(trajectory: Trajectory) -> Memory:
    memory = memory_of(trajectory)
    assert memory is not None
    return memory


async def test_the_next_incident_like_it_is_reminded_and_every_policy_sees_it(tmp_path: Path) -> None:
    shown: list[Sight] = []

    def watch(sight: Sight) -> Propose:
        shown.append(sight)
        return PROPOSE

    async with house(
        tmp_path, ScriptedPolicy([watch, RESOLVED]), ScriptedEyes(after=[Improvement.RESOLVED] * 2)
    ) as home:
        first = await ended(home, "checkout is down")
        second = await ended(home, "no orders come in")
    assert shown[0].memories == ()
    (one,) = shown[1].memories
    assert one.memory.incident_id == first.incident.id
    assert one.reasons[:2] == (Reason.SAME_WORKLOAD, Reason.SAME_SYMPTOMS)
    assert [(a.action, a.fate) for a in one.memory.attempts] == [("scale", Fate.RESOLVED)]
    assert sum(isinstance(e.step, Recalled) for e in second.entries) == 1
    assert second.memories == shown[1].memories


async def test_a_rejection_is_remembered_with_who_and_why(tmp_path: Path) -> None:
    async with house(tmp_path, ScriptedPolicy([PROPOSE, GIVE_UP])) as home:
        memory = remembered(await ended(home, "checkout is down", Verdict.REJECTED))
    (attempt,) = memory.attempts
    assert (attempt.fate, attempt.by, attempt.reason) == (Fate.REJECTED, "U2", "deploy freeze")
    assert memory.status is Status.HANDED_OVER


async def test_an_undo_after_the_end_changes_what_is_remembered(tmp_path: Path) -> None:
    script = ScriptedPolicy([PROPOSE, RESOLVED, PROPOSE])
    eyes = ScriptedEyes(after=[Improvement.RESOLVED, Improvement.UNCHANGED])
    async with house(tmp_path, script, eyes) as home:
        done = await ended(home, "checkout is down")
        assert await home.service.undo(done.proposals[0].id, "U3") is None
        asked = await home.drive(done.incident)
        assert asked.pending is not None
        await home.service.decide(asked.pending.id, Verdict.APPROVED, "U3")
        async with home.executor():
            await home.drive(done.incident)
        again = await home.drive(await home.open("checkout is down again"))
    (one,) = again.memories
    assert [a.fate for a in one.memory.attempts] == [Fate.UNDONE]


async def test_what_people_say_it_really_was_is_remembered(tmp_path: Path) -> None:
    async with house(tmp_path, ScriptedPolicy([PROPOSE, RESOLVED])) as home:
        done = await ended(home, "checkout is down")
        said = Correction(cause="The autoscaler was off.", helped="Turning it on")
        feedback = Feedback(
            incident_id=done.incident.id, target="outcome", user="U1", thumb=Thumb.DOWN, correction=said,
            at=home.clock.now(),
        )  # fmt: skip
        await home.service.rate(feedback)
        assert await home.store.memories.behind(9) == ()
        (one,) = (await home.drive(await home.open("orders are missing"))).memories
    assert one.memory.corrections == (said,)


async def test_a_crash_before_it_was_remembered_loses_nothing(tmp_path: Path) -> None:
    """The answer and the status are committed, the memory is not: as after a kill between the two."""
    async with house(tmp_path, ScriptedPolicy([PROPOSE, RESOLVED])) as home:
        done = await ended(home, "checkout is down")
        killed = await home.open("orders are missing")
        for entry in done.entries[1:]:
            await home.store.journal.append(killed.id, entry.key, entry.at, entry.step)
        await home.store.incidents.set_status(killed.id, Status.RESOLVED, home.clock.now())
        assert await home.service.memory.catch_up() == 1
        again = await home.drive(await home.open("nobody can pay"))
    assert {one.memory.incident_id for one in again.memories} == {done.incident.id, killed.id}


async def test_an_end_without_an_answer_is_left_alone(tmp_path: Path) -> None:
    """And catching up does not go round for ever because of it."""
    async with house(tmp_path, ScriptedPolicy([PROPOSE])) as home:
        incident = await home.open()
        await home.store.incidents.set_status(incident.id, Status.HANDED_OVER, home.clock.now())
        assert await home.service.memory.catch_up() == 0


async def test_catching_up_remembers_each_once(tmp_path: Path) -> None:
    async with house(tmp_path, ScriptedPolicy([PROPOSE, RESOLVED])) as home:
        done = await ended(home, "checkout is down")
        await home.service.remark(done.incident.id, "U1", "thank you", "r1")
        assert await home.store.memories.behind(9) == (done.incident.id,)
        assert await home.service.memory.catch_up() == 1
        assert await home.service.memory.catch_up() == 0
