"""The pictures of a report: reward while training, success by way of asking, and calibration.

Drawn without a screen; `matplotlib`, AOI's extra `learn`, is imported only here and only when something is drawn.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from domain.evaluation import Comparison, Evaluation
from learn.evaluation.compare import bins

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BEFORE, AFTER, GUIDE = "#9aa5b1", "#1264a3", "#d0d7de"
_WINDOW = 10
"""Steps that the smooth line of a reward curve averages."""


def draw(
    found: Comparison, before: Evaluation, after: Evaluation, rewards: Sequence[float], folder: Path
) -> Mapping[str, Path]:
    """Write the pictures as PNG and SVG; the PNG files by title."""
    drawn = {"Success by way of asking": types(found), "Calibration": calibration(before, after)}
    if rewards:
        drawn = {"Reward while training": curve(rewards), **drawn}
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, Path] = {}
    for title, figure in drawn.items():
        stem = title.lower().replace(" ", "-")
        files[title] = folder / f"{stem}.png"
        figure.savefig(files[title], dpi=150)
        figure.savefig(folder / f"{stem}.svg", metadata={"Date": None})
    return files


def curve(rewards: Sequence[float]) -> "Figure":
    """The mean reward of each step, and its running mean."""
    figure, axes = _canvas("Reward while training")
    axes.plot(range(1, len(rewards) + 1), rewards, color=GUIDE, linewidth=1)
    smooth = [sum(part := rewards[max(0, n - _WINDOW) : n]) / len(part) for n in range(1, len(rewards) + 1)]
    axes.plot(range(1, len(rewards) + 1), smooth, color=AFTER, linewidth=2)
    axes.set(xlabel="step", ylabel="mean reward", ylim=(0, max(1.0, *rewards)))
    return figure


def types(found: Comparison) -> "Figure":
    """Bars for all tasks and for each way of asking; the interval of the change stands on the newer bar."""
    figure, axes = _canvas("Success on held-out tasks")
    names = ["all", *(kind.type for kind in found.by_type)]
    old = [found.before.avg_at_k.value, *(kind.before for kind in found.by_type)]
    new = [found.after.avg_at_k.value, *(kind.after for kind in found.by_type)]
    changes = [found.change, *(kind.change for kind in found.by_type)]
    below = [change.value - change.low for change in changes]
    above = [change.high - change.value for change in changes]
    at = range(len(names))
    axes.bar([x - 0.2 for x in at], old, 0.4, color=BEFORE, label=found.before.model)
    axes.bar([x + 0.2 for x in at], new, 0.4, color=AFTER, label=found.after.model)
    axes.errorbar([x + 0.2 for x in at], new, [below, above], fmt="none", ecolor="#333", capsize=3)
    axes.set_xticks(list(at), names)
    axes.set(ylabel="share solved", ylim=(0, 1.05))
    axes.legend(frameon=False)
    return figure


def calibration(before: Evaluation, after: Evaluation) -> "Figure":
    """What was said to be sure against what came true; on the line is calibrated."""
    figure, axes = _canvas("Calibration of conclusions")
    axes.plot((0, 1), (0, 1), color=GUIDE, linewidth=1)
    for evaluation, colour in ((before, BEFORE), (after, AFTER)):
        found = bins(evaluation.runs)
        sizes = [20 + 2 * count for _, _, count in found]
        said, came = [one for one, _, _ in found], [one for _, one, _ in found]
        axes.scatter(said, came, s=sizes, color=colour, label=evaluation.model, zorder=2)
    axes.set(xlabel="confidence", ylabel="share solved", xlim=(0, 1.02), ylim=(-0.02, 1.02))
    axes.legend(frameon=False)
    return figure


def _canvas(title: str) -> tuple["Figure", "Axes"]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_title(title)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes
