"""The border: who presses a button or fills in a form belongs to the workspace that the bot is installed in."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from slack_bolt.response import BoltResponse

from bot.listeners.click import click_of, note
from bot.slack import Slack
from domain.audit import Deed, Record
from domain.ports import Audit, Clock

log = logging.getLogger(__name__)

RULE = "other-workspace"
_PRESSED = "block_actions"
_FILLED_IN = "view_submission"
WORDS = "You belong to another workspace, so I take no click of yours; ask somebody of mine. Nothing was changed."


@dataclass(frozen=True)
class Border:
    """In a channel that several workspaces share, only the people of ours decide; who is of none, does not."""

    team: str
    """Id of the workspace."""
    audit: Audit
    clock: Clock
    slack: Slack

    async def check(self, body: dict[str, Any], next_: Callable[[], Awaitable[BoltResponse]]) -> BoltResponse:
        """Global middleware. A click from elsewhere is put on record, answered, and goes no further."""
        kind = body.get("type")
        if kind not in (_PRESSED, _FILLED_IN) or teams_of(body) == {self.team}:
            return await next_()
        click = click_of(body)
        at, by = self.clock.now(), click.user or "nobody"
        said = f"{by} clicked from workspace {', '.join(sorted(teams_of(body))) or 'unknown'}; it was refused."
        log.warning(said)
        await self.audit.append(Record(deed=Deed.DENIED, by=by, at=at, rule=RULE, detail=said))
        if kind == _FILLED_IN:
            view = note("Nothing was changed", WORDS)
            return BoltResponse(status=200, body={"response_action": "update", "view": view})
        if click.user and click.channel:
            await self.slack.whisper(click.channel, click.user, WORDS, click.thread)
        return BoltResponse(status=200)


def teams_of(body: dict[str, Any]) -> set[str]:
    """The workspaces that a payload names: where it comes from, and whose person it is."""
    found = (body.get("team"), body.get("user"))
    ids = ((held or {}).get(name) for held, name in zip(found, ("id", "team_id"), strict=True))
    return {str(team)[:40] for team in ids if team}
