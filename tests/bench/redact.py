"""`python -m tests.bench.redact`: what the redactor finds, misses and alters; build/bench/redact.json, docs."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from tests.bench.docs import DOCS, put
from tests.bench.labelled import labelled_sets
from tests.bench.report import Measure, publish
from tests.tools.redact.corpus.assemble import HALVES, Case, Half, look_alikes, secrets
from tools.redact.service import Redactor

LINES = 60_000
"""Of logs that hold no secret."""
ARTIFACT = 200
"""Lines that are redacted together, as a probe's output is."""
EVERY = 20
"""One in so many lines of a log with secrets is one."""
MEANING: dict[str, str] = {
    "known": "known: the rules were written against it",
    "held": "held: written before them, never used for them",
}


@dataclass(frozen=True)
class Score:
    """How the redactor does on one half of the corpus."""

    name: str
    secrets: int
    missed: tuple[Case, ...]
    look_alikes: int
    altered: tuple[Case, ...]


@dataclass(frozen=True)
class Speed:
    """Lines a second of CPU time, and how many lines without a secret were altered on the way."""

    clean: float
    mixed: float
    altered: int


def main() -> None:
    """Measure, publish, and put the table into the page."""
    redactor = Redactor()
    halves = [score(half, redactor) for half in HALVES]
    speed = _speed(redactor)
    publish("redact", [*_measures(halves), *_speeds(speed)])
    put("redact", table(halves, speed), DOCS / "security.md")


def score(half: Half, redactor: Redactor) -> Score:
    """Judge one half."""
    hidden, plain = secrets(half), look_alikes(half)
    return Score(
        name=half,
        secrets=len(hidden),
        missed=tuple(case for case in hidden if case.left(redactor)),
        look_alikes=len(plain),
        altered=tuple(case for case in plain if case.redacted(redactor) != case.given),
    )


def table(halves: Sequence[Score], speed: Speed) -> str:
    """As people read it."""
    whole = Score(
        "both",
        sum(half.secrets for half in halves),
        tuple(case for half in halves for case in half.missed),
        sum(half.look_alikes for half in halves),
        tuple(case for half in halves for case in half.altered),
    )
    lines = [
        "| half of the corpus | secrets | found | missed | look-alikes | altered |",
        "|---|---:|---:|---:|---:|---:|",
        *(_row(MEANING[half.name], half) for half in halves),
        _row("both", whole),
        "",
        f"Logs without secrets: {speed.clean:,.0f} lines a second of CPU time, {speed.altered} of {LINES:,} lines"
        f" altered; with a secret in one of {EVERY} lines: {speed.mixed:,.0f} lines a second.",
        "",
        *_told("Missed", whole.missed),
        *_told("Altered", whole.altered),
    ]
    return "\n".join(lines).rstrip()


def _row(name: str, half: Score) -> str:
    found = half.secrets - len(half.missed)
    share, altered = found / half.secrets, len(half.altered) / half.look_alikes
    return (
        f"| {name} | {half.secrets} | {found} ({share:.1%}) | {len(half.missed)} | {half.look_alikes} |"
        f" {len(half.altered)} ({altered:.1%}) |"
    )


def _told(word: str, cases: Sequence[Case]) -> Iterator[str]:
    counts = Counter(f"{case.place} ({case.half})" for case in cases)
    if counts:
        yield f"{word}: {', '.join(f'{count} × {place}' for place, count in counts.items())}."


def _measures(halves: Sequence[Score]) -> Iterator[Measure]:
    for half in halves:
        missed, altered = len(half.missed), len(half.altered)
        yield Measure(f"secrets found, {half.name}", half.secrets - missed, "secrets", half.secrets)
        yield Measure(f"secrets missed, {half.name}", missed / half.secrets, "", half.secrets, 0.05)
        yield Measure(f"look-alikes altered, {half.name}", altered / half.look_alikes, "", half.look_alikes, 0.02)


def _speeds(speed: Speed) -> Iterator[Measure]:
    yield Measure("logs without secrets", speed.clean, "lines/s", LINES, note="CPU time")
    yield Measure("logs with secrets", speed.mixed, "lines/s", LINES, note=f"one of {EVERY} lines; CPU time")
    yield Measure("lines without secrets altered", speed.altered / LINES, "", LINES, 0.001)


def _speed(redactor: Redactor) -> Speed:
    clean = list(islice(_logs(), LINES))
    hidden = [case.given for half in HALVES for case in secrets(half) if isinstance(case.given, str)]
    mixed = [hidden[n // EVERY % len(hidden)] if n % EVERY == 0 else line for n, line in enumerate(clean)]
    seconds, out = _timed(redactor, clean)
    altered = sum(before != after for before, after in zip(clean, out, strict=True))
    return Speed(LINES / seconds, LINES / _timed(redactor, mixed)[0], altered)


def _logs() -> Iterator[str]:
    """Lines of many programs in turn."""
    sets = labelled_sets()
    for lines in zip(*(each.lines(LINES // len(sets) + 1, 7) for each in sets), strict=True):
        yield from (line.text for line in lines)


def _timed(redactor: Redactor, lines: Sequence[str]) -> tuple[float, list[str]]:
    texts = ["\n".join(lines[at : at + ARTIFACT]) for at in range(0, len(lines), ARTIFACT)]
    began = time.process_time()
    out = [redactor.text(text) for text in texts]
    return time.process_time() - began, "\n".join(out).split("\n")


if __name__ == "__main__":
    main()
