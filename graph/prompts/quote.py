"""Text from elsewhere on its way to a model: stripped, quoted, marked line by line, fenced; so it stays data."""

import json
import re
import unicodedata
from collections.abc import Iterable

from domain.cluster import Ref
from domain.ports import Ids
from domain.visible import one_line, visible

MARK = "| "
"""Stands before every line of data."""
_FENCE = "data"
_LENGTH = 13
"""Characters of a fence: the prefix, a dash and eight that nobody can guess."""
_NAME = re.compile(r"[A-Z]\w* (?:[a-z0-9][-a-z0-9]*/)?[A-Za-z0-9][-\w.:]*")


def plain(text: str, most: int) -> str:
    """On one line, normalised, without hidden characters, and cut to `most` characters with a mark."""
    line = " ".join(one_line(unicodedata.normalize("NFKC", visible(text))).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def quoted(text: str, most: int) -> str:
    """`plain` text between quotation marks that it cannot close."""
    return json.dumps(plain(text, most), ensure_ascii=False)


def named(ref: Ref) -> str:
    """An object; what the API would not take for a name, as an event may hold it, is quoted."""
    name = str(ref)
    return name if _NAME.fullmatch(name) else quoted(name, 120)


def clipped(line: str, most: int) -> str:
    """`plain` for a line that holds quotations: one that the cut leaves open is closed again."""
    cut = plain(line, most)
    if not _is_open(cut):
        return cut
    shorter = plain(line, most - 1)
    return f'{shorter}"' if _is_open(shorter) else shorter


def fence_of(ids: Ids) -> str:
    """A fresh mark for data that others wrote: who wrote it cannot know it."""
    return ids.new(_FENCE)[:_LENGTH]


def fenced(lines: Iterable[str], fence: str) -> str:
    """The lines, each marked, between an opening and a closing mark; a line that imitates these loses them."""
    inside = "\n".join(MARK + one_line(line).replace(fence, _FENCE) for line in lines)
    return f"<{fence}>\n{inside}\n</{fence}>"


def _is_open(line: str) -> bool:
    """Whether a quotation begins in the line and does not end."""
    return line.replace('\\"', "").count('"') % 2 == 1
