"""Words for Slack's mrkdwn. Whatever comes from the cluster or from people goes through `escape` or `code`."""

import re
from collections.abc import Collection
from datetime import datetime

from domain.terms import RULE
from domain.visible import one_line

_STYLED = re.compile(r"(?<![\w*_~])([*_~])(?=\S)([^*_~\n]*[^\s*_~])\1(?![\w*_~])")
"""What Slack shows bold, slanted or struck out."""
_INERT = {"*": "∗", "_": "＿", "~": "∼"}

_USER = re.compile(r"@([UW][A-Z0-9]{2,})\b")


def escape(text: str) -> str:
    """One line of others: no link, mention or command (Slack reads those from `<…>`), and no style of ours."""
    line = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("```", "ˋˋˋ")
    return _STYLED.sub(lambda m: f"{_INERT[m[1]]}{m[2]}{_INERT[m[1]]}", line)


def code(text: str, most: int = 160) -> str:
    """One line of inline code; indentation survives, as both Slack and local-slack fold plain spaces."""
    line = cut(one_line(text.rstrip("\n")) or " ", most).replace("`", "ˋ")
    indent = len(line) - len(line.lstrip(" "))
    return f"`{escape(chr(0xA0) * indent + line[indent:])}`"


def cut(text: str, most: int) -> str:
    """At most that many characters; says with an ellipsis that something is missing."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def cut_lines(lines: list[str], most: int, what: str = "lines") -> list[str]:
    """At most that many lines, and how many are missing."""
    if len(lines) <= most:
        return lines
    return [*lines[:most], f"_… {len(lines) - most} more {what}_"]


def mention(user: str | None) -> str:
    """A person, or the rule that decided; anything else is shown as the plain word it is."""
    if user is None:
        return "nobody"
    if user.startswith(f"{RULE}:"):
        return f"the rule “{escape(user.removeprefix(f'{RULE}:'))}”"
    return f"<@{user}>" if re.fullmatch(r"[UW][A-Z0-9]{2,}", user) else escape(user)


def prose(text: str, people: Collection[str] = ()) -> str:
    """Escaped text in which `@USER` mentions those people, and only those."""
    return _USER.sub(lambda m: f"<@{m[1]}>" if m[1] in people else m[0], escape(text))


def clock(at: datetime) -> str:
    """Time of day. Slack's own `<!date>` would be local time, but local-slack shows it raw."""
    return f"{at:%H:%M} UTC"


def minutes(seconds: float) -> str:
    """A duration in the largest unit that fits."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def plain(mrkdwn: str) -> str:
    """The same words without marks, for `text` fallbacks that notifications show."""
    return re.sub(r"[*_`]", "", mrkdwn)
