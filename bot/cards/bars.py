"""Progress and curves in characters, which every surface shows."""

from collections.abc import Sequence

WIDTH = 20
_STEPS = "▁▂▃▄▅▆▇█"


def bar(share: float, width: int = WIDTH) -> str:
    """`████████░░░░░░░░░░░░ 40 %`"""
    share = min(max(share, 0.0), 1.0)
    full = round(share * width)
    return f"{'█' * full}{'░' * (width - full)} {share:.0%}"


def curve(values: Sequence[float], low: float | None = None, high: float | None = None) -> str:
    """`▁▂▄▆█` between the lowest and the highest value, or between given ends."""
    if not values:
        return ""
    least, most = min(values) if low is None else low, max(values) if high is None else high
    span = most - least or 1.0
    return "".join(_STEPS[min(int((value - least) / span * len(_STEPS)), len(_STEPS) - 1)] for value in values)
