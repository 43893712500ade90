"""Whole runs to export: what a team's incidents and the lab's runs look like."""

from datetime import timedelta
from typing import Any

from domain.approval import Verdict
from domain.decisions import Conclude
from domain.episodes import Episode, Graded, Replay, Truth
from domain.execution import Improvement
from domain.feedback import Correction, Feedback, Thumb
from domain.incident import Status
from domain.journal import Concluded, Decided, Rated
from graph.model.tokens import estimate
from graph.policies.chat.prompt import ObserverPrompt
from learn.export.render import rendered
from learn.export.service import Choice, DataSet, gather
from tests.fakes import START, CountingIds
from tests.graph.policies.story import Story
from tests.learn.scene import RIGHT, TRUTH, WRONG, story

RENDER = rendered(ObserverPrompt(estimate(), CountingIds()))
GRADED = Graded(success=True, harmless=True, answer_right=True)


def thumb(
    given: Thumb = Thumb.UP, user: str = "U1", target: str = "outcome", cause: str = "", at: int = 0
) -> Rated:
    correction = Correction(cause=cause) if cause else None
    feedback = Feedback(
        incident_id="inc-1", target=target, user=user, thumb=given, correction=correction,
        at=START + timedelta(seconds=at),
    )  # fmt: skip
    return Rated(feedback=feedback)


def ended(told: Story) -> Story:
    """The report of the last decision."""
    last = next(step for step in reversed(told.steps) if isinstance(step, Decided))
    assert isinstance(last.decision, Conclude)
    told.steps.append(Concluded(status=Status.RESOLVED, diagnosis=last.decision.diagnosis, text="Done."))
    return told


async def answered() -> Story:
    """Only asked what is wrong: one decision, which answers."""
    told = story(RIGHT, WRONG, read_only=True)
    await told.decide()
    return ended(told)


async def repaired() -> Story:
    """A repair that helped, and the answer: two decisions."""
    told = story(RIGHT, WRONG)
    await told.propose()
    told.verified(Improvement.RESOLVED)
    await told.decide()
    return ended(told)


async def rejected(reason: str = "not now, I do it myself") -> Story:
    told = story(RIGHT, WRONG)
    await told.propose()
    told.ruled(Verdict.REJECTED, reason)
    await told.decide()
    return ended(told)


def incident(told: Story, name: str = "inc-1", **more: Any) -> Episode:
    """As production has it; the same story may be told under another name."""
    run = told.trajectory
    entries = tuple(entry.model_copy(update={"incident_id": name}) for entry in run.entries)
    head = run.incident.model_copy(update={"id": name, "question": f"What is wrong with {name}?"})
    return Episode(trajectory=run.model_copy(update={"incident": head, "entries": entries}), **more)


def lab_run(told: Story, name: str = "inc-lab", family: str = "web", truth: Truth = TRUTH, **more: Any) -> Episode:
    replay = Replay(suite="basics", task=f"{family}-1", family=family, seed=1)
    return incident(told, name, **{"replay": replay, "graded": GRADED, "truth": truth, **more})


def exported(*episodes: Episode, **choice: Any) -> DataSet:
    return gather(episodes, RENDER, Choice(**choice))
