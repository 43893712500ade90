"""`aoi doctor`: the checks of `app.doctor` on the parts that the settings name."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import yaml
from rich.console import Console
from rich.markup import escape

from app import doctor as checks
from app.ambient import LocalBell, RandomIds, SystemClock
from app.connect import connect_reader, connect_writer
from app.doctor import Check
from app.lab_mark import is_lab
from app.model import model_health
from app.output import save
from app.settings import Settings, load_settings
from bot.clients import patient_client
from bot.slack import Slack
from domain.actions import Restart
from domain.cluster import Ref, Scope
from domain.errors import AoiError
from domain.proposal import Plan, Refusal
from store.build import open_store
from tools.cluster.reader import Reader
from tools.redact.service import Redactor
from tools.remote_planner import RemotePlanner

_NOWHERE = Ref(kind="Deployment", namespace="default", name="aoi-doctor-asks")
"""What the executor is asked about; that there is no such thing is an answer, too."""
DEFAULT_KUBECONFIG = Path("~/.kube/config")


async def doctor(out: Path | None, executor: bool) -> int:
    """Print each check with its remedy; 1 when one fails."""
    found = await examine(load_settings(), executor)
    console = Console()
    for check in found:
        mark = "[green]ok[/green]   " if check.ok else "[red]mend[/red] "
        remedy = "" if check.ok else f" {check.remedy}"
        console.print(f"{mark}{check.name}: {escape(check.detail + remedy)}", highlight=False, soft_wrap=True)
    save(out, json.dumps([check.model_dump() for check in found], indent=2))
    return 0 if all(check.ok for check in found) else 1


async def examine(settings: Settings, executor: bool = False) -> list[Check]:
    """Every check. A part that cannot be opened is a failed check, and the others go on.

    A separate executor and its bot hold different credentials, so each is examined where it runs; `executor`
    examines the executor.
    """
    separate = settings.executor == "separate"
    found = [await checks.database(settings.store_url, embedded=settings.store_url.startswith("sqlite"))]
    if executor or not separate:
        found += await _writer(settings)
    if executor:
        return [*found, checks.approvers(settings)]
    found += await _reader(settings)
    if separate:
        found += [checks.no_writer_here(settings, other_users(settings))]
        found += [await checks.executor(lambda: _ask(settings))] if found[0].ok else []
    found += [await _slack(settings), checks.approvers(settings)]
    found += [await checks.model(settings, lambda: model_health(settings))]
    return found


def other_users(settings: Settings) -> tuple[str, ...]:
    """Users that the reader's kubeconfig has credentials of, besides the reader; of an unreadable file, none.

    Nothing of the credentials themselves is looked at.
    """
    if settings.in_cluster and settings.reader_kubeconfig is None:
        return ()
    path = settings.reader_kubeconfig or settings.kubeconfig or DEFAULT_KUBECONFIG.expanduser()
    try:
        held = yaml.safe_load(path.read_text("utf-8"))
        wanted = settings.reader_context or held.get("current-context")
        contexts = {entry["name"]: entry["context"].get("user") for entry in held.get("contexts") or ()}
        return tuple(user["name"] for user in held.get("users") or () if user["name"] != contexts.get(wanted))
    except (OSError, ValueError, yaml.YAMLError, AttributeError, KeyError, TypeError):
        return ()  # whoever connects with it says what is wrong


async def _reader(settings: Settings) -> list[Check]:
    try:
        async with await connect_reader(settings) as connection:
            reader = Reader(connection, Redactor())
            sees = await checks.reader_sees(reader.namespaces, settings.namespaces)
            if not sees.ok:
                return [sees]
            places = await _places(settings, reader)
            lab = checks.local_slack(settings, await is_lab(connection))
            return [sees, await checks.reader_cannot_write(reader, places), lab]
    except AoiError as error:
        remedy = "Check AOI_KUBECONFIG and the contexts, or AOI_IN_CLUSTER."
        return [Check(name="cluster", ok=False, detail=str(error), remedy=remedy)]


async def _writer(settings: Settings) -> list[Check]:
    """The writer, in the namespaces of the settings; without any, the reader has to say which there are."""
    try:
        async with await connect_writer(settings) as connection:
            writer = Reader(connection, Redactor())
            places: Sequence[str] = settings.namespaces or ("default",)
            if not settings.namespaces and settings.executor == "embedded":
                async with await connect_reader(settings) as other:
                    places = await _places(settings, Reader(other, Redactor()))
            return list(
                await asyncio.gather(
                    checks.writer_can_act(writer, places), checks.writer_does_no_more(writer, places)
                )
            )
    except AoiError as error:
        remedy = "Check AOI_WRITER_KUBECONFIG and AOI_WRITER_CONTEXT, or AOI_IN_CLUSTER."
        return [Check(name="writer", ok=False, detail=str(error), remedy=remedy)]


async def _places(settings: Settings, reader: Reader) -> list[str]:
    seen = settings.namespaces or await reader.namespaces()
    return [name for name in seen if name not in settings.protected_namespaces]


async def _ask(settings: Settings) -> Plan | Refusal:
    """Ask the executor about something that is not there."""
    store = await open_store(settings.store_url)
    try:
        planner = RemotePlanner(store.plans, SystemClock(), RandomIds(), LocalBell())
        return await planner.plan(Scope(namespaces=("default",)), Restart(target=_NOWHERE))
    finally:
        await store.close()


async def _slack(settings: Settings) -> Check:
    token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
    return await checks.slack(settings, Slack(patient_client(token, settings.slack_base_url)).me)
