"""What a run wrote and when, newest first and not yet filled in: readers mostly want the end of a log."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import merge

from lab.cluster.behaviour import Periodic
from lab.cluster.dependencies import Call
from lab.cluster.kubelet.state import CallRecord, Run
from lab.cluster.randomness import noise

LONGEST = 20_000
"""Lines kept of one run; the node rotates older ones away."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was written; its text may be several lines."""

    at: float
    """Epoch seconds."""
    text: str
    """A template, unless it is final."""
    more: Mapping[str, str] | None = None
    """What else the template may use."""
    final: bool = False


def newest_first(run: Run, until: float) -> Iterator[Entry]:
    """Everything a run wrote up to a time (epoch seconds); of one moment, the later source first."""
    said = sorted(run.said, key=lambda line: line.at)
    sources: list[Iterable[Entry]] = [[Entry(line.at, line.text, final=True) for line in said]]
    if run.script is None and run.reason != "StartError":
        sources += _program(run, until)
    backwards = [reversed(each) if isinstance(each, list) else each for each in reversed(sources)]
    return merge(*backwards, key=lambda entry: -entry.at)


def _program(run: Run, until: float) -> Iterator[Iterable[Entry]]:
    """One source a kind of line: lists oldest first, iterators newest first."""
    log = run.behaviour.log
    start = run.leak_from or run.started_at
    yield [Entry(start, each) for each in log.start]
    if run.start_checked and run.listens_from <= until:
        yield [Entry(run.listens_from, each) for each in log.ready]
        for periodic in run.periodic:
            yield _ticks(periodic, run, until)
    for call in run.behaviour.calls:
        record = run.calls.get(call.name)
        if record is not None and record.changes:
            yield _call_lines(call, record, run, until)
    if run.stop_asked_at is not None and run.stop_asked_at <= until:
        yield [Entry(run.stop_asked_at, each) for each in log.stop]


def _ticks(periodic: Periodic, run: Run, until: float) -> Iterator[Entry]:
    """A periodic line; tick n comes up to `jitter` of a period late."""
    step, first = periodic.seconds, run.listens_from
    spell = run.spells.get(spell_name(periodic)) if periodic.when is not None and periodic.when.changes else None
    last = int((until - first) / step)
    for number in range(last, max(1, last - LONGEST) - 1, -1):
        at = first + number * step + noise(run.seed, number) * periodic.jitter * step
        if spell is not None and not (spell.changes and at >= spell.changes[0]):
            return  # it never held before
        if at <= until and (spell is None or spell.held_at(at)):
            yield Entry(at, periodic.lines[number % len(periodic.lines)])


def spell_name(periodic: Periodic) -> str:
    """Under which a run keeps when a periodic line's condition held."""
    return f"log:{periodic.lines[0]}"


def _call_lines(call: Call, record: CallRecord, run: Run, until: float) -> Iterator[Entry]:
    """A line for each period of a failure, one when it is over."""
    failure = run.behaviour.call_failed if call.failed is None else call.failed
    ends = [at for at, _, _ in record.changes[1:]] + [until]
    first_failure = next((n for n, (_, error, _) in enumerate(record.changes) if error is not None), len(ends))
    for number in reversed(range(len(record.changes))):
        since, error, address = record.changes[number]
        more = {"name": call.name, "address": address, "error": error or ""}
        if error is not None:
            told = failure if call.rejected is None or error not in record.answers else call.rejected
            periods = min(int((ends[number] - since) / call.every_seconds) + 1, LONGEST)
            for period in reversed(range(periods)):
                yield Entry(since + period * call.every_seconds, told, more)
        elif number > first_failure and call.recovered is not None:
            yield Entry(since, call.recovered, more)
