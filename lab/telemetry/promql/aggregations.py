"""`sum`, `avg`, `max`, `min`, `count` and `topk`, with `by` and `without`."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import promql_parser as promql

from lab.telemetry.promql.values import Sample, Vector, key_of

_FOLDS: dict[str, Callable[[Sequence[float]], float]] = {
    "sum": sum,
    "avg": lambda values: sum(values) / len(values),
    "max": max,
    "min": min,
    "count": lambda values: float(len(values)),
}


def aggregate(operator: str, vector: Vector, modifier: Any, parameter: float | None) -> Vector:
    """Fold each group of samples into one; `topk` keeps the largest of each as they are."""
    groups: dict[Any, list[Sample]] = defaultdict(list)
    for sample in vector.samples:
        groups[key_of(_kept(sample.labels, modifier))].append(sample)
    if operator == "topk":
        count = int(parameter or 0)
        best = (sorted(group, key=lambda each: -each.value)[:count] for group in groups.values())
        return Vector([sample for group in best for sample in group])
    fold = _FOLDS[operator]
    return Vector([Sample(dict(key), float(fold([s.value for s in group]))) for key, group in groups.items()])


def _kept(labels: Mapping[str, str], modifier: Any) -> dict[str, str]:
    if modifier is None:
        return {}
    if modifier.type == promql.AggModifierType.By:
        return {key: labels[key] for key in modifier.labels if key in labels}
    return {key: word for key, word in labels.items() if key not in (*modifier.labels, "__name__")}
