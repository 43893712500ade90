"""The measured tables as people read them in `docs/benchmarks.md`."""

from collections.abc import Sequence

from tests.bench.docs import table
from tests.bench.evidence import Evidence
from tests.bench.runtime.drills import Totals
from tests.bench.runtime.incident import Simple


def tables(noisy: Sequence[tuple[int, Totals]], raw: Totals, evidence: Evidence, incident: Simple) -> str:
    """Success over noise, tokens against the baseline with the evidence that is left, and the simple incident."""
    by_noise = table(
        ("replies that err", "solved", "harm", "incidents lost", "replies sent back", "steps of the playbook"),
        (
            (
                f"{percent} %", f"{t.solved} of {t.tasks} ({t.solved / t.tasks:.0%})", f"{t.harmed}", f"{t.lost}",
                f"{t.asked_again}", f"{t.stand_ins}",
            )
            for percent, t in noisy
        ),
    )  # fmt: skip
    chat = noisy[0][1]
    shown = table(
        ("what the model is shown, tokens a task", "`chat`", "`react`, raw", "share"),
        (
            (name, f"{ours / chat.tasks:,.0f}", f"{theirs / raw.tasks:,.0f}", f"{ours / theirs:.1%}")
            for name, ours, theirs in (
                ("all prompts", chat.shown, raw.shown),
                ("the longest prompt", chat.once, raw.once),
            )
        ),
    )
    recall = f"Evidence recall on the same tasks and seeds: {evidence.recall:.1%} of {evidence.proofs} proofs."
    simple = (
        f"A simple incident with a round of probes: {incident.calls} calls of the model, {incident.characters:,}"
        f" characters in all prompts together, {incident.cpu_seconds:.1f} s of AOI's own CPU."
    )
    return "\n\n".join((by_noise, shown, recall, simple))


def whole_suite(perfect: Totals) -> str:
    """What the perfect reader solves of all tasks, and which it does not."""
    solved = f"{perfect.solved} of {perfect.tasks} runs ({perfect.solved / perfect.tasks:.1%})"
    lines = [f"Solved: {solved}; harm in {perfect.harmed}, {perfect.lost} without an answer."]
    return "\n".join(
        [*lines, *([""] if perfect.missed else []), *(f"- not solved: {each}" for each in perfect.missed)]
    )
