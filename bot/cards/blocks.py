"""Block Kit builders within Slack's limits, from the few block types that local-slack shows too.

Limits: 50 blocks, 3,000 characters a section, 2,000 a field, 150 a header, 75 a button, 10 fields, and about
13,200 characters in all before `msg_blocks_too_long` (bolt-js#2509).
"""

from dataclasses import dataclass
from typing import Any, Literal

from bot.cards.text import cut, plain
from domain.ports import Message

Block = dict[str, Any]

MOST_BLOCKS = 50
MOST_TEXT = 2_900
MOST_FIELD = 1_900
MOST_TOTAL = 11_500
MOST_FALLBACK = 3_500


def section(text: str, accessory: Block | None = None) -> Block:
    """A paragraph, with a button beside it. `verbatim` keeps Slack from turning the cluster's words into links."""
    made: Block = {"type": "section", "text": _mrkdwn(cut(text, MOST_TEXT))}
    return made | ({"accessory": accessory} if accessory else {})


def fields(*pairs: tuple[str, str]) -> Block:
    """Up to ten short facts in two columns."""
    shown = [_mrkdwn(cut(f"*{name}*\n{value}", MOST_FIELD)) for name, value in pairs[:10]]
    return {"type": "section", "fields": shown}


def context(*texts: str) -> Block:
    """Small print."""
    return {"type": "context", "elements": [_mrkdwn(cut(text, MOST_FIELD)) for text in texts[:10]]}


def divider() -> Block:
    """A line."""
    return {"type": "divider"}


def header(text: str) -> Block:
    """A title, in plain text."""
    return {"type": "header", "text": {"type": "plain_text", "text": cut(text, 150), "emoji": True}}


def actions(*buttons: Block) -> Block:
    """A row of buttons."""
    return {"type": "actions", "elements": list(buttons)}


def button(label: str, action: str, value: str, style: Literal["primary", "danger"] | None = None) -> Block:
    """One button; the value is an opaque id, never anything that is trusted."""
    made: Block = {
        "type": "button",
        "action_id": action,
        "value": cut(value, 2_000),
        "text": {"type": "plain_text", "text": cut(label, 75), "emoji": True},
    }
    return made | ({"style": style} if style else {})


def paragraphs(lines: list[str]) -> list[Block]:
    """Lines in as many sections as they need; no line is split."""
    made: list[Block] = []
    held: list[str] = []
    for line in lines:
        if held and sum(map(len, held)) + len(held) + len(line) > MOST_TEXT:
            made.append(section("\n".join(held)))
            held = []
        held.append(line)
    return [*made, section("\n".join(held))] if held else made


@dataclass(frozen=True)
class Place:
    """Where a message goes."""

    incident_id: str | None
    channel: str
    thread: str


def message(key: str, place: Place, text: str, blocks: list[Block]) -> Message:
    """The message, cut to what Slack takes; the first block's id is the key that finds it again."""
    kept = _fit(blocks)
    kept[0] = {**kept[0], "block_id": key}
    return Message(
        key=key,
        incident_id=place.incident_id,
        channel=place.channel,
        thread=place.thread,
        text=cut(plain(text), MOST_FALLBACK),
        blocks=tuple(kept),
    )


def weight(block: Block) -> int:
    """Characters of a block that people read."""
    parts = [block.get("text"), *block.get("fields", ()), *block.get("elements", ())]
    return sum(len(_text_of(part)) for part in parts if part)


def _text_of(part: Block) -> str:
    inner = part.get("text", "")
    return inner if isinstance(inner, str) else str(inner.get("text", ""))


def _mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _fit(blocks: list[Block]) -> list[Block]:
    """Leave out of the middle what does not fit, and say so; the head and the buttons stay."""
    kept = list(blocks)
    left_out = 0
    while len(kept) > MOST_BLOCKS - 1 or sum(map(weight, kept)) > MOST_TOTAL:
        middle = [i for i, b in enumerate(kept) if i > 0 and b["type"] != "actions"]
        if not middle:
            break
        longest = max(middle, key=lambda i: (weight(kept[i]), i))
        left_out += weight(kept.pop(longest))
    if left_out:
        tail = next((i for i, b in enumerate(kept) if b["type"] == "actions"), len(kept))
        kept.insert(tail, context(f"… {left_out} characters are left out here; Slack takes no more."))
    return kept
