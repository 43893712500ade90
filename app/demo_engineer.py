"""The engineers of a headless demo: one asks and gives a thumb, another approves."""

from dataclasses import dataclass
from typing import Any

from app.ambient import SystemClock
from domain.errors import AoiError
from domain.execution import Effect
from domain.incident import Status
from domain.journal import Trajectory
from lab.demo import Demo
from lab.slack.engineer import Engineer, Shown
from lab.slack.errors import NotSeen
from store.build import open_store

FIRST_SECONDS = 30.0
PROPOSAL_SECONDS = 60.0
RESOLVED_SECONDS = 240.0
THUMB_SECONDS = 20.0
UP = "👍 Helped"


class DemoFailed(AoiError):
    """A part of the demo did not do its work; the message names it."""


@dataclass(frozen=True)
class Played:
    """What a headless demo reports."""

    incident: str
    diagnosis: str
    action: str
    approved_by: str
    resolved: bool
    feedback: str
    seconds: dict[str, float]
    """From the mention: `first_message`, `proposal`, `resolved`."""

    def contract(self) -> dict[str, Any]:
        """The JSON that scripts rely on."""
        return vars(self).copy()


async def play_engineer(asker: Engineer, approver: Engineer, world: Demo, store_url: str) -> Played:
    """Mention, approve, wait for the verdict, give a thumb.

    Raises:
        DemoFailed: names the part that failed.
    """
    clock = SystemClock()
    started = clock.monotonic()
    seconds: dict[str, float] = {}

    async def await_message(part: str, engineer: Engineer, limit: float, *labels: str) -> Shown:
        """The message of the bot with one of these buttons, or any of its messages."""

        def fits(message: Shown) -> bool:
            return message.user == asker.bot_user and (not labels or any(b in message.buttons for b in labels))

        try:
            shown = await engineer.wait_for(part, fits, limit, thread)
        except NotSeen as error:
            raise DemoFailed(f"The {part} did not come. {error}") from error
        seconds.setdefault(part, clock.monotonic() - started)
        return shown

    thread = await asker.mention(world.question)
    await await_message("first_message", asker, FIRST_SECONDS)
    proposal = await await_message("proposal", approver, PROPOSAL_SECONDS, "Approve")
    await approver.click(proposal, "Approve")
    result = await await_message("resolved", asker, RESOLVED_SECONDS, UP)
    await asker.click(result, UP)
    trajectory = await _rated(store_url, clock)
    _check(trajectory, world)
    return _played(trajectory, seconds)


async def _rated(store_url: str, clock: SystemClock) -> Trajectory:
    """The run as it is on record once the thumb is."""
    store = await open_store(store_url)
    try:
        deadline = clock.monotonic() + THUMB_SECONDS
        while clock.monotonic() < deadline:
            incident = (await store.incidents.latest(1))[0]
            trajectory = await store.journal.trajectory(incident.id)
            if trajectory is not None and trajectory.feedback:
                return trajectory
            await clock.sleep(0.1)
    finally:
        await store.close()
    raise DemoFailed("The thumb did not reach the journal.")


def _check(trajectory: Trajectory, world: Demo) -> None:
    """The record and the world agree that it is repaired."""
    if trajectory.incident.status is not Status.RESOLVED:
        raise DemoFailed(f"The incident ended as {trajectory.incident.status.value}, not as resolved.")
    if still := world.symptoms():
        raise DemoFailed(f"AOI says that it is repaired, and it is not: {still[0]}")
    if not any(execution.effect is Effect.DONE for execution in trajectory.executions.values()):
        raise DemoFailed("Nothing was carried out.")


def _played(trajectory: Trajectory, seconds: dict[str, float]) -> Played:
    done = next(p for p in trajectory.proposals if p.id in trajectory.executions)
    assert trajectory.diagnosis is not None
    return Played(
        incident=trajectory.incident.id,
        diagnosis=trajectory.diagnosis.root_cause,
        action=done.plan.kubectl,
        approved_by=trajectory.rulings[done.id].decided_by or "",
        resolved=True,
        feedback=trajectory.feedback[-1].thumb.value,
        seconds=seconds,
    )
