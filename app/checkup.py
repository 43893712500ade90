"""`aoi doctor`: the checks of `app.doctor` on the parts that the settings name."""

import asyncio
import json
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from app import doctor as checks
from app.doctor import Check
from app.lab_mark import is_lab
from app.model import model_health
from app.output import save
from app.parts import connect
from app.settings import Settings, load_settings
from bot.clients import patient_client
from bot.slack import Slack
from domain.errors import AoiError
from tools.cluster.reader import Reader
from tools.redact.service import Redactor


async def doctor(out: Path | None) -> int:
    """Print each check with its remedy; 1 when one fails."""
    found = await examine(load_settings())
    console = Console()
    for check in found:
        mark = "[green]ok[/green]   " if check.ok else "[red]mend[/red] "
        remedy = "" if check.ok else f" {check.remedy}"
        console.print(f"{mark}{check.name}: {escape(check.detail + remedy)}", highlight=False, soft_wrap=True)
    save(out, json.dumps([check.model_dump() for check in found], indent=2))
    return 0 if all(check.ok for check in found) else 1


async def examine(settings: Settings) -> list[Check]:
    """Every check. A part that cannot be opened is a failed check, and the others go on."""
    found = [await checks.database(settings.store_url, embedded=settings.store_url.startswith("sqlite"))]
    found += await _cluster(settings)
    found += [await _slack(settings), checks.approvers(settings)]
    found += [await checks.model(settings, lambda: model_health(settings))]
    return found


async def _cluster(settings: Settings) -> list[Check]:
    redactor = Redactor()
    try:
        async with (
            await connect(settings, writing=False) as reading,
            await connect(settings, writing=True) as writing,
        ):
            reader, writer = Reader(reading, redactor), Reader(writing, redactor)
            sees = await checks.reader_sees(reader.namespaces, settings.namespaces)
            if not sees.ok:
                return [sees]
            seen = settings.namespaces or await reader.namespaces()
            places = [name for name in seen if name not in settings.protected_namespaces]
            return [
                sees,
                *await asyncio.gather(
                    checks.reader_cannot_write(reader, places), checks.writer_can_act(writer, places)
                ),
                checks.local_slack(settings, await is_lab(reading)),
            ]
    except AoiError as error:
        remedy = "Check AOI_KUBECONFIG and the contexts, or AOI_IN_CLUSTER."
        return [Check(name="cluster", ok=False, detail=str(error), remedy=remedy)]


async def _slack(settings: Settings) -> Check:
    token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
    return await checks.slack(settings, Slack(patient_client(token, settings.slack_base_url)).me)
