"""Raw output in a prompt: what of an artifact stands elsewhere than in a short quotation inside the data marks."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence

WINDOW = 60
"""Characters in a row that no sentence of AOI's shares with an artifact by chance; names in it are shorter."""
EXCERPT = 240
"""The longest quotation."""
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_OBJECT = re.compile(r"\b[A-Z]\w+ [a-z0-9-]+/[a-z0-9][\w.-]*")
"""An object by kind, namespace and name: AOI itself writes it so, in artifacts too; long names fill a window."""
_MARK = re.compile(r"^<(data-\w+)>$", re.MULTILINE)
_LINE = re.compile(r"^\| ", re.MULTILINE)
"""What every line of data begins with."""


def leaks(prompt: str, artifacts: Sequence[str]) -> list[str]:
    """What is wrong with the user's turn of a prompt, in sentences; empty when it holds raw text as it may."""
    texts = [" ".join(_OBJECT.sub("…", artifact).split()) for artifact in artifacts]
    mark = _MARK.search(prompt)
    if mark is None:
        return ["The data have no mark."]
    before, _, rest = prompt.partition(f"{mark[0]}\n")
    inside, closing, after = rest.partition(f"\n</{mark[1]}>")
    if not closing:
        return [f"The mark {mark[1]} is not closed."]
    if unmarked := [line for line in inside.split("\n") if not _LINE.match(line)]:
        return [f"A line of data has no mark of its own: {unmarked[0][:WINDOW]}"]
    inside = _LINE.sub("", inside)
    found = [f"Raw text stands bare: {part}" for part in _raw(_QUOTED.sub('""', inside), texts)]
    found += [f"Raw text stands outside the marks: {part}" for part in _raw(_bare(before) + _bare(after), texts)]
    found += [f"A quotation is longer than an excerpt: {each[:WINDOW]}…" for each in _long(inside)]
    return found


def _raw(text: str, artifacts: Iterable[str]) -> Iterator[str]:
    """The first stretch of each line that an artifact holds, too."""
    for line in text.splitlines():
        bare = " ".join(_OBJECT.sub("…", line).split())
        windows = (bare[at : at + WINDOW] for at in range(len(bare) - WINDOW + 1))
        yield from [part for part in windows if any(part in artifact for artifact in artifacts)][:1]


def _bare(text: str) -> str:
    """Without the marks of quotation: a quotation outside the data marks is no excuse."""
    return text.replace('"', "")


def _long(inside: str) -> Iterator[str]:
    for quotation in _QUOTED.findall(inside):
        try:
            said = json.loads(quotation)
        except ValueError:
            continue  # quotation marks of two neighbours, with AOI's own words in between
        if len(said) > EXCERPT:
            yield said
