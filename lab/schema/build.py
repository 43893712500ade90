"""The JSON schema of scenario files, for editors: fields, their meaning, closed sets, the places of variants."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from lab.scenario import Scenario
from lab.schema.models import first_line, models_in, notes_of

TARGET: Final = Path(__file__).with_name("scenario.schema.json")
PLACE: Final = {"type": "string", "pattern": r"\$\{[a-z_]+\}"}
"""`${word}`, which a variant fills."""
VARIANTS: Final = {
    "type": "array",
    "minItems": 1,
    "description": "One scenario for each row; `${word}` anywhere in the file becomes the row's word, and "
    "`${variant}` its number, from 1.",
    "items": {"type": "object", "additionalProperties": {"type": ["string", "integer"]}},
}
CLOSED: Final = ("pattern", "enum", "format")
"""What lets a text in only if it is one of some; a place is let in besides."""


def schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12."""
    made = Scenario.model_json_schema()
    known = {name: model for model in models_in(Scenario) for name in _names(model)}
    for name, definition in [("Scenario", made), *made["$defs"].items()]:
        _describe(definition, known.get(name))
    made["properties"]["variants"] = VARIANTS
    opened: dict[str, Any] = _open(made)
    opened["$defs"]["Place"] = PLACE
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **opened}


def text() -> str:
    """The schema as its file holds it."""
    return json.dumps(schema(), indent=1) + "\n"


def _names(model: type) -> tuple[str, str]:
    """How pydantic calls a model: by its name or, where two share it, by its module as well."""
    return model.__name__, f"{model.__module__}.{model.__qualname__}".replace(".", "__")


def _describe(definition: dict[str, Any], model: Any) -> None:
    definition.pop("title", None)
    if "description" in definition:
        definition["description"] = first_line(definition["description"])
    notes = {} if model is None else notes_of(model)
    for name, property_ in definition.get("properties", {}).items():
        property_.pop("title", None)
        if name in notes:
            property_["description"] = notes[name]


def _open(node: Any, named: bool = False) -> Any:
    """The same schema, in which a place may stand for every number, switch and chosen word.

    `named`: the keys are names of fields or definitions, not words of JSON Schema.
    """
    if isinstance(node, list):
        return [_open(each) for each in node]
    if not isinstance(node, Mapping):
        return node
    inner = {key: _open(value, not named and key in ("properties", "$defs")) for key, value in node.items()}
    if named or not _is_closed(node):
        return inner
    described = {key: inner.pop(key) for key in ("description", "default") if key in inner}
    return {**described, "anyOf": [inner, {"$ref": "#/$defs/Place"}]}


def _is_closed(node: Mapping[str, Any]) -> bool:
    kind = node.get("type")
    return kind in ("integer", "number", "boolean") or (kind == "string" and any(key in node for key in CLOSED))
