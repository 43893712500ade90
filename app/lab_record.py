"""`aoi lab run --record`: runs of the lab kept as episodes, for learning."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.ambient import SystemClock
from app.lab_policies import Run
from app.settings import load_settings
from domain.actions import Action, Undo
from domain.episodes import Episode, Graded, Replay, Truth
from domain.execution import Improvement
from domain.journal import Trajectory
from lab.drill import Drill
from lab.suite import builtin_suites
from store.build import open_store

Keep = Callable[[Episode], None]


@contextmanager
def recording() -> Iterator[Keep]:
    """What keeps an episode in AOI's own database, as the runs finish; what was kept stays when a run breaks.

    Raises:
        Misconfigured, StoreUnavailable: the database cannot be used.
    """
    clock = SystemClock()
    with asyncio.Runner() as runner:
        store = runner.run(open_store(load_settings().store_url))

        def keep(episode: Episode) -> None:
            runner.run(store.episodes.keep(episode.model_copy(update={"kept_at": clock.now()})))

        async def close() -> None:
            await store.close()

        try:
            yield keep
        finally:
            runner.run(close())


def episode_of(drill: Drill, ran: Run, replay: Replay) -> Episode:
    """A run of a drill with its verdict and its truth, by the names of the run. Ends the drill."""
    grade = drill.grade(ran.trajectory.diagnosis)
    told, case = drill.scenario.truth, drill.case
    return Episode(
        trajectory=ran.trajectory,
        calls=ran.calls,
        replay=replay,
        graded=Graded(
            success=grade.success,
            harmless=grade.harmless,
            answer_right=grade.answer_right,
            reasons=grade.reasons,
        ),
        truth=Truth(
            anomaly=told.anomaly,
            causes=told.causes,
            components=case.refs(told.components),
            system_level=told.system_level,
            fault_type=told.fault_type,
            repairs=repairs_of(ran.trajectory) if grade.success else (),
        ),
    )


def repairs_of(trajectory: Trajectory) -> tuple[Action, ...]:
    """The writes after which the symptom stayed away."""
    seen = trajectory.verifications
    helped = {key for key, look in seen.items() if look.improvement is Improvement.RESOLVED}
    actions = (proposal.plan.action for proposal in trajectory.proposals if proposal.id in helped)
    return tuple(action for action in actions if not isinstance(action, Undo))


def findable(suite: str) -> str:
    """A suite as it is found from any folder."""
    return suite if suite in builtin_suites() else str(Path(suite).resolve())
