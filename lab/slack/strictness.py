"""What Slack refuses and local-slack does not: limits of messages and modals, as pure functions.

Sources: Block Kit reference (blocks, elements, composition objects); the undocumented total of about 13,200
characters is bolt-js#2509.
"""

from collections.abc import Iterator
from typing import Any

Args = dict[str, Any]
MOST_BLOCKS = 50
MOST_MODAL_BLOCKS = 100
MOST_TOTAL = 13_200
MOST_TEXT = 40_000
_KNOWN = {"actions", "context", "divider", "header", "image", "input", "section"}
"""The block types we use; anything else is refused here so that it does not slip in."""


def complaint(method: str, arguments: Args) -> tuple[str, str] | None:
    """Slack's error code and message for a call it would refuse, or `None`."""
    if method in ("chat.postMessage", "chat.update", "chat.postEphemeral"):
        return _message(arguments)
    if method in ("views.open", "views.push", "views.update"):
        return _view(arguments.get("view") or {})
    return None


def _message(arguments: Args) -> tuple[str, str] | None:
    blocks = arguments.get("blocks") or []
    if not blocks and not arguments.get("text"):
        return "no_text", "neither text nor blocks"
    if len(arguments.get("text") or "") > MOST_TEXT:
        return "msg_too_long", "text is too long"
    wrong = next(_faults(blocks, MOST_BLOCKS), None)
    if wrong is not None:
        return "invalid_blocks", wrong
    if sum(len(text) for block in blocks for text in _texts(block)) > MOST_TOTAL:
        return "msg_blocks_too_long", "the blocks are too long together"
    return None


def _view(view: Args) -> tuple[str, str] | None:
    if not 0 < len(view.get("title", {}).get("text", "")) <= 24:
        return "invalid_arguments", "a title has 1 to 24 characters"
    if len(view.get("private_metadata", "")) > 3_000:
        return "invalid_arguments", "private_metadata has up to 3000 characters"
    has_input = any(block.get("type") == "input" for block in view.get("blocks", ()))
    if has_input and not view.get("submit"):
        return "invalid_arguments", "a modal with inputs needs a submit"
    wrong = next(_faults(view.get("blocks") or [], MOST_MODAL_BLOCKS), None)
    return ("invalid_arguments", wrong) if wrong else None


def _faults(blocks: list[Args], most: int) -> Iterator[str]:
    if len(blocks) > most:
        yield f"no more than {most} items allowed [json-pointer:/blocks]"
    ids = [block["block_id"] for block in blocks if block.get("block_id")]
    if len(ids) != len(set(ids)):
        yield "block_id already exists"
    for number, block in enumerate(blocks):
        for fault in _block_faults(block):
            yield f"{fault} [json-pointer:/blocks/{number}]"


def _block_faults(block: Args) -> Iterator[str]:
    kind = block.get("type")
    if kind not in _KNOWN:
        yield f"unsupported type: {kind}"
    if len(block.get("block_id", "")) > 255:
        yield "block_id must be less than 256 characters"
    text = (block.get("text") or {}).get("text", "")
    most = 150 if kind == "header" else 3_000
    if len(text) > most:
        yield f"must be less than {most + 1} characters"
    if kind == "section" and not text and not block.get("fields"):
        yield "must have text or fields"
    if kind == "header" and block["text"].get("type") != "plain_text":
        yield "header must be plain_text"
    fields = block.get("fields", [])
    if len(fields) > 10 or any(not 0 < len(field["text"]) <= 2_000 for field in fields):
        yield "fields: up to 10, of 1 to 2000 characters"
    yield from _element_faults(block)


def _element_faults(block: Args) -> Iterator[str]:
    elements = block.get("elements", [])
    if block.get("type") in ("actions", "context") and not 0 < len(elements) <= (
        25 if block["type"] == "actions" else 10
    ):
        yield "elements: too few or too many"
    ids = [element["action_id"] for element in elements if "action_id" in element]
    if len(ids) != len(set(ids)):
        yield "action_id already exists"
    for element in elements:
        if element.get("type") == "button":
            if not 0 < len(element["text"]["text"]) <= 75 or element["text"]["type"] != "plain_text":
                yield "a button's text is plain, of 1 to 75 characters"
            if len(element.get("value", "")) > 2_000 or len(element["action_id"]) > 255:
                yield "a button's value or action_id is too long"
        elif block.get("type") == "context" and not element.get("text"):
            yield "an element of a context needs text"
    held = block.get("element") or {}
    if len((held.get("placeholder") or {}).get("text", "")) > 150:
        yield "a placeholder has up to 150 characters"
    if len(held.get("initial_value", "")) > (held.get("max_length") or 3_000):
        yield "an initial value is longer than its input takes"


def _texts(block: Args) -> Iterator[str]:
    for part in (block.get("text"), *block.get("fields", ()), *block.get("elements", ())):
        inner = (part or {}).get("text", "")
        yield inner if isinstance(inner, str) else str(inner.get("text", ""))
