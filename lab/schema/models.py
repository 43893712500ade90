"""The models that a scenario file is made of, and what their docstrings say."""

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from textwrap import dedent
from typing import Any, get_args

from pydantic import BaseModel


def models_in(model: type[BaseModel]) -> tuple[type[BaseModel], ...]:
    """The model and every model that its fields can hold, in the order of their first mention."""
    found: dict[type[BaseModel], None] = {}
    waiting = [model]
    while waiting:
        each = waiting.pop(0)
        if each not in found:
            found[each] = None
            waiting += [other for field in each.model_fields.values() for other in _mentioned(field.annotation)]
    return tuple(found)


def union_of(union: Any) -> tuple[type[BaseModel], ...]:
    """The models of a union, discriminated or not."""
    return tuple(_mentioned(union))


def _mentioned(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _mentioned(part)


@cache
def notes_of(model: type[BaseModel]) -> dict[str, str]:
    """What the docstrings under the fields of a model say, its bases included."""
    found: dict[str, str] = {}
    for each in reversed(model.__mro__):
        if issubclass(each, BaseModel) and each is not BaseModel:
            found |= _notes(each)
    return found


def first_line(text: str | None) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join(inspect.cleandoc(text or "").partition("\n\n")[0].split())


def _notes(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    (body,) = ast.parse(dedent(inspect.getsource(model))).body
    assert isinstance(body, ast.ClassDef)
    for statement, after in zip(body.body, body.body[1:], strict=False):
        match statement, after:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, " ".join(text.split())
