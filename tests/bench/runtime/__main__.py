"""`python -m tests.bench.runtime [--all] [--seeds N]`: tables, build/bench/runtime.json, and the page in docs."""

import argparse
from collections.abc import Iterator, Sequence

from lab.reader.server import CAREFUL, PERFECT, RAW, ReaderServer, noisy_name
from tests.bench.docs import put
from tests.bench.evidence import gathered, measures
from tests.bench.report import Measure, publish
from tests.bench.runtime.drills import WITHOUT_CEILING, Totals, chosen, measured, patched, perfect_over_all
from tests.bench.runtime.incident import Simple, simple
from tests.bench.runtime.page import tables, whole_suite

LEVELS = (0, 10, 20, 40, 70)
"""Replies in a hundred that err."""


def main() -> None:
    """Measure; five minutes for the part, a quarter of an hour for all."""
    parser = argparse.ArgumentParser(description="The Observer's runtime with readers that err.")
    parser.add_argument("--all", action="store_true", help="all 86 tasks, not every incident once")
    parser.add_argument("--seeds", type=int, default=1, help="runs of each task (default 1)")
    wanted = parser.parse_args()
    suite, seeds = chosen(wanted.all), range(1, wanted.seeds + 1)
    with ReaderServer() as server:
        noisy = [
            (level, measured(server, suite, PERFECT if level == 0 else noisy_name(level, 1), "chat", seeds))
            for level in LEVELS
        ]
        raw = measured(server, suite, RAW, "react", seeds, WITHOUT_CEILING)
        perfect = noisy[0][1] if wanted.all else perfect_over_all(server, seeds)
        with patched({"AOI_MODEL_URL": server.url, "AOI_MODEL_NAME": CAREFUL}):
            incident = simple()
    evidence = gathered(suite, seeds)
    figures = (*_by_noise(noisy), *_whole(perfect), *_shown(noisy[0][1], raw), *measures(evidence))
    publish("runtime", [*figures, *_simple(incident)])
    put("runtime", tables(noisy, raw, evidence, incident))
    put("perfect", whole_suite(perfect), by="runtime")


def _by_noise(noisy: Sequence[tuple[int, Totals]]) -> Iterator[Measure]:
    for level, t in noisy:
        yield Measure(f"solved, {level} % err", 100 * t.solved / t.tasks, "%", t.tasks)
        yield Measure(f"harm, {level} % err", t.harmed, "tasks", t.tasks, target=1)
        yield Measure(f"incidents lost, {level} % err", t.lost, "tasks", t.tasks, target=1)
        yield Measure(f"replies sent back, {level} % err", t.asked_again, "replies", t.tasks)
        yield Measure(f"steps of the playbook, {level} % err", t.stand_ins, "steps", t.tasks)


def _whole(t: Totals) -> Iterator[Measure]:
    yield Measure("not solved by the perfect reader, all tasks", 1 - t.solved / t.tasks, "", t.tasks, target=0.03)


def _shown(chat: Totals, raw: Totals) -> Iterator[Measure]:
    yield Measure("tokens a task, chat", chat.shown / chat.tasks, "tokens", chat.tasks)
    yield Measure("tokens a task, react", raw.shown / raw.tasks, "tokens", raw.tasks)
    yield Measure("share of the tokens", chat.shown / raw.shown, "", chat.tasks, target=0.2)
    yield Measure("share, longest prompts alone", chat.once / raw.once, "", chat.tasks, target=0.2)


def _simple(incident: Simple) -> Iterator[Measure]:
    yield Measure("simple incident, characters", incident.characters, "characters", target=27_001)
    yield Measure("simple incident, CPU", incident.cpu_seconds, "s", target=1.0, note="the thread of AOI")


if __name__ == "__main__":
    main()
