"""Measured tables as people read them in `docs/benchmarks.md`, each between two marks of its own."""

from collections.abc import Iterable, Sequence
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "benchmarks.md"


class NoPlace(ValueError):
    """The page has no marks for a table; a mistake of ours."""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """In Markdown; the first column is text, the others are numbers."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))


def put(name: str, text: str, page: Path = PAGE, by: str = "") -> None:
    """Replace what stands between the marks of a name; `by` is the bench, where it has another one.

    Raises:
        NoPlace: the page lacks one of them.
    """
    begin, end = f"<!-- {name}: made by make bench-{by or name} -->", f"<!-- {name}: end -->"
    before, opening, rest = page.read_text(encoding="utf-8").partition(begin)
    _, closing, after = rest.partition(end)
    if not opening or not closing:
        raise NoPlace(f"{page.name} has no place between '{begin}' and '{end}'.")
    page.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")
