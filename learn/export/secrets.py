"""The last look before anything leaves: no text of any row may hold what the redactor finds.

Rows are made of what was redacted before it was stored, so a find means that something let a secret through.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from domain.errors import ExportRefused
from learn.export.card import Checked
from learn.export.rows import Row

Redact = Callable[[str], str]
_KIND = re.compile(r"\[redacted:([a-z-]+)\]")


def check(rows: Mapping[str, Sequence[Row]], redact: Redact) -> Checked:
    """What was looked at. Raises ExportRefused, with every run that still holds what looks like a secret."""
    kinds: dict[str, str | None] = {}
    """By text: the kind of secret in it."""
    found: dict[str, str] = {}
    """By run."""
    count = 0
    for row in (row for name in rows for row in rows[name]):
        count += 1
        for text in _texts(row.model_dump(mode="json")):
            if text not in kinds:
                kinds[text] = _kind(text, redact(text))
            if (kind := kinds[text]) is not None:
                found.setdefault(row.id.partition(":")[0], kind)
    if found:
        raise ExportRefused(_sentence(found))
    return Checked(rows=count, texts=len(kinds))


def _kind(text: str, clean: str) -> str | None:
    if clean == text:
        return None
    fresh = Counter(_KIND.findall(clean)) - Counter(_KIND.findall(text))
    return next(iter(sorted(fresh)), "secret")


def _sentence(found: Mapping[str, str]) -> str:
    (first, kind), *others = found.items()
    more = f", and {len(others)} runs more" if others else ""
    out = " ".join(f"--leave-out {run}" for run in found)
    return (
        f"Nothing was written: the rows of the run {first} hold what looks like a {kind}{more}; "
        f"find out how it got into `aoi incident show {first}`, and export without: {out}"
    )


def _texts(value: Any) -> Iterator[str]:
    """Every text in a row, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield key
            yield from _texts(inner)
    elif isinstance(value, Sequence):
        for inner in value:
            yield from _texts(inner)
