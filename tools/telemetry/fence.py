"""A PromQL query held to one namespace, so that a question stays inside its incident's scope."""

from typing import Any

import promql_parser as promql

from domain.errors import BadInput


def held_to(namespace: str, query: str) -> str:
    """The query with `namespace="…"` in every selector. Raises BadInput for what is no PromQL.

    Selectors with alternatives (`or` between matchers) are refused: a fence inside them would leave a gap.
    """
    try:
        tree = promql.parse(query)
        fenced = promql.transform(tree, None, lambda node: _fenced(node, namespace))
        text: str = fenced.prettify()
        promql.parse(text)
    except ValueError as e:
        raise BadInput(f"The query is no PromQL that AOI understands: {' '.join(str(e).split())[:160]}") from e
    return text


def _fenced(node: Any, namespace: str) -> Any:
    if not isinstance(node, promql.VectorSelector):
        return None
    if node.matchers.or_matchers:
        raise ValueError("alternatives between matchers are not supported")
    # The library writes values as they are, so what must be escaped is escaped first.
    matchers = [promql.Matcher(each.op, each.name, _escaped(each.value)) for each in node.matchers.matchers]
    matchers.append(promql.Matcher(promql.MatchOp.Equal, "namespace", _escaped(namespace)))
    node.matchers = promql.Matchers(matchers)
    return promql.parse(str(node))


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
