"""The measured tables as people read them in `docs/benchmarks.md`."""

from collections.abc import Sequence

from tests.bench.runtime.drills import Totals
from tests.bench.runtime.incident import Simple


def tables(noisy: Sequence[tuple[int, Totals]], raw: Totals, incident: Simple) -> str:
    """Success over noise, tokens against the baseline, and the simple incident."""
    lines = [
        "| replies that err | solved | harm | incidents lost | replies sent back | steps of the playbook |",
        "|---:|---:|---:|---:|---:|---:|",
        *(
            f"| {percent} % | {t.solved} of {t.tasks} ({t.solved / t.tasks:.0%}) | {t.harmed} | {t.lost} |"
            f" {t.asked_again} | {t.stand_ins} |"
            for percent, t in noisy
        ),
        "",
        "| what the model is shown, tokens a task | `chat` | `react`, raw | share |",
        "|---|---:|---:|---:|",
    ]
    chat = noisy[0][1]
    for name, ours, theirs in (
        ("all prompts", chat.shown, raw.shown),
        ("the longest prompt", chat.once, raw.once),
    ):
        share = ours / theirs
        lines.append(f"| {name} | {ours / chat.tasks:,.0f} | {theirs / raw.tasks:,.0f} | {share:.1%} |")
    lines += [
        "",
        f"A simple incident with a round of probes: {incident.calls} calls of the model, {incident.characters:,}"
        f" characters in all prompts together, {incident.cpu_seconds:.1f} s of AOI's own CPU.",
    ]
    return "\n".join(lines)
