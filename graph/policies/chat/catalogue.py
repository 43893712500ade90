"""The probes and actions as a model is shown them and writes them, made of the domain's own types.

Two things are written shorter than the domain has them: an object is one string, and what the decision says once,
its namespace and its target, is not said again in each call.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from domain.actions import Action, Undo
from domain.base import Value
from domain.probes import ProbeCall
from graph.policies.chat.refs import REF_SCHEMA

_DEFS = "#/$defs/"
_REF = f"{_DEFS}Ref"
_CLAUSE = re.compile(r".{28,}?(?=[,;:] )")
_NOISE = frozenset({"title", "description", "default", "maxLength"})
"""What no grammar is made of. Bounds of numbers stay: what the schema lets through, `read_decision` must read."""
LINE: dict[str, Any] = {"type": "string", "pattern": "^.+$"}
"""A text that is not empty; the model writes single quotes in it, because a pattern knows no escapes there.

`minLength` and `maxLength` would say it better, but with them xgrammar 0.2, which vLLM uses, lets raw control
characters through, which are no JSON, and bounded patterns beyond some hundred characters are an error in it.
"""


@dataclass(frozen=True)
class Item:
    """One probe or action."""

    name: str
    made_by: type[Value]
    does: str
    properties: Mapping[str, Mapping[str, Any]]
    required: frozenset[str]

    @property
    def refs(self) -> frozenset[str]:
        """The arguments that name an object."""
        return frozenset(name for name, schema in self.properties.items() if schema is REF_SCHEMA)

    @property
    def line(self) -> str:
        """`name(argument, optional?): what it does`."""
        shown = (
            f"{name}{'' if name in self.required else '?'}{_hint(schema)}"
            for name, schema in self.properties.items()
        )
        return f"- {self.name}({', '.join(shown)}): {self.does}"

    def schema(self, tag: str) -> dict[str, Any]:
        """The JSON schema of a call, which names itself under `tag`."""
        return {
            "type": "object",
            "properties": {tag: {"const": self.name}, **self.properties},
            "required": [tag, *(name for name in self.properties if name in self.required)],
            "additionalProperties": False,
        }


def _items(union: Any, tag: str, said_once: str) -> dict[str, Item]:
    kinds: Sequence[type[Value]] = get_args(get_args(union)[0])
    items = (_item(kind, tag, said_once) for kind in kinds if kind is not Undo)
    return {item.name: item for item in items}


def _item(kind: type[Value], tag: str, said_once: str) -> Item:
    schema = kind.model_json_schema()
    arguments = {name: field for name, field in schema["properties"].items() if name not in (tag, said_once)}
    return Item(
        name=schema["properties"][tag]["const"],
        made_by=kind,
        does=_first_clause(" ".join((kind.__doc__ or "").split())),
        properties={name: _lean(field, schema.get("$defs", {})) for name, field in arguments.items()},
        required=frozenset(schema.get("required", ())) & arguments.keys(),
    )


def _first_clause(sentence: str) -> str:
    """Enough beside the name and the arguments, which tell the rest; the catalogues are in every prompt."""
    found = _CLAUSE.match(sentence)
    return f"{found[0]}." if found else sentence


def _lean(field: Mapping[str, Any], defs: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an argument without words; an argument that may be null is left out instead."""
    if field.get("$ref") == _REF:
        return REF_SCHEMA
    if "$ref" in field:
        return _lean(defs[field["$ref"].removeprefix(_DEFS)], defs)
    choices = [choice for choice in field.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        return _lean(choices[0], defs)
    if choices:
        return {"anyOf": [_lean(choice, defs) for choice in choices]}
    if "minLength" in field:
        return LINE
    return {key: value for key, value in field.items() if key not in _NOISE}


def _hint(schema: Mapping[str, Any]) -> str:
    """What an argument takes, where its name does not tell; the response format holds it to its type anyway."""
    if schema is REF_SCHEMA:
        return ": object"
    if "enum" in schema:
        return f": {'|'.join(schema['enum'])}"
    if "anyOf" in schema:
        return ": number or text"
    match schema["type"]:
        case "object":
            return ": map"
        case "array":
            return ": list"
        case _:
            return ""


PROBES = _items(ProbeCall, "probe", "namespace")
ACTIONS = _items(Action, "action", "target")
UNDO = "undo"
"""Asked for by name alone: what it takes back is the last change, which the journal knows."""
