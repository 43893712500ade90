"""The `aoi` command. Exit 0 on success, 1 on a failed job, 2 on wrong use; errors are one sentence on stderr.

Each command imports what it needs when it runs, so that `aoi --help` is quick and nothing starts by accident.
"""

import asyncio
import logging
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer._click.exceptions import NoArgsIsHelpError, UsageError

from app.cli_learn import learn
from app.cli_writes import audit, policy
from domain.errors import AoiError, BadInput, Misconfigured

USAGE = 2

app = typer.Typer(
    help="AOI investigates Kubernetes incidents, proposes one write, waits for Approve, acts and verifies.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
lab = typer.Typer(
    help="The incident lab: an embedded cluster, its incidents, and their grades.", no_args_is_help=True
)
incident = typer.Typer(help="Incidents on record.", no_args_is_help=True)
model = typer.Typer(help="The model server.", no_args_is_help=True)
db = typer.Typer(help="The database.", no_args_is_help=True)
app.add_typer(lab, name="lab")
app.add_typer(incident, name="incident")
app.add_typer(model, name="model")
app.add_typer(learn, name="learn")
app.add_typer(db, name="db")
app.add_typer(policy, name="policy")
app.add_typer(audit, name="audit")

JsonFile = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the result as JSON.")]


@app.command()
def demo(
    headless: Annotated[bool, typer.Option("--headless", help="Also play the engineer, then exit.")] = False,
    scenario: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which incident; see `aoi lab list`.")
    ] = None,
    json: JsonFile = None,
) -> int:
    """Play an incident on embedded parts: a Slack-like page, a cluster, a fault, AOI."""
    from app.demo import play

    return _run(play(headless, scenario, json))


@app.command()
def serve() -> int:
    """Run the bot."""
    from app.serving import serve as run

    return _run(run())


@app.command()
def executor() -> int:
    """Run the separate writer: the only process that needs the writer's credentials for writes."""
    from app.serving import execute

    return _run(execute())


@app.command()
def investigate(
    question: Annotated[str, typer.Argument(help="What is wrong, in your words.")],
    namespace: Annotated[list[str] | None, typer.Option("-n", "--namespace", help="Where to look.")] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="Look and say; propose nothing.")] = False,
    json: JsonFile = None,
) -> int:
    """Investigate from the terminal, with the same graph as in Slack."""
    from app.asking import investigate as run

    return _run(run(question, tuple(namespace or ()), read_only, json))


@app.command()
def doctor(
    json: JsonFile = None,
    executor: Annotated[
        bool, typer.Option("--executor", help="Check what `aoi executor` needs, where it is separate.")
    ] = False,
) -> int:
    """Check each part and say how to mend it."""
    from app.checkup import doctor as run

    return _run(run(json, executor))


@lab.command("up")
def lab_up(
    scenario: Annotated[str | None, typer.Option(metavar="NAME", help="Inject this incident.")] = None,
) -> int:
    """Run the embedded cluster with the sample shop until Ctrl-C."""
    from app.lab_up import up

    return _run(up(scenario))


@lab.command("list")
def lab_list(suite: Annotated[str, typer.Option(help="A suite, a scenario file or a folder.")] = "basics") -> int:
    """Name the suites and the tasks of one."""
    from app.lab_list import show

    return show(suite)


@lab.command("run")
def lab_run(
    suite: Annotated[str, typer.Option(help="A suite, a scenario file or a folder.")] = "basics",
    policy: Annotated[str, typer.Option(help="Who decides.")] = "playbook",
    tasks: Annotated[str, typer.Option(metavar="GLOB", help="Only these tasks.")] = "*",
    epochs: Annotated[int, typer.Option(min=1, help="Runs per task.")] = 5,
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0 takes one per core.")] = 0,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal runs.")] = 0,
    rename: Annotated[bool, typer.Option("--rename", help="Rename every object and label at random.")] = False,
    json: JsonFile = None,
    log_dir: Annotated[Path | None, typer.Option(metavar="DIR", help="Write a log for `inspect view`.")] = None,
    grader: Annotated[
        str, typer.Option(help="Who judges: strict, or aiopslab by its published rules.")
    ] = "strict",
    record: Annotated[bool, typer.Option("--record", help="Keep the runs for learning.")] = False,
    lessons: Annotated[bool, typer.Option("--lessons", help="Let AOI's lessons guide the runs.")] = False,
) -> int:
    """Run a suite and grade the end worlds and the answers."""
    from app.lab_run import run

    return run(suite, policy, tasks, epochs, workers, seed, rename, json, log_dir, grader, record, lessons)


