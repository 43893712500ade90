"""Keeping what an incident taught when it ends, and bringing it to mind when another one looks like it."""

from dataclasses import dataclass

from domain.journal import Trajectory
from domain.memory import Recollection
from domain.ports import Journal, Memories
from graph.lessons.service import LessonBook
from graph.memory.distill import cue_of, memory_of

MOST_RECALLED = 3
_PAGE = 50


@dataclass(frozen=True)
class LongMemory:
    """Raises `StoreUnavailable` throughout; what a crash kept it from, `catch_up` does."""

    memories: Memories
    journal: Journal
    lessons: LessonBook

    async def keep(self, incident_id: str) -> bool:
        """Remember an ended incident, and how its lessons did; again changes nothing. False while it goes on."""
        trajectory = await self.journal.trajectory(incident_id)
        memory = memory_of(trajectory) if trajectory else None
        if trajectory is None or memory is None:
            return False
        await self.lessons.note(trajectory)
        await self.memories.remember(memory)
        return True

    async def recall(self, trajectory: Trajectory) -> tuple[Recollection, ...]:
        """The few past incidents most like this one."""
        return await self.memories.recall(cue_of(trajectory), MOST_RECALLED)

    async def catch_up(self) -> int:
        """Remember every incident that ended without it, or was spoken of since; how many there were."""
        kept = 0
        while waiting := await self.memories.behind(_PAGE):
            done = [await self.keep(incident_id) for incident_id in waiting]
            kept += sum(done)
            if not all(done):  # it went on again meanwhile, and is kept at its new end
                break
        return kept
