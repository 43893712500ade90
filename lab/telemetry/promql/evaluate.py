"""An expression at a time."""

from collections.abc import Iterator
from typing import Any

import promql_parser as promql

from lab.telemetry.promql import functions
from lab.telemetry.promql.aggregations import aggregate
from lab.telemetry.promql.binary import operate
from lab.telemetry.promql.parse import matching
from lab.telemetry.promql.values import Matrix, PromqlError, Sample, Source, Value, Vector, Window
from lab.telemetry.series import SCRAPE_SECONDS, Series

LOOK_BACK = 2 * SCRAPE_SECONDS
"""Seconds within which the last sample speaks for a series.

Prometheus takes five minutes but marks series that ended as stale at once; without marks, two scrapes come near.
"""


class Evaluation:
    """Evaluates trees over one source; selections are found once for a whole range of times."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._chosen: dict[str, list[Series]] = {}

    def at(self, tree: Any, at: float) -> Value:
        """The value of a tree at epoch seconds. Raises PromqlError."""
        match tree:
            case promql.NumberLiteral():
                return float(tree.val)
            case promql.StringLiteral():
                return str(tree.val)
            case promql.ParenExpr():
                return self.at(tree.expr, at)
            case promql.UnaryExpr():
                return operate("*", -1.0, self.at(tree.expr, at), None)
            case promql.VectorSelector():
                return Vector(list(self._instant(tree, at)))
            case promql.MatrixSelector():
                return self._range(tree, at)
            case promql.Call():
                return self._call(tree, at)
            case promql.AggregateExpr():
                parameter = None
                if tree.param is not None:
                    parameter = functions.number(self.at(tree.param, at), f"the parameter of {tree.op}")
                return aggregate(str(tree.op), self._vector(tree.expr, at), tree.modifier, parameter)
            case promql.BinaryExpr():
                return operate(str(tree.op), self.at(tree.lhs, at), self.at(tree.rhs, at), tree.modifier)
            case _:
                raise PromqlError(f"{type(tree).__name__} is not supported here")

    def _vector(self, tree: Any, at: float) -> Vector:
        value = self.at(tree, at)
        if not isinstance(value, Vector):
            raise PromqlError("an instant vector is wanted", "execution")
        return value

    def _call(self, tree: Any, at: float) -> Vector:
        name, arguments = tree.func.name, tree.args
        if name == "absent":
            return functions.absent(arguments[0], self._vector(arguments[0], at))
        if name == "histogram_quantile":
            share = functions.number(self.at(arguments[0], at), "the quantile")
            return functions.histogram_quantile(share, self._vector(arguments[1], at))
        window = arguments[0]
        while isinstance(window, promql.ParenExpr):
            window = window.expr
        if not isinstance(window, promql.MatrixSelector):
            raise PromqlError(f"{name} wants a range vector", "execution")
        return functions.rates(name, self._range(window, at, outlined=name != "irate"))

    def _instant(self, selector: Any, at: float) -> Iterator[Sample]:
        at -= _offset(selector)
        until = min(at, self._source.now())
        for series in self._select(selector):
            value = series.newest(at - LOOK_BACK, until)
            if value is not None:
                yield Sample(series.labels, value)

    def _range(self, tree: Any, at: float, outlined: bool = False) -> Matrix:
        """The windows; `outlined`: with no more samples than `rate` and `increase` need."""
        end = at - _offset(tree.vector_selector)
        start, until = end - tree.range.total_seconds(), min(end, self._source.now())
        windows = []
        for series in self._select(tree.vector_selector):
            if outlined:
                samples, count = series.outline(start, until)
            else:
                samples = series.between(start, until)
                count = len(samples)
            if samples:
                windows.append(Window(series.labels, samples, count))
        return Matrix(windows, start, end)

    def _select(self, selector: Any) -> list[Series]:
        key = str(selector)
        if key not in self._chosen:
            name, matches = matching(selector)
            self._chosen[key] = [each for each in self._source.series(name) if matches(each.labels)]
        return self._chosen[key]


def _offset(selector: Any) -> float:
    return 0.0 if selector.offset is None else float(selector.offset.total_seconds())
