"""The modal with a probe's raw output, redacted as it is stored, as far as Slack takes it."""

import json
from collections.abc import Iterator

from bot.cards.blocks import Block, context, paragraphs, section
from bot.cards.modals import View, read_modal
from bot.cards.text import code, cut, escape
from domain.evidence import Artifact

MOST_BLOCKS = 90
MOST_BYTES = 200_000
"""Of the blocks as JSON; Slack refuses views of more than 250 kB."""
_PIECE = 500
"""Characters of a line that stand together; five times as many when each must be escaped."""


def raw_modal(artifact: Artifact) -> View:
    """The output from its beginning; says when it is cut, and how to get the whole."""
    lines = artifact.text.splitlines()
    pieces = [piece for line in lines for piece in _pieces(line)]
    shown: list[Block] = []
    room = MOST_BYTES
    for block in paragraphs(pieces):
        room -= len(json.dumps(block))
        if room < 0 or len(shown) == MOST_BLOCKS:
            break
        shown.append(block)
    told = sum(block["text"]["text"].count("\n") + 1 for block in shown)
    taken = f"{artifact.taken_at:%Y-%m-%d %H:%M} UTC"
    head = f"*{escape(cut(artifact.probe, _PIECE))}*\nTaken {taken}, redacted."
    if told < len(pieces):
        share = f"{told * 100 // len(pieces)} %"
        head += f"\n✂️ About {share} of {len(lines)} lines fit here. The whole: {code(whole(artifact.id))}"
    return read_modal("Raw output", [section(head), *(shown or [section("_It is empty._")]), _small(artifact)])


def whole(artifact_id: str) -> str:
    """The command that prints all of it."""
    return f"aoi incident artifact {artifact_id}"


def _small(artifact: Artifact) -> Block:
    return context(f"Only you see this. {code(whole(artifact.id))}")


def _pieces(line: str) -> Iterator[str]:
    for start in range(0, max(1, len(line)), _PIECE):
        yield code(line[start : start + _PIECE] or " ", _PIECE)
