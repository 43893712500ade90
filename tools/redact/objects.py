"""Secrets by their place in a Kubernetes object: env values, ConfigMap data, arguments, annotations, Secrets."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from domain.visible import visible
from tools.redact.assigned import kind_of
from tools.redact.names import could_be_secret, names_secret, perhaps_secret
from tools.redact.references import is_place, refers

Text = Callable[[str], str]

_OPAQUE = frozenset({"managedFields", "uid", "resourceVersion", "creationTimestamp", "ownerReferences"})
"""Parts without free text; walking them would cost more than all the rest."""
_NAMES = frozenset({"secretName", "name", "key", "serviceAccountName"})
"""Fields that name things and hold no values."""


def redact_object(thing: Any, text: Text) -> Any:
    """A copy of a JSON value without its secrets; `text` redacts free text."""
    if isinstance(thing, str):
        return text(thing)
    if isinstance(thing, dict):
        return _mapping(thing, text)
    return _sequence(thing, text) if isinstance(thing, list | tuple) else thing


def _mapping(thing: dict[str, Any], text: Text) -> dict[str, Any]:
    if thing.get("kind") == "Secret":
        return {k: _hidden(v) if k in ("data", "stringData") else _entry(k, v, text) for k, v in thing.items()}
    if "remoteRef" in thing and isinstance(thing.get("secretKey"), str):
        return {k: v if k == "secretKey" else _entry(k, v, text) for k, v in thing.items()}
    if isinstance(name := thing.get("name"), str) and isinstance(value := thing.get("value"), str):
        return {k: _named(name, value, text) if k == "value" else _entry(k, v, text) for k, v in thing.items()}
    return {key: _entry(key, value, text) for key, value in thing.items()}


def _entry(key: str, value: Any, text: Text) -> Any:
    if key in _OPAQUE:
        return value
    if key == "binaryData" and isinstance(value, Mapping):
        return dict.fromkeys(value, "[redacted:binary]")
    if isinstance(value, str):
        named = key in _NAMES or (key == "secret" and is_place(value))
        return visible(value) if named else _named(key, value, text)
    return redact_object(value, text)


def _named(name: str, value: str, text: Text) -> str:
    """A string under a name: whole when the name says secret, JSON by its structure, else as free text."""
    if (names_secret(name) or perhaps_secret(name, value)) and could_be_secret(value) and not refers(name, value):
        return f"[redacted:{kind_of(name)}]"
    if value[:1] in ("{", "[") and value.rstrip()[-1:] in ("}", "]"):
        try:
            inner = json.loads(value)
        except ValueError:
            return text(value)
        hidden = redact_object(inner, text)
        if hidden != inner:
            return text(json.dumps(hidden, ensure_ascii=False, separators=(",", ":")))
    return text(value)


def _sequence(items: Sequence[Any], text: Text) -> list[Any]:
    """A list; what follows a flag such as `--password` in an argument list is a secret too."""
    out: list[Any] = []
    flag = ""
    for item in items:
        if isinstance(item, str) and names_secret(flag) and could_be_secret(item) and not item.startswith("-"):
            out.append(f"[redacted:{kind_of(flag)}]")
        else:
            out.append(redact_object(item, text))
        flag = item if isinstance(item, str) and item.startswith("-") and "=" not in item else ""
    return out


def _hidden(data: Any) -> Any:
    return dict.fromkeys(data, "[redacted:secret]") if isinstance(data, Mapping) else "[redacted:secret]"
