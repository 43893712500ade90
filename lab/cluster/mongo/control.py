"""`if (VALUE SIGN VALUE) { … } else { … }` of the mongo shell."""

import operator
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from lab.cluster.mongo.literals import BadSyntax, Reader

Step = Callable[[Reader], Any]
"""Carries one statement out, or works one expression out."""
_SIGNS: Final[Mapping[str, Callable[[Any, Any], bool]]] = MappingProxyType(
    {
        "===": operator.eq,
        "==": operator.eq,
        "!==": operator.ne,
        "!=": operator.ne,
        ">": operator.gt,
        "<": operator.lt,
        ">=": operator.ge,
        "<=": operator.le,
    }
)


def branch(reader: Reader, expression: Step, statement: Step) -> None:
    """Carry the one branch out and pass over the other. Raises BadSyntax."""
    reader.take("if")
    reader.take("(")
    left, sign = expression(reader), reader.take()
    if sign not in _SIGNS:
        raise BadSyntax(f"unexpected token: {sign!r}")
    holds = _SIGNS[sign](left, expression(reader))
    reader.take(")")
    _block(reader, holds, statement)
    if reader.peek() == "else":
        reader.take()
        _block(reader, not holds, statement)


def _block(reader: Reader, live: bool, statement: Step) -> None:
    """Statements in braces."""
    reader.take("{")
    if not live:
        depth = 1
        while depth > 0:
            depth += {"{": 1, "}": -1}.get(reader.take(), 0)
        return
    while reader.peek() != "}":
        if reader.peek() == ";":
            reader.take()
        else:
            statement(reader)
    reader.take("}")
