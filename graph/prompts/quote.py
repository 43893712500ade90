"""Text from elsewhere on its way to a model: stripped, cut, quoted and fenced, so that it stays data."""

import json
import unicodedata
from collections.abc import Sequence

from domain.base import digest_of

_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cn", "Cs"})
"""Unicode categories that a person does not see and a model reads: controls, zero-width marks, tags."""


def plain(text: str, most: int) -> str:
    """On one line, normalised, without invisible characters, and cut to `most` characters with a mark."""
    seen = unicodedata.normalize("NFKC", text)
    kept = "".join(" " if c in "\n\r\t" else c for c in seen if c in "\n\r\t" or not _hidden(c))
    line = " ".join(kept.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def quoted(text: str, most: int) -> str:
    """`plain` text between quotation marks that it cannot close."""
    return json.dumps(plain(text, most), ensure_ascii=False)


def clipped(line: str, most: int) -> str:
    """`plain` for a line that holds quotations: one that the cut leaves open is closed again."""
    cut = plain(line, most)
    if not _is_open(cut):
        return cut
    shorter = plain(line, most - 1)
    return f'{shorter}"' if _is_open(shorter) else shorter


def fence_of(incident_id: str) -> str:
    """The word that marks an incident's data; text that was written before the incident cannot know it."""
    return f"data-{digest_of(['fence', incident_id])[:8]}"


def fenced(lines: Sequence[str], fence: str) -> str:
    """The lines between an opening and a closing mark; a line that imitates the mark loses it."""
    inside = "\n".join(line.replace(fence, "data") for line in lines)
    return f"<{fence}>\n{inside}\n</{fence}>"


def _hidden(character: str) -> bool:
    return unicodedata.category(character) in _INVISIBLE


def _is_open(line: str) -> bool:
    """Whether a quotation begins in the line and does not end."""
    return line.replace('\\"', "").count('"') % 2 == 1
