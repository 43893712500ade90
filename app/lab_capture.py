"""`aoi lab capture`: a real namespace, read through the reader identity, written as a scenario of the lab."""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from app.lab_load import load_of
from app.lab_truth import suspected, truth_of
from app.parts import Parts, open_parts
from app.settings import load_settings
from domain.episodes import Replay
from domain.errors import BadInput
from lab.applications import Drillable, loads
from lab.capture.compose import compose
from lab.capture.seen import Seen
from lab.rename import rename as renamed
from lab.scenario import TaskType
from lab.stage import Stage
from lab.suite import load_suite
from tools.compress import compress_lines
from tools.read import snapshot
from tools.read.look import look
from tools.telemetry import signals
from tools.telemetry.windows import Windows

MORE_KINDS = ("Ingress", "CronJob", "PodDisruptionBudget")
"""What a scenario keeps besides the kinds that the analyzers read."""
_SEED = 1
"""At which the lab has shown that what was captured can stand."""
_WAYS = (TaskType.DETECTION, TaskType.ANALYSIS, TaskType.LOCALIZATION, TaskType.MITIGATION)
"""Ways of asking, the one that grades least first."""
_HEADER = """\
# Captured from a cluster by `aoi lab capture`. Values of Secrets are made up, other secrets are removed, and what
# containers do is guessed from their logs and states. The truth is {source}: check it before you train on it.
# Try it: aoi lab check {file}; aoi lab run --suite {file}
"""


async def capture(namespace: str, out: Path | None, incident: str | None, rename: bool, seed: int) -> int:
    """Read, compose, check, write. Raises BadInput where there is nothing to read or a file is in the way."""
    file = out or Path(f"{namespace}.scenario.yaml")
    if file.exists():
        raise BadInput(f"The file {file} exists already; name another one with --out, or remove it.")
    async with open_parts(load_settings()) as parts:
        seen = await see(parts, namespace, incident)
        file.write_text(written(seen, file, rename, seed), encoding="utf-8")
        if incident is not None:
            await parts.store.episodes.link(incident, replay_of(file))
    console = Console()
    what = "nothing is wrong in it" if seen.blame is None else f"the truth is {seen.blame.source}"
    console.print(f"Wrote {file}: {sum(map(len, seen.objects.values()))} objects; {what}.", soft_wrap=True)
    return 0


async def see(parts: Parts, namespace: str, incident: str | None) -> Seen:
    """One look at a namespace, with the truth as people, an incident or the analyzers have it."""
    run = await parts.store.journal.trajectory(incident) if incident else None
    if incident and run is None:
        raise BadInput(f"There is no incident {incident}; `aoi incident list` names them.")
    now = parts.clock.now()
    taken, _ = await snapshot.take(parts.reader, namespace, now)
    more = await look(parts.reader, namespace, MORE_KINDS, now)
    measured = await signals.take(parts.telemetry, namespace, Windows(now.timestamp()))
    return Seen(
        namespace=namespace,
        taken_at=now,
        objects={**taken.objects, **more.objects},
        logs={_key(*key): _shapes(lines) for key, lines in taken.logs.items()},
        memory={name: use["memory"] for name, use in taken.usage.items() if "memory" in use},
        load=load_of(measured, taken.of("Service")),
        blame=truth_of(run) if run else suspected(taken),
        question=run.incident.question if run else None,
    )


def written(seen: Seen, file: Path, rename: bool, seed: int) -> str:
    """The scenario's YAML, tried in the lab. Raises BadInput where it cannot stand there."""
    header = _HEADER.format(source=seen.blame.source if seen.blame else "that nothing is wrong", file=file)
    try:
        data, drillable = _tried(seen, file, earlier=True)
    except BadInput:  # an earlier revision needs what is gone now, so the lab begins without it
        data, drillable = _tried(seen, file, earlier=False)
    if not rename:
        return header + _dumped(data)
    scenario = renamed(drillable, random.Random(seed)).scenario  # noqa: S311 - names, not secrets
    told = scenario.model_dump(mode="json", exclude_unset=True)
    hidden = {"name": "captured", "title": f"Captured at {seen.taken_at:%Y-%m-%d %H:%M} UTC, names replaced"}
    return header + _dumped({**told, **hidden})


def replay_of(file: Path) -> Replay:
    """Where what was captured can be played again, asked in the way that grades most."""
    task = max(load_suite(str(file)).tasks, key=lambda task: _WAYS.index(task.type))
    family = task.drillable.scenario.fault_family
    return Replay(suite=str(file.resolve()), task=task.id, family=family, seed=_SEED)


def _tried(seen: Seen, file: Path, earlier: bool) -> tuple[dict[str, Any], Drillable]:
    data = compose(seen, f"captured-{seen.namespace}", earlier)
    (drillable,) = loads(_dumped(data), str(file))
    stage = Stage.set(drillable, _SEED)
    try:
        stage.past()
    finally:
        stage.cluster.stop()
    return data, drillable


def _key(pod: str, container: str, previous: bool) -> str:
    return f"{pod}/{container}{'#previous' if previous else ''}"


def _shapes(lines: Sequence[str]) -> tuple[str, ...]:
    """The newest line of each template, without the time that the API server puts before it."""
    bare = [line.partition(" ")[2] for line in lines]
    return tuple(each.last for each in sorted(compress_lines(bare), key=lambda each: each.last_at))


def _dumped(data: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(data), sort_keys=False, allow_unicode=True, width=110)
