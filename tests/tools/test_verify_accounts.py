"""The watch after a Job that changes a user: it waits for the Job's end, and for the client's next try."""

from collections.abc import Callable

from domain.actions import Change, Restart, Undo
from domain.cluster import Ref
from domain.execution import Improvement
from tests.tools.analyzers.accounts import CLIENT, DATABASE, GRANT, account_job, login, refusal, refusing
from tests.tools.analyzers.build import World, healthy
from tests.tools.test_verify import Film, before, watch

LOG = (login("app", "conn7"), refusal("conn7"))


def refused() -> World:
    return refusing(*LOG)


def during(state: str, seconds: float = 5) -> Callable[[], World]:
    def make() -> World:
        world = refused()
        account_job(world, GRANT, state, seconds)
        return world

    return make


def mended() -> World:
    world = healthy()
    account_job(world, GRANT)
    return world


async def test_a_client_that_waits_needs_a_restart_and_nothing_is_taken_back() -> None:
    held = before(refused())
    assert held[0].actions == (GRANT,)
    film = Film((0, during("")), (6, during("Complete")))
    verification = await watch(film, held, GRANT)
    assert verification.improvement is Improvement.IMPROVED
    assert verification.seconds < 15, "nobody waits for a back-off that a restart ends"
    next_ = before(during("Complete")())
    assert next_[0].actions == (Restart(target=CLIENT),)


async def test_a_job_that_fails_ends_the_watch_with_its_own_words() -> None:
    def failing() -> World:
        world = during("Failed")()
        job = world.objects["Job"][-1]["metadata"]["name"]
        pod = world.add(
            "Pod", f"{job}-x", {"spec": {"containers": [{"name": "mongo"}]}, "status": {"phase": "Failed"}}
        )
        pod["metadata"]["ownerReferences"] = [{"kind": "Job", "name": job, "controller": True}]
        world.says(f"{job}-x", "Error: couldn't connect to server store:27017", "exiting", container="mongo")
        return world

    verification = await watch(Film((0, during("")), (6, failing)), before(refused()), GRANT)
    assert verification.improvement is Improvement.UNCHANGED
    assert verification.seconds < 15
    assert "failed: Error: couldn't connect to server store:27017" in verification.detail
    assert verification.new == ()


async def test_a_client_that_came_back_by_itself_is_well() -> None:
    verification = await watch(Film((0, during("")), (6, mended)), before(refused()), GRANT)
    assert verification.improvement is Improvement.RESOLVED


async def test_a_job_that_does_not_end_is_not_through() -> None:
    def late() -> World:
        world = healthy()
        account_job(world, GRANT, "")
        return world

    verification = await watch(Film((0, late)), before(refused()), GRANT)
    assert verification.improvement is Improvement.IMPROVED
    assert "has not ended yet" in verification.detail


async def test_the_job_that_takes_back_is_waited_for_by_its_name() -> None:
    def undoing() -> World:
        world = healthy()
        account_job(world, GRANT, "", undoes=True)
        world.objects["Job"][-1]["metadata"]["name"] = "aoi-x-undo"
        return world

    job = Ref(kind="Job", name="aoi-x-undo", namespace=DATABASE.namespace)
    undo = Undo(target=DATABASE, proposal_id="prop-1", change=Change(verb="create", target=job, body={}))
    verification = await watch(Film((0, undoing)), before(refused()), undo)
    assert "Job aoi-x-undo has not ended yet" in verification.detail
