"""The report as one static page that needs no server: the table, the gate and the pictures inside it."""

from collections.abc import Mapping
from html import escape
from pathlib import Path

from domain.evaluation import Comparison, Verdict
from learn.evaluation.report import rows

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: #1d1c1d }
table { border-collapse: collapse; width: 100% } td, th { padding: .3rem .6rem; border-bottom: 1px solid #d0d7de }
td + td, th + th { text-align: right; font-variant-numeric: tabular-nums } .no { color: #b42318 }
figure { margin: 1.5rem 0 } svg { width: 100%; height: auto }
"""


def page(found: Comparison, verdict: Verdict, pictures: Mapping[str, Path], notes: tuple[str, ...] = ()) -> str:
    """The HTML; `pictures` are the PNG files by title, of which the SVG files beside them are taken in."""
    old, new = escape(found.before.model), escape(found.after.model)
    table = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(before)}</td><td>{escape(after)}</td></tr>"
        for name, before, after in rows(found)
    )
    checks = "".join(
        f"<li class='{'yes' if check.passed else 'no'}'>{'Yes' if check.passed else 'No'}, {escape(check.name)}: "
        f"{escape(check.words)}</li>"
        for check in verdict.checks
    )
    drawn = "".join(
        f"<figure aria-label='{escape(title)}'>{_svg(file.with_suffix('.svg'))}</figure>"
        for title, file in pictures.items()
    )
    said = "".join(f"<p>{escape(note)}</p>" for note in notes)
    return (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{new} beside {old}</title>"
        f"<style>{_STYLE}</style><h1>{new} beside {old}</h1>"
        f"<p>{found.before.tasks} held-out tasks, {found.before.epochs} runs each.</p>{said}"
        f"<table><tr><th></th><th>{old}</th><th>{new}</th></tr>{table}</table>"
        f"<h2>The gate: {'passed' if verdict.passed else 'not passed'}</h2><ul>{checks}</ul>{drawn}</html>\n"
    )


def _svg(file: Path) -> str:
    """The drawing without its XML head, which has no place inside a page."""
    text = file.read_text(encoding="utf-8")
    return text[text.index("<svg") :]
