"""A unified diff in lines that read well without a code block, which local-slack does not show."""

from bot.cards.text import code, cut_lines

MOST_LINES = 24
MOST_OF_HIGH_RISK = 60
"""What can interrupt service is to be read as a whole."""
_SIGNS = {"+": "➕", "-": "➖"}


def readable(diff: str, most: int = MOST_LINES) -> list[str]:
    """Each line as inline code with its sign; file names go, gaps become an ellipsis, indentation shrinks."""
    hunks: list[list[str]] = [[]]
    for line in diff.splitlines():
        if line.startswith("@@"):
            hunks.append([])
        elif not line.startswith(("--- ", "+++ ", "\\")):
            hunks[-1].append(line)
    shown = [_hunk(hunk) for hunk in hunks if hunk]
    lines = [line for number, hunk in enumerate(shown) for line in (["⋯", *hunk] if number else hunk)]
    return cut_lines(lines, most, "lines of the change")


def _hunk(lines: list[str]) -> list[str]:
    """The changed lines and what stands above them; what follows the last change says nothing new."""
    kept = [line for line in lines if line.strip()]
    while kept and kept[-1][0] not in _SIGNS:
        kept.pop()
    indent = min((len(line[1:]) - len(line[1:].lstrip(" ")) for line in kept), default=0)
    return [f"{_SIGNS.get(line[0], '▫️')} {code(line[1:][indent:])}" for line in kept]
