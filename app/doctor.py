"""`aoi doctor`: checks each part and says how to mend it. Each check looks at one thing and never raises."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import assert_never

from app.rights import (
    Asks,
    Right,
    beyond_reading,
    beyond_the_catalogue,
    forbidden_to_reader,
    held,
    needed_by_writer,
)
from app.settings import Settings
from app.wording import missing_for_slack, writer_in_the_bot
from domain.base import Value
from domain.errors import AoiError
from domain.located import BadFile
from domain.policy_file import read_policy
from domain.terms import Mode
from graph.model.health import ModelHealth
from store.migrate import Shape, examine

_NAMED = 3
"""Rights that a finding names; the others are counted."""


class Check(Value):
    """What one look found."""

    name: str
    ok: bool
    detail: str
    """One sentence."""
    remedy: str = ""
    """What to do; empty when nothing has to be done."""


async def database(url: str, embedded: bool) -> Check:
    """Reachable, writable, and with the tables of this version; an `embedded` one upgrades itself."""
    name = "database"
    try:
        found = await examine(url)
    except AoiError as e:
        return _bad(name, e, "Make it available, or set AOI_DATABASE_URL to another one.")
    match found:
        case Shape.CURRENT:
            return Check(name=name, ok=True, detail="It answers, can be written, and its tables are up to date.")
        case Shape.BEHIND if embedded:
            return Check(name=name, ok=True, detail="It answers; its tables are made at the next start.")
        case Shape.BEHIND:
            return Check(name=name, ok=False, detail="Its tables are behind.", remedy="Run aoi db upgrade.")
        case Shape.AHEAD:
            remedy = "Run that version of AOI, or name another database in AOI_DATABASE_URL."
            return Check(name=name, ok=False, detail="A newer AOI made its tables.", remedy=remedy)
        case other:
            assert_never(other)


async def reader_sees(namespaces: Callable[[], Awaitable[Sequence[str]]], allowed: Sequence[str]) -> Check:
    """The cluster answers the reader, and shows it the namespaces that the settings allow."""
    name = "reader"
    try:
        seen = await namespaces()
    except AoiError as e:
        return _bad(name, e, "Check AOI_KUBECONFIG and AOI_READER_CONTEXT, or AOI_IN_CLUSTER.")
    missing = sorted(set(allowed) - set(seen))
    if missing:
        detail = f"The cluster answers, and the reader does not see {', '.join(missing)}."
        return Check(name=name, ok=False, detail=detail, remedy="Grant it there, or correct AOI_NAMESPACES.")
    return Check(name=name, ok=True, detail=f"The cluster answers and shows {_count(len(seen), 'namespace')}.")


async def reader_cannot_write(reader: Asks, namespaces: Sequence[str]) -> Check:
    """The API server itself says that the reader may not write, run commands or read Secrets."""
    name = "reader cannot write"
    rights = forbidden_to_reader(namespaces)
    try:
        wrong = await held(reader, rights) or await beyond_reading(reader, namespaces)
    except AoiError as e:
        return _bad(name, e, "Let the reader create selfsubjectaccessreviews, as deploy/rbac.yaml does.")
    if wrong:
        detail = f"The reader may {_listed(wrong)}; the process that talks to the model must hold no such right."
        remedy = "Give the reader the roles of deploy/rbac.yaml and no other, or name another AOI_READER_CONTEXT."
        return Check(name=name, ok=False, detail=detail, remedy=remedy)
    return Check(
        name=name, ok=True, detail=f"The API server denies it all of {_count(len(rights), 'right')} asked."
    )


async def writer_can_act(writer: Asks, namespaces: Sequence[str]) -> Check:
    """The writer has the rights of the action set in every namespace."""
    name = "writer can act"
    rights = needed_by_writer(namespaces)
    try:
        has = set(await held(writer, rights))
    except AoiError as e:
        return _bad(name, e, "Check AOI_WRITER_KUBECONFIG and AOI_WRITER_CONTEXT.")
    lacking = [right for right in rights if right not in has]
    if lacking:
        remedy = "Bind the writer to the roles of deploy/rbac.yaml in these namespaces, or narrow AOI_NAMESPACES."
        return Check(name=name, ok=False, detail=f"The writer may not {_listed(lacking)}.", remedy=remedy)
    return Check(
        name=name, ok=True, detail=f"The writer has all {_count(len(rights), 'right')} that actions take."
    )


async def writer_does_no_more(writer: Asks, namespaces: Sequence[str]) -> Check:
    """The writer may do what actions take, and nothing else."""
    name = "writer does no more"
    try:
        extra = await beyond_the_catalogue(writer, namespaces)
    except AoiError as e:
        return _bad(name, e, "Let the writer create selfsubjectrulesreviews, as every identity may by default.")
    if extra:
        detail = f"The writer may {_listed(extra)}, which no action of AOI takes."
        remedy = "Give the writer the roles of deploy/rbac.yaml and no other."
        return Check(name=name, ok=False, detail=detail, remedy=remedy)
    return Check(name=name, ok=True, detail="It may do what the actions take, and nothing else.")


def no_writer_here(settings: Settings, others: Sequence[str]) -> Check:
    """The bot's process holds the reader alone; `others` are users whose credentials lie in its kubeconfig too."""
    name = "no writer here"
    if said := writer_in_the_bot(settings):
        return Check(name=name, ok=False, detail=said, remedy="")
    if others:
        detail = f"The kubeconfig of this process also holds credentials of {', '.join(others)}."
        return Check(name=name, ok=False, detail=detail, remedy="Give it a file with the reader's alone.")
    return Check(name=name, ok=True, detail="This process holds the reader's credentials and no other.")


