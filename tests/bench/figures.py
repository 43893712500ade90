"""Measured tables in `docs/benchmarks.md`, each between two marks that name its bench."""

from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"


def put(bench: str, text: str) -> None:
    """Replace what stands between the marks of `make bench-BENCH`."""
    begin, end = f"<!-- {bench}: made by make bench-{bench} -->", f"<!-- {bench}: end -->"
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(end)
    PAGE.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")
