"""Scenarios that differ in a few words, in one file.

    variants:
      - {service: user}
      - {service: cart}

Every `${service}` in the file becomes the word of the variant, and `${variant}` its number, from 1.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from domain.located import BadFile, Document

PLACE: Final = re.compile(r"\$\{([a-z_]+)\}")


def spread(document: Document) -> tuple[Document, ...]:
    """One document a variant; the document itself where it has none. Raises BadFile."""
    if not isinstance(document.data, dict) or "variants" not in document.data:
        return (document,)
    rows = document.data["variants"]
    if not isinstance(rows, list) or not rows or not all(_is_row(row) for row in rows):
        what, remedy = "`variants` is not a list of rows of words", "write `- {name: word}` for each variant"
        raise BadFile([document.mistake(("variants",), what, remedy)])
    for number, row in enumerate(rows):
        if any(_places(list(row.values()))):
            what, remedy = "a word of a variant holds a place itself", "write the word out"
            raise BadFile([document.mistake(("variants", number), what, remedy)])
    body = {key: value for key, value in document.data.items() if key != "variants"}
    return tuple(_one(document, body, row, number) for number, row in enumerate(rows, 1))


def _is_row(row: Any) -> bool:
    return isinstance(row, dict) and all(isinstance(word, str | int) for word in row.values())


def _one(document: Document, body: dict[str, Any], row: Mapping[str, Any], number: int) -> Document:
    words = {"variant": str(number), **{name: str(word) for name, word in row.items()}}
    if unknown := sorted(set(_places(body)) - set(words)):
        what, remedy = f"no variant says what ${{{unknown[0]}}} is", "give each variant that word"
        raise BadFile([document.mistake(("variants", number - 1), what, remedy)])
    return Document(document.file, _filled(body, words), document.node)


def _places(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield from PLACE.findall(data)
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _places(key)
            yield from _places(value)
    elif isinstance(data, list):
        for item in data:
            yield from _places(item)


def _filled(data: Any, words: Mapping[str, str]) -> Any:
    if isinstance(data, str):
        return PLACE.sub(lambda found: words[found[1]], data)
    if isinstance(data, dict):
        return {_filled(key, words): _filled(value, words) for key, value in data.items()}
    if isinstance(data, list):
        return [_filled(item, words) for item in data]
    return data