async def executor(ask: Callable[[], Awaitable[object]]) -> Check:
    """A separate executor runs; `ask` puts a question to it."""
    try:
        await ask()
    except AoiError as e:
        return _bad("executor", e, "Start it, over the same database.")
    return Check(name="executor", ok=True, detail="It answers.")


async def slack(settings: Settings, who: Callable[[], Awaitable[str]]) -> Check:
    """The tokens are there and Slack knows them; `who` asks Slack's `auth.test` and returns the bot's name."""
    missing = missing_for_slack(settings)
    if missing:
        remedy = "Put it into .env or the environment; docs tell how to make a Slack app."
        return Check(name="slack", ok=False, detail=" ".join(missing), remedy=remedy)
    try:
        return Check(name="slack", ok=True, detail=f"Slack knows AOI as {await who()}.")
    except AoiError as e:
        return _bad("slack", e, "Check AOI_SLACK_BOT_TOKEN and the way to AOI_SLACK_BASE_URL.")


async def model(settings: Settings, look: Callable[[], Awaitable[ModelHealth]]) -> Check:
    """The model answers end to end; `look` asks it. Without it the playbook decides everything."""
    name = "model"
    if not settings.model_url or settings.model_name is None:
        return Check(name=name, ok=True, detail="None is named; the playbook decides.")
    try:
        health = await look()
    except AoiError as e:
        return _bad(name, e, "Until it is mended, the playbook decides in its place." if _chats(settings) else "")
    context = f", with a context of {health.context} tokens" if health.context else ""
    used = "" if _chats(settings) else " AOI_POLICY is 'playbook', so nobody asks it."
    said = f"{health.name} keeps to a schema and answered in {health.seconds:.1f} s{context}.{used}"
    return Check(name=name, ok=True, detail=said)


def approvers(settings: Settings) -> Check:
    """Somebody may approve."""
    if settings.policy_file is not None:
        return _policy(settings.policy_file)
    if not settings.approvers:
        remedy = "Set AOI_APPROVERS to the ids of users or user groups."
        return Check(
            name="approvers", ok=False, detail="Nobody may approve, so AOI can change nothing.", remedy=remedy
        )
    who = _count(len(settings.approvers), "person or group", "people or groups")
    alone = " They may approve what they asked for themselves." if settings.allow_self_approval else ""
    return Check(name="approvers", ok=True, detail=f"{who} may approve.{alone}")


def _policy(file: Path) -> Check:
    """A policy file is sound, and lets somebody approve something."""
    remedy = f"Mend the file; aoi policy check {file} tells every mistake."
    try:
        rules = read_policy(file).policy.rules
    except BadFile as e:
        return Check(name="approvers", ok=False, detail=str(e), remedy=remedy)
    acting = sum(rule.do is Mode.APPROVE for rule in rules)
    detail = f"{_count(len(rules), 'rule')} in {file}, of which {acting} let people approve."
    return Check(name="approvers", ok=True, detail=detail)


def local_slack(settings: Settings, lab_cluster: bool) -> Check:
    """Local-slack, where anybody can click as anybody, goes with the lab's cluster and no other."""
    name = "local Slack"
    if settings.local_slack and not lab_cluster:
        detail = (
            "AOI_SLACK_BASE_URL is a local Slack, where anybody can approve as anybody, and the cluster is real."
        )
        return Check(
            name=name, ok=False, detail=detail, remedy="Use Slack itself, or the lab's cluster: aoi demo."
        )
    detail = "In use, with the lab's cluster." if settings.local_slack else "Not in use."
    return Check(name=name, ok=True, detail=detail)


def _chats(settings: Settings) -> bool:
    return settings.policy == "chat"


def _bad(name: str, error: AoiError, remedy: str) -> Check:
    return Check(name=name, ok=False, detail=str(error), remedy=remedy)


def _listed(rights: Sequence[Right]) -> str:
    named = ", ".join(str(right) for right in rights[:_NAMED])
    return named if len(rights) <= _NAMED else f"{named} and {len(rights) - _NAMED} more"


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
