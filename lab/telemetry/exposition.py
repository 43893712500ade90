"""The `/metrics` page that a Prometheus scrapes: text format 0.0.4, or OpenMetrics 1.0 for who accepts it."""

from collections import defaultdict

from lab.cluster.api.answer import Answer
from lab.telemetry.http import Asked
from lab.telemetry.metrics import Metrics, type_of
from lab.telemetry.prometheus_api import spelled
from lab.telemetry.series import Labels

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def page(metrics: Metrics, asked: Asked) -> Answer:
    """Every series as it is now."""
    is_open = "application/openmetrics-text" in asked.accept
    families: dict[str, list[str]] = defaultdict(list)
    with metrics.lock:
        now = metrics.now()
        for each in metrics.series():
            value = each.value(now)
            if value is not None:
                families[_family(each.name, is_open)].append(f"{_line(each.labels)} {spelled(value)}")
    lines = []
    for name, rows in families.items():
        kind = type_of(name) if name.startswith("http_request_duration") or not is_open else _open_type(name, rows)
        lines += [f"# TYPE {name} {kind}", *rows]
    if is_open:
        lines.append("# EOF")
    return Answer(200, ("\n".join(lines) + "\n").encode(), OPEN if is_open else TEXT)


def _family(name: str, is_open: bool) -> str:
    """The name that the lines of one metric share."""
    if type_of(name) == "histogram":
        return name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count")
    return name.removesuffix("_total") if is_open else name


def _open_type(name: str, rows: list[str]) -> str:
    return "counter" if rows[0].startswith(f"{name}_total") else "gauge"


def _line(labels: Labels) -> str:
    inner = ",".join(f'{key}="{_escaped(word)}"' for key, word in labels.items() if key != "__name__")
    return f"{labels['__name__']}{{{inner}}}"


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
