"""The levels of running containers: begun with a run, noted as it goes, kept where their disk is."""

from lab.cluster.kubelet.places import claim_at, place_of, room_at
from lab.cluster.kubelet.state import LevelRecord, Mark, Run, Runtime, Spell
from lab.cluster.levels import Level, height
from lab.cluster.ports import Object
from lab.cluster.store import Store

LOOK_SECONDS = 15.0
"""How often a level is looked at that may become full."""


def growing(level: Level) -> str:
    """The name under which a run notes when a level's condition held."""
    return f"level:{level.name}"


def being_full(name: str) -> str:
    """The name under which a run notes when a level was full."""
    return f"full:{name}"


def begin(store: Store, runtime: Runtime, pod: Object, spec: Object, run: Run, now: float) -> None:
    """Set every level of a new run to where its disk, or its nature, has it begin."""
    for level in run.behaviour.levels:
        disk = level.disk
        place = None if disk is None else place_of(store, pod, spec, run, disk)
        start = level.start if place is None else runtime.filled.get(f"{place}/{level.name}", level.start)
        mark = Mark(now, start, _limit(store, pod, spec, level))
        run.levels[level.name] = LevelRecord([mark], place, None if disk is None else claim_at(pod, spec, disk))


def look(store: Store, runtime: Runtime, pod: Object, spec: Object, run: Run, now: float) -> None:
    """Note what is full now, and how much lies on the disks."""
    for level in run.behaviour.levels:
        record, value = run.levels[level.name], height_of(run, level, now)
        limit = _limit(store, pod, spec, level)
        if limit != record.marks[-1].limit:
            record.marks.append(Mark(now, value, limit))
        run.spells.setdefault(being_full(level.name), Spell()).note(limit is not None and value >= limit, now)
        if record.place is not None:
            runtime.filled[f"{record.place}/{level.name}"] = value


def empty(store: Store, runtime: Runtime, pod: Object, spec: Object, run: Run, name: str, now: float) -> None:
    """Take everything out of a level."""
    record = run.levels.get(name)
    if record is not None:
        record.marks.append(Mark(now, 0.0, record.marks[-1].limit))
        look(store, runtime, pod, spec, run, now)


def height_of(run: Run, level: Level, at: float) -> float:
    """Where a level of a run stood at a time."""
    marks = run.levels[level.name].marks
    mark = next((each for each in reversed(marks) if each.since <= at), marks[0])
    spell = run.spells.get(growing(level), Spell())
    changes = [change for change in spell.changes if change > mark.since]
    if level.when is not None and spell.held_at(mark.since):
        changes = [mark.since, *changes]
    return height(level, mark.since, changes, mark.start, mark.limit, at)


def _limit(store: Store, pod: Object, spec: Object, level: Level) -> float | None:
    """The most that a level can hold now; `None` for no limit."""
    room = None if level.disk is None else room_at(store, pod, spec, level.disk)
    return min((each for each in (level.limit, room) if each is not None), default=None)
