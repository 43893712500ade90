"""The last look at a message on its way to Slack: nothing in it links, mentions or commands but what AOI means to.

Cards escape what others wrote when they are made (`bot.cards.text`); whatever forgets to is caught here, as every
call of Slack's API passes `bot.slack`.
"""

import re
from typing import Any

from domain.visible import visible

_OURS = re.compile(
    r"<(?:@[UW][A-Z0-9]{2,}"  # a person
    r"|!subteam\^S[A-Z0-9]{2,}"  # a group of approvers
    r"|https?://[^\s<>|]+/archives/[CDG][A-Z0-9]+/p\d+\|[^<>|]*"  # the thread of a past incident
    r")>"
)

_SELECTOR = "\ufe0f"
"""Makes a sign an emoji; AOI's own words hold it."""


def guarded(text: str) -> str:
    """Slack's mrkdwn in which `<…>` stands for people, approvers and threads alone."""
    out: list[str] = []
    done = 0
    for match in _OURS.finditer(text):
        out += (_inert(text[done : match.start()]), match[0])
        done = match.end()
    return "".join((*out, _inert(text[done:])))


def guarded_blocks(thing: Any) -> Any:
    """Blocks or a whole view, with every mrkdwn text in it guarded; plain text needs no guard."""
    if isinstance(thing, dict):
        if thing.get("type") == "mrkdwn":
            return {**thing, "text": guarded(thing["text"]), "verbatim": True}
        return {key: guarded_blocks(value) for key, value in thing.items()}
    return [guarded_blocks(item) for item in thing] if isinstance(thing, list | tuple) else thing


def _inert(text: str) -> str:
    shown = _SELECTOR.join(map(visible, text.split(_SELECTOR)))
    return shown.replace("<", "&lt;").replace("```", "ˋˋˋ")
