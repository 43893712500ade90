"""Which fields of an action a person may edit in a modal, and the action that comes back."""

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import TypeAdapter, ValidationError

from domain.actions import Action, Undo
from domain.base import Value
from domain.errors import BadInput

_ACTION: TypeAdapter[Action] = TypeAdapter(Action)
_FIXED = {"action", "target"}


class Field(Value):
    """One input of the edit modal."""

    name: str
    value: str
    """As text; a mapping is written `cpu=500m, memory=1Gi`."""
    choices: tuple[str, ...] = ()
    """Closed answers; empty for free text."""
    mapping: bool = False


def editable(action: Action) -> tuple[Field, ...]:
    """The fields that a person may change; the object itself is fixed, and an undo is taken as it is."""
    if isinstance(action, Undo):
        return ()
    found = []
    for name, info in type(action).model_fields.items():
        if name in _FIXED:
            continue
        held: object = getattr(action, name)
        mapping = isinstance(held, Mapping)
        text = ", ".join(f"{k}={v}" for k, v in held.items()) if isinstance(held, Mapping) else str(held or "")
        if isinstance(held, int):
            text = str(held)
        found.append(Field(name=name, value=text, choices=_choices(info.annotation), mapping=mapping))
    return tuple(found)


def edited(action: Action, answers: Mapping[str, str | None]) -> Action:
    """The action with the answers in place; an answer that is missing or empty keeps its field.

    Raises:
        BadInput: an answer does not fit its field, or nothing was changed.
    """
    changes: dict[str, object] = {}
    for field in editable(action):
        text = (answers.get(field.name) or "").strip()
        if text and text != field.value:
            changes[field.name] = _mapping(field.name, text) if field.mapping else text
    if not changes:
        raise BadInput("Nothing was changed; approve or reject the proposal as it is.")
    try:
        return _ACTION.validate_python(_numbers(action, changes))
    except ValidationError as error:
        wrong = error.errors()[0]
        name = str(wrong["loc"][1]) if len(wrong["loc"]) > 1 else "The action"
        raise BadInput(f"{name}: {wrong['msg']}.") from error


def _numbers(action: Action, changes: Mapping[str, object]) -> dict[str, Any]:
    """Text that reads as a whole number becomes one where the field takes numbers (a port may be either)."""
    raw: dict[str, Any] = action.model_dump()
    for name, value in changes.items():
        takes_int = int in _members(type(action).model_fields[name].annotation)
        raw[name] = int(value) if takes_int and isinstance(value, str) and value.isdigit() else value
    return raw


def _mapping(name: str, text: str) -> dict[str, str]:
    made = {}
    for part in text.replace("\n", ",").split(","):
        key, equals, value = part.partition("=")
        if part.strip():
            if not equals or not key.strip():
                raise BadInput(f"{name}: write it as `key=value, key=value`; I cannot read {part.strip()[:60]!r}.")
            made[key.strip()] = value.strip()
    return made


def _members(annotation: Any) -> set[Any]:
    """The plain types of an annotation, through unions and `Annotated`."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _members(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return set().union(*(_members(member) for member in get_args(annotation))) - {NoneType}
    return {annotation}


def _choices(annotation: Any) -> tuple[str, ...]:
    return tuple(str(choice) for choice in get_args(annotation)) if get_origin(annotation) is Literal else ()
