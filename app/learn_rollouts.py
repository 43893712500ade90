"""`aoi learn rollouts`: runs of the lab to learn from, kept in the database or written to a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from app.lab_record import Keep, recording
from app.rollouts.here import ALL, Here
from app.rollouts.on_ray import OnRay
from app.rollouts.port import Order, Rollouts, Share
from domain.episodes import Episode
from domain.errors import BadInput


def run(order: Order, shard: str | None, ray: str | None, workers: int, out: Path | None) -> int:
    """Run and keep, and tell how many and how many were solved.

    Raises:
        BadInput: no such suite, task, policy or share, or both a share and a cluster are given.
        Misconfigured, StoreUnavailable: a part cannot be used.
    """
    if shard is not None and ray is not None:
        raise BadInput("--ray shares the runs out by itself; leave --shard out.")
    who: Rollouts = OnRay(ray) if ray else Here(workers, Share.read(shard) if shard else ALL)
    console, kept, solved = Console(), 0, 0
    with (
        written(out) if out else recording() as keep,
        Progress(console=console, transient=True, disable=not console.is_terminal) as progress,
    ):
        bar = progress.add_task("Running", total=None)
        for episode in who.episodes(order):
            keep(episode)
            kept += 1
            solved += episode.graded is not None and episode.graded.success
            progress.advance(bar)
    console.print(f"Kept {kept} runs, {solved} of them solved.", highlight=False)
    return 0


@contextmanager
def written(path: Path) -> Iterator[Keep]:
    """What writes episodes to a file, a line each."""
    with path.open("w", encoding="utf-8") as file:

        def keep(episode: Episode) -> None:
            file.write(f"{episode.model_dump_json()}\n")

        yield keep
