"""`aoi audit verify|export`: whether the record still holds, and the record as a file."""

import json
import sys
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from app.output import save
from app.settings import load_settings
from domain.audit import Head, Link, flaws
from domain.errors import BadInput
from store.build import open_store


async def verify(known: str | None) -> int:
    """Print every flaw, or the head to note elsewhere; 1 when there is a flaw.

    Raises:
        BadInput: `known` is no head.
    """
    noted = head_of(known) if known else None
    links, head = await _chain()
    found = list(flaws(links, head, noted))
    console = Console()
    for flaw in found:
        console.print(escape(f"{flaw.what[0].upper()}{flaw.what[1:]}."), highlight=False)
    if found:
        return 1
    if head is None or head.seq == 0:
        console.print("Nothing is on record yet.")
        return 0
    console.print(
        f"{head.seq} rows, unbroken. Note this elsewhere: {head.seq}:{head.hash}", highlight=False, soft_wrap=True
    )
    return 0


async def export(path: Path | None) -> int:
    """Write a line a row: the record, and what seals it."""
    links, _ = await _chain()
    lines = "\n".join(line_of(link) for link in links)
    if path is not None:
        save(path, lines)
    elif lines:
        sys.stdout.write(f"{lines}\n")
    return 0


def head_of(text: str) -> Head:
    """`ROW:HASH` as `verify` prints it. Raises BadInput."""
    seq, _, digest = text.partition(":")
    if not seq.isdigit() or len(digest) != 64:  # SHA-256 in hex
        raise BadInput(
            f"{text[:80]!r} is no head of the audit; write it as `aoi audit verify` printed it, ROW:HASH."
        )
    return Head(seq=int(seq), hash=digest)


def line_of(link: Link) -> str:
    """One row as JSON; text that was tampered with and is no JSON any more stays text."""
    try:
        record = json.loads(link.text)
    except ValueError:
        record = link.text
    row = {"seq": link.seq, "prior": link.prior, "hash": link.hash, "text": link.text, "record": record}
    return json.dumps(row, ensure_ascii=False)


async def _chain() -> tuple[tuple[Link, ...], Head | None]:
    store = await open_store(load_settings().store_url)
    try:
        return await store.audit.chain()
    finally:
        await store.close()
