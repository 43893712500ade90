"""Where a bench writes what it measured: between two marks on a page of `docs`."""

from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def put(name: str, text: str, page: str = "benchmarks") -> None:
    """Replace what stands between the marks of the bench `name`."""
    begin, end = f"<!-- {name}: made by make bench-{name} -->", f"<!-- {name}: end -->"
    path = DOCS / f"{page}.md"
    old = path.read_text(encoding="utf-8")
    before, _, rest = old.partition(begin)
    _, found, after = rest.partition(end)
    assert found, f"{path.name} has no marks for {name}"
    path.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")
