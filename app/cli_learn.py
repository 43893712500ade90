"""`aoi learn`: what there is to learn from, as files, training on it, and lessons out of it."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

learn = typer.Typer(help="Learning from runs: what there is, and data sets of it.", no_args_is_help=True)

JsonFile = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the result as JSON.")]
Since = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Only runs that went on since this day (UTC)."),
]


@learn.command("status")
def learn_status(since: Since = None, json: JsonFile = None) -> int:
    """Count runs, labels and groups, and say what can be trained."""
    from app.learn_export import status

    return asyncio.run(status(_utc(since), json))


@learn.command("export")
def learn_export(
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="The folder to make.")] = None,
    since: Since = None,
    leave_out: Annotated[
        list[str] | None, typer.Option("--leave-out", metavar="ID", help="A run that is not wanted.")
    ] = None,
) -> int:
    """Write data sets for GRPO, KTO, DPO and SFT as JSON Lines and Parquet, with a card."""
    from app.learn_export import export

    return asyncio.run(export(out, _utc(since), tuple(leave_out or ())))


@learn.command("train")
def train(
    profile: Annotated[str, typer.Option(help="tiny, qwen3-14b, qwen3-14b-node, or a YAML file.")],
    data: Annotated[Path, typer.Option(metavar="DIR", help="The data sets that were exported.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder of this training; a killed one goes on.")],
    base: Annotated[
        str | None, typer.Option(help="Folder or hub name of the base; without it the profile's.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal trainings on the CPU.")] = 0,
    json: JsonFile = None,
) -> int:
    """Train an adapter in the environment that AOI_TRAIN_PYTHON names."""
    from app.learn_train import run
    from app.training import Order

    return asyncio.run(run(Order(profile, data, out, base, seed), json))


@learn.command("rollouts")
def rollouts(
    suite: Annotated[str, typer.Option(help="A suite, a scenario file or a folder.")] = "aiopslab-86:train",
    policy: Annotated[str, typer.Option(help="Who decides.")] = "chat",
    tasks: Annotated[str, typer.Option(metavar="GLOB", help="Only these tasks.")] = "*",
    epochs: Annotated[int, typer.Option(min=1, help="Runs per task.")] = 1,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal runs.")] = 0,
    rename: Annotated[bool, typer.Option("--rename", help="Rename every object and label at random.")] = False,
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0 takes one per core.")] = 0,
    shard: Annotated[str | None, typer.Option(metavar="I/N", help="Only this share of the runs, from 0.")] = None,
    ray: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Run on this Ray cluster.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the runs; else they are kept.")] = None,
) -> int:
    """Run the lab to learn from it."""
    from app.learn_rollouts import run
    from app.rollouts.port import Order

    return run(Order(suite, policy, tasks, epochs, seed, rename), shard, ray, workers, out)


@learn.command("evolve")
def learn_evolve(
    limit: Annotated[int, typer.Option(min=1, help="Failed runs to take up, the newest first.")] = 20,
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0 takes one per core.")] = 0,
    json: JsonFile = None,
) -> int:
    """Turn failed runs into lessons: what people said and what was left aside, tried again in the lab."""
    from app.learn_evolve import evolve

    return asyncio.run(evolve(limit, workers, json))


@learn.command("lessons")
def learn_lessons(json: JsonFile = None) -> int:
    """Show the lessons: when they fire, what they say, and what stands behind them."""
    from app.learn_evolve import show

    return asyncio.run(show(json))


def _utc(day: datetime | None) -> datetime | None:
    return day.replace(tzinfo=UTC) if day else None
