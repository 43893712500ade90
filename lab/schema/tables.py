"""The tables of `docs/scenarios.md`, between marks of their own, made from the models."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from lab import checks, operations
from lab.schema.models import first_line, notes_of, union_of

PAGE: Final = Path(__file__).parents[2] / "docs" / "scenarios.md"
TABLES: Final = {
    "operations": ("op", operations.Operation, ("at", "by")),
    "checks": ("check", checks.Check, ()),
}
"""By mark: the field that tells the entries apart, the entries, and fields that all of them share."""


def filled(page: str) -> str:
    """The page with its tables made anew."""
    for mark, (tag, union, shared) in TABLES.items():
        table = "\n".join(_rows(tag, union, shared))
        pattern = re.compile(rf"(?<=<!-- {mark} -->\n).*?(?=<!-- end of {mark} -->)", re.DOTALL)
        page = pattern.sub((table + "\n").replace("\\", r"\\"), page)
    return page


def _rows(tag: str, union: Any, shared: tuple[str, ...]) -> Iterator[str]:
    yield f"| `{tag}` | fields | what it does |" if tag == "op" else f"| `{tag}` | fields | what must hold |"
    yield "|---|---|---|"
    for model in union_of(union):
        name = model.model_fields[tag].default
        fields = ", ".join(_fields(model, (tag, *shared)))
        yield f"| `{name}` | {fields} | {_said(model)} |"


def _fields(model: type[BaseModel], left_out: tuple[str, ...]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        if name not in left_out:
            yield f"`{name}`" if field.is_required() else f"[`{name}`]"


def _said(model: type[BaseModel]) -> str:
    notes = [f"`{name}`: {note}" for name, note in notes_of(model).items() if name not in ("at", "by")]
    return " ".join([first_line(model.__doc__), *notes]).replace("|", "\\|")
