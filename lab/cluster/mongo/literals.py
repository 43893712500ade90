"""Values as people type them into the mongo shell, and as it prints them: JavaScript literals."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(
    r"\s*(?://[^\n]*|/\*.*?\*/)?\s*"
    r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|-?\d+(?:\.\d+)?|[A-Za-z_$][\w$]*|[=!]==?|[<>]=?|[{}\[\](),:;.=+]|\n|.)""",
    re.DOTALL,
)
_WORDS = {"true": True, "false": False, "null": None, "undefined": None}


class BadSyntax(Exception):
    """The text is not what the shell understands."""


@dataclass
class Reader:
    """Reads literals from a text, token by token."""

    text: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    position: int = 0

    def __post_init__(self) -> None:
        """Take the text apart; white space goes."""
        self.tokens = [found for found in _TOKEN.findall(self.text) if found.strip()]

    def peek(self) -> str:
        """The next token; empty at the end."""
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        """The next token. Raises BadSyntax when it is not the one that is wanted."""
        token = self.peek()
        if not token or (wanted and token != wanted):
            raise BadSyntax(f"unexpected token: {token!r}" if token else "unexpected end of input")
        self.position += 1
        return token

    def value(self) -> Any:
        """One literal, or texts joined by `+`."""
        found = self._one()
        while self.peek() == "+":
            self.take()
            found = f"{found}{self._one()}"
        return found

    def arguments(self) -> list[Any]:
        """Literals in parentheses."""
        return self._until("(", ")", self.value)

    def _one(self) -> Any:
        token = self.peek()
        if token == "{":
            return dict(self._until("{", "}", self._pair))
        if token == "[":
            return self._until("[", "]", self.value)
        self.take()
        if token[0] in "\"'":
            return _unquoted(token)
        if re.fullmatch(r"-?\d+", token):
            return int(token)
        if re.fullmatch(r"-?\d+\.\d+", token):
            return float(token)
        if token in _WORDS:
            return _WORDS[token]
        if token in self.variables:
            return self.variables[token]
        if self.peek() == "(":  # NumberLong(1), ObjectId("..."), new Date(): what is inside stands for it
            inside = self.arguments()
            return inside[0] if inside else ""
        if re.fullmatch(r"[A-Za-z_$][\w$]*", token):
            raise BadSyntax(f"{token} is not defined")
        raise BadSyntax(f"unexpected token: {token!r}")

    def _pair(self) -> tuple[str, Any]:
        token = self.take()
        key = _unquoted(token) if token[0] in "\"'" else token
        self.take(":")
        return key, self.value()

    def _until(self, opening: str, closing: str, item: Any) -> list[Any]:
        found: list[Any] = []
        self.take(opening)
        while self.peek() != closing:
            found.append(item())
            if self.peek() != closing:
                self.take(",")
        self.take(closing)
        return found


def written(value: Any, indent: int = 0) -> str:
    """A value as the shell prints it: short documents on one line, long ones on many, with tabs."""
    flat = _flat(value)
    if len(flat) <= 80 or not isinstance(value, (dict, list)):
        return flat
    inner, outer = "\t" * (indent + 1), "\t" * indent
    if isinstance(value, dict):
        lines = [f"{inner}{json.dumps(key)} : {written(each, indent + 1)}" for key, each in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{outer}}}"
    return "[\n" + ",\n".join(f"{inner}{written(each, indent + 1)}" for each in value) + f"\n{outer}]"


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        inside = ", ".join(f"{json.dumps(key)} : {_flat(each)}" for key, each in value.items())
        return f"{{ {inside} }}" if inside else "{ }"
    if isinstance(value, list):
        inside = ", ".join(_flat(each) for each in value)
        return f"[ {inside} ]" if inside else "[ ]"
    return json.dumps(value)


def _unquoted(token: str) -> str:
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t"}.get(found[1], found[1]), token[1:-1])
