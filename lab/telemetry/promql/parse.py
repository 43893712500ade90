"""Text to syntax tree, and the refusal of what is not supported."""

import re
from collections.abc import Callable
from typing import Any

import promql_parser as promql

from lab.telemetry.promql.values import PromqlError
from lab.telemetry.series import Labels

FUNCTIONS = frozenset(("rate", "irate", "increase", "histogram_quantile", "absent"))
AGGREGATIONS = frozenset(("sum", "avg", "max", "min", "count", "topk"))
OPERATORS = frozenset(("+", "-", "*", "/", "%", "^", "==", "!=", ">", "<", ">=", "<=", "and", "or", "unless"))


def parse(query: str) -> Any:
    """The tree of a query. Raises PromqlError for what is no PromQL, and by name for what is not supported."""
    try:
        tree = promql.parse(query)
    except ValueError as e:
        raise PromqlError(f'invalid parameter "query": parse error: {e}') from e
    refused: list[str] = []

    def look(node: Any) -> None:
        said = _unsupported(node)
        if said:
            refused.append(said)

    promql.walk(tree, look)
    if refused:
        raise PromqlError(f'invalid parameter "query": {refused[0]}')
    return tree


def _unsupported(node: Any) -> str | None:
    if isinstance(node, promql.Call) and node.func.name not in FUNCTIONS:
        return f"function {node.func.name!r} is not supported here; supported are {', '.join(sorted(FUNCTIONS))}"
    if isinstance(node, promql.AggregateExpr) and str(node.op) not in AGGREGATIONS:
        return (
            f"aggregation {str(node.op)!r} is not supported here; supported are {', '.join(sorted(AGGREGATIONS))}"
        )
    if isinstance(node, promql.SubqueryExpr):
        return "subqueries are not supported here"
    if isinstance(node, promql.VectorSelector):
        if node.at is not None:
            return "the @ modifier is not supported here"
        if node.matchers.or_matchers:
            return "alternatives of matchers are not supported here"
    if isinstance(node, promql.BinaryExpr):
        return _unsupported_operator(node)
    return None


def _unsupported_operator(node: Any) -> str | None:
    if str(node.op) not in OPERATORS:
        return f"operator {str(node.op)!r} is not supported here"
    grouped = (promql.VectorMatchCardinality.ManyToOne, promql.VectorMatchCardinality.OneToMany)
    if node.modifier is not None and node.modifier.card in grouped:
        return "group_left and group_right are not supported here"
    return None


def matching(selector: Any) -> tuple[str | None, Callable[[Labels], bool]]:
    """The metric that a selector names, and whether labels match it. Raises PromqlError."""
    tests: list[tuple[str, Callable[[str], bool]]] = []
    name = selector.name
    for matcher in selector.matchers.matchers:
        if matcher.name == "__name__" and matcher.op == promql.MatchOp.Equal and name is None:
            name = matcher.value
        else:
            tests.append((matcher.name, _test(matcher)))
    return name, lambda labels: all(test(labels.get(key, "")) for key, test in tests)


def _test(matcher: Any) -> Callable[[str], bool]:
    wanted: str = matcher.value
    if matcher.op == promql.MatchOp.Equal:
        return lambda value: value == wanted
    if matcher.op == promql.MatchOp.NotEqual:
        return lambda value: value != wanted
    try:
        pattern = re.compile(wanted)
    except re.error as e:
        raise PromqlError(f'invalid parameter "query": invalid regular expression {wanted!r}') from e
    if matcher.op == promql.MatchOp.Re:
        return lambda value: pattern.fullmatch(value) is not None
    return lambda value: pattern.fullmatch(value) is None