@lab.command("validate")
def lab_validate(
    suite: Annotated[str, typer.Option(help="A suite, a scenario file or a folder.")] = "basics",
    tasks: Annotated[str, typer.Option(metavar="GLOB", help="Only these tasks.")] = "*",
    seeds: Annotated[int, typer.Option(min=1, help="Worlds per task.")] = 1,
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0 takes one per core.")] = 0,
    rename: Annotated[bool, typer.Option("--rename", help="Rename every object and label at random.")] = False,
) -> int:
    """Grade the graders: the reference fix passes; nothing, near misses, wrong answers and harm fail."""
    from app.lab_validate import validate

    return validate(suite, tasks, seeds, workers, rename)


@lab.command("capture")
def lab_capture(
    namespace: Annotated[str, typer.Option("-n", "--namespace", help="The namespace to capture.")],
    out: Annotated[Path | None, typer.Option(help="The file to write.")] = None,
    incident: Annotated[
        str | None, typer.Option(metavar="ID", help="Take the truth and the question from this incident.")
    ] = None,
    rename: Annotated[bool, typer.Option("--rename", help="Replace every name.")] = False,
    seed: Annotated[int, typer.Option(help="Of the names.")] = 1,
) -> int:
    """Write a real namespace as a scenario of the lab, read through the reader identity; never its Secrets."""
    from app.lab_capture import capture

    return asyncio.run(capture(namespace, out, incident, rename, seed))


@lab.command("check")
def lab_check(file: Annotated[Path, typer.Argument(help="A scenario file.")]) -> int:
    """Report every mistake of a scenario file with its line and its remedy."""
    from app.lab_list import check

    return check(file)


@incident.command("list")
def incident_list(
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 20,
    unfinished: Annotated[bool, typer.Option("--open", help="Only those that go on.")] = False,
) -> int:
    """List incidents, newest first."""
    from app.incidents import show_list

    return _run(show_list(limit, unfinished))


@incident.command("show")
def incident_show(incident_id: Annotated[str, typer.Argument(metavar="ID")], json: JsonFile = None) -> int:
    """Show an incident's timeline."""
    from app.incidents import show

    return _run(show(incident_id, json))


@incident.command("artifact")
def incident_artifact(artifact_id: Annotated[str, typer.Argument(metavar="ID")]) -> int:
    """Print a probe's raw output, redacted, as it is kept."""
    from app.incidents import show_artifact

    return _run(show_artifact(artifact_id))


@model.command("serve")
def model_serve(
    host: Annotated[
        str, typer.Option(help="Where to listen; whoever reaches it can use the model.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen at.")] = 8000,
) -> int:
    """Run vLLM for the model that the settings name, with the adapters on record, until Ctrl-C."""
    from app.model_serve import serve as run

    return _run(run(host, port))


@db.command("upgrade")
def db_upgrade() -> int:
    """Bring the database's tables up to date."""
    from app.database import upgrade

    return _run(upgrade())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status."""
    # Libraries' own remarks belong into the log of the long-running commands, not between our sentences.
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        result = typer.main.get_command(app).main(
            args=list(arguments) if arguments is not None else None, prog_name="aoi", standalone_mode=False
        )
    except NoArgsIsHelpError as error:
        return _say(error.format_message(), USAGE)
    except UsageError as error:
        where = error.ctx.command_path if error.ctx else "aoi"
        return _say(f"{error.format_message().rstrip('.')}; `{where} --help` shows how it is used.", USAGE)
    except (BadInput, Misconfigured) as error:
        return _say(str(error), USAGE)
    except AoiError as error:
        return _say(str(error), 1)
    except (typer.Abort, KeyboardInterrupt):
        return _say("Stopped.", 1)
    return result if isinstance(result, int) else 0


def _run(job: Coroutine[Any, Any, int]) -> int:
    return asyncio.run(job)


def _say(sentence: str, status: int) -> int:
    sys.stderr.write(sentence.rstrip() + "\n")
    return status
