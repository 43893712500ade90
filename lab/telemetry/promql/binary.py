"""Operators between scalars and vectors; vectors are matched one to one."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import promql_parser as promql

from lab.telemetry.promql.values import PromqlError, Sample, Value, Vector, key_of


def _power(left: float, right: float) -> float:
    try:
        result = left**right
    except (OverflowError, ZeroDivisionError):
        return math.inf
    return result if isinstance(result, float) else math.nan


def _divide(left: float, right: float) -> float:
    if right == 0:
        return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left)
    return left / right


_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _divide,
    "%": lambda left, right: math.fmod(left, right) if right else math.nan,
    "^": _power,
}
_COMPARISON: dict[str, Callable[[float, float], bool]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    ">": lambda left, right: left > right,
    "<": lambda left, right: left < right,
    ">=": lambda left, right: left >= right,
    "<=": lambda left, right: left <= right,
}


def operate(operator: str, left: Value, right: Value, modifier: Any) -> Value:
    """The value of `left operator right`. Raises PromqlError."""
    as_bool = modifier is not None and modifier.return_bool
    match left, right:
        case float(), float():
            if operator in _COMPARISON:
                return float(_COMPARISON[operator](left, right))
            return _ARITHMETIC[operator](left, right)
        case Vector(), float():
            return _each(operator, left, lambda value: (value, right), as_bool)
        case float(), Vector():
            return _each(operator, right, lambda value: (left, value), as_bool)
        case Vector(), Vector():
            if operator in ("and", "or", "unless"):
                return _sets(operator, left, right, modifier)
            return _matched(operator, left, right, modifier, as_bool)
        case _:
            raise PromqlError(f"operator {operator!r} wants numbers or instant vectors", "execution")


def _each(operator: str, vector: Vector, sides: Callable[[float], tuple[float, float]], as_bool: bool) -> Vector:
    found = []
    for sample in vector.samples:
        result = _one(operator, sample, *sides(sample.value), as_bool)
        if result is not None:
            found.append(result)
    return Vector(found)


def _one(operator: str, sample: Sample, left: float, right: float, as_bool: bool) -> Sample | None:
    """What stands for a sample in the result: a comparison keeps it or drops it, with `bool` it says 1 or 0."""
    if operator in _ARITHMETIC:
        return sample.unnamed(_ARITHMETIC[operator](left, right))
    holds = _COMPARISON[operator](left, right)
    if as_bool:
        return sample.unnamed(float(holds))
    return sample if holds else None


def _matched(operator: str, left: Vector, right: Vector, modifier: Any, as_bool: bool) -> Vector:
    others: dict[Any, Sample] = {}
    for sample in right.samples:
        key = key_of(_signature(sample.labels, modifier))
        if key in others:
            raise PromqlError("found duplicate series for the match group on the right side", "execution")
        others[key] = sample
    found, used = [], set()
    for sample in left.samples:
        key = key_of(_signature(sample.labels, modifier))
        if key not in others:
            continue
        if key in used:
            raise PromqlError("multiple matches for labels: many-to-one matching must be explicit", "execution")
        used.add(key)
        result = _one(operator, sample, sample.value, others[key].value, as_bool)
        if result is not None:
            keep = result.labels if operator in _COMPARISON and not as_bool else dict(key)
            found.append(Sample(keep, result.value))
    return Vector(found)


def _sets(operator: str, left: Vector, right: Vector, modifier: Any) -> Vector:
    there = {key_of(_signature(sample.labels, modifier)) for sample in right.samples}
    here = {key_of(_signature(sample.labels, modifier)) for sample in left.samples}
    if operator == "or":
        more = [each for each in right.samples if key_of(_signature(each.labels, modifier)) not in here]
        return Vector([*left.samples, *more])
    wanted = operator == "and"
    return Vector([s for s in left.samples if (key_of(_signature(s.labels, modifier)) in there) == wanted])


def _signature(labels: Mapping[str, str], modifier: Any) -> dict[str, str]:
    """The labels by which two samples match."""
    matching = None if modifier is None else modifier.matching
    if matching is None:
        return {key: word for key, word in labels.items() if key != "__name__"}
    if matching.type == promql.LabelModifierType.Include:
        return {key: labels[key] for key in matching.labels if key in labels}
    return {key: word for key, word in labels.items() if key not in (*matching.labels, "__name__")}
