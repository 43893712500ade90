"""The few calls of Slack's Web API that the bot makes, with named errors; what they show passes the gate."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.cards.blocks import section
from bot.cards.gate import guarded, guarded_blocks
from bot.errors import slack_errors
from domain.errors import AoiError
from domain.ports import Message

log = logging.getLogger(__name__)

_PAGE = 200
_MOST_PAGES = 5
"""A thread of a thousand messages is searched; what lies further back is taken for absent."""


@dataclass(frozen=True)
class Slack:
    """Every method raises `SlackUnavailable` or `SlackRejected`, unless it says otherwise."""

    client: AsyncWebClient

    async def me(self) -> str:
        """The bot's own user id."""
        with slack_errors("auth.test"):
            return str((await self.client.auth_test())["user_id"])

    async def team(self) -> str:
        """Id of the workspace."""
        with slack_errors("auth.test"):
            return str((await self.client.auth_test())["team_id"])

    async def workspace(self) -> str:
        """The root of links into this workspace, such as `https://team.slack.com/`."""
        with slack_errors("auth.test"):
            return str((await self.client.auth_test()).get("url") or "")

    async def post(self, message: Message) -> str:
        """Post the message; returns its timestamp."""
        with slack_errors("a new message"):
            answer = await self.client.chat_postMessage(
                channel=message.channel,
                thread_ts=message.thread or None,
                text=guarded(message.text),
                blocks=guarded_blocks(message.blocks),
                unfurl_links=False,
                unfurl_media=False,
            )
            return str(answer["ts"])

    async def update(self, message: Message, ts: str) -> None:
        """Make the message at a timestamp look as wanted."""
        with slack_errors("a change of a message"):
            text, blocks = guarded(message.text), guarded_blocks(message.blocks)
            await self.client.chat_update(channel=message.channel, ts=ts, text=text, blocks=blocks)

    async def find(self, message: Message) -> str | None:
        """Timestamp of the message that carries this key as a block id, or `None`: was it posted already?"""
        async for shown in self._messages(message.channel, message.thread):
            if any(block.get("block_id") == message.key for block in shown.get("blocks") or ()):
                return str(shown["ts"])
        return None

    async def whisper(self, channel: str, user: str, text: str, thread: str = "") -> None:
        """Tell one person something that only they see. A failure is logged: the deed itself is done or not."""
        try:
            with slack_errors("an answer to one person"):
                await self.client.chat_postEphemeral(
                    channel=channel,
                    user=user,
                    text=guarded(text),
                    blocks=[guarded_blocks(section(text))],
                    thread_ts=thread or None,
                )
        except AoiError as e:
            log.warning("An answer that only %s sees was lost: %s", user, e)

    async def open_modal(self, trigger_id: str, view: dict[str, Any]) -> None:
        """Open a modal; the trigger must be used within three seconds of the click."""
        with slack_errors("a modal"):
            await self.client.views_open(trigger_id=trigger_id, view=guarded_blocks(view))

    async def push_modal(self, trigger_id: str, view: dict[str, Any]) -> None:
        """Put a modal on the one in which the click happened; closing it leads back."""
        with slack_errors("a modal"):
            await self.client.views_push(trigger_id=trigger_id, view=guarded_blocks(view))

    async def members(self, usergroup: str) -> frozenset[str]:
        """Users of a user group."""
        with slack_errors("the members of a user group"):
            answer = await self.client.usergroups_users_list(usergroup=usergroup)
            return frozenset(str(user) for user in answer["users"])

    async def files_in(self, channel: str, thread: str) -> frozenset[str]:
        """Titles of the files in a thread."""
        shown = [message async for message in self._messages(channel, thread)]
        return frozenset(str(file.get("title")) for message in shown for file in message.get("files") or ())

    async def upload(self, channel: str, thread: str, file: Path, title: str) -> None:
        """Put a file into a thread."""
        with slack_errors("a file"):
            await self.client.files_upload_v2(
                channel=channel, thread_ts=thread, file=str(file), filename=file.name, title=title, alt_txt=title
            )

    async def _messages(self, channel: str, thread: str) -> AsyncIterator[dict[str, Any]]:
        """Those of a thread, or of a channel's root, as far back as is looked."""
        cursor = ""
        for _ in range(_MOST_PAGES):
            page = await self._page(channel, thread, cursor)
            for shown in page.get("messages", ()):
                yield shown
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    async def _page(self, channel: str, thread: str, cursor: str) -> dict[str, Any]:
        with slack_errors("a look for a message"):
            if thread:
                answer = await self.client.conversations_replies(
                    channel=channel, ts=thread, limit=_PAGE, cursor=cursor or None
                )
            else:
                answer = await self.client.conversations_history(
                    channel=channel, limit=_PAGE, cursor=cursor or None
                )
            return answer.data if isinstance(answer.data, dict) else {}
