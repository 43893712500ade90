"""Taking shell text apart into words, and filling in what a word says: quotes, escapes, variables, comments."""

import re
from collections.abc import Callable

_TOKEN = re.compile(
    r"""(?P<space>[ \t]+|\\\n)|(?P<comment>(?<![^\s;&|])\#[^\n]*)|(?P<end>\n)"""
    r"""|(?P<redirect>\d?(?:[<>]&(?:\d|-)|>>|<<|>|<))|(?P<sign>&&|\|\||;;|[;&|])"""
    r"""|(?P<word>(?:\\.|'[^']*'|"(?:\\.|[^"\\])*"|\$\{[^}]*\}|[^\s;&|<>'"\\])+)""",
    re.DOTALL,
)
_PART = re.compile(
    r"""\\(?P<escaped>.)|'(?P<single>[^']*)'|"(?P<double>(?:\\.|[^"\\])*)"|(?P<plain>(?:\$\{[^}]*\}|[^\\'"])+)""",
    re.DOTALL,
)
_VARIABLE = re.compile(r"\\([\"$`\\\n])|\$\{([A-Za-z_]\w*)(?::?-([^}]*))?\}|\$([A-Za-z_]\w*|\?)")

Lookup = Callable[[str], str | None]


def tokens(text: str) -> list[str]:
    """The words and signs of a text, quotes kept; a line's end becomes `;`. Raises ValueError."""
    found: list[str] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ValueError("unterminated quoted string")
        position = match.end()
        if match["end"]:
            found.append(";")
        elif match["space"] is None and match["comment"] is None:
            found.append(match[0])
    return found


def said(token: str, lookup: Lookup) -> str:
    """What a word stands for: quotes removed, variables filled in (not inside single quotes)."""

    def variable(found: re.Match[str]) -> str:
        if found[1] is not None:
            return found[1]
        return lookup(found[2] or found[4]) or found[3] or ""

    parts = []
    for part in _PART.finditer(token):
        if part["escaped"] is not None:
            parts.append(part["escaped"])
        elif part["single"] is not None:
            parts.append(part["single"])
        else:
            inside = part["double"] if part["double"] is not None else part["plain"]
            parts.append(_VARIABLE.sub(variable, inside))
    return "".join(parts)
