"""Queries are held to a namespace, whatever they say."""

import pytest

from domain.errors import BadInput
from tools.telemetry.fence import held_to


@pytest.mark.parametrize(
    ("query", "fenced"),
    [
        ("up", 'up{namespace="shop"}'),
        ('{__name__=~".+"}', '{__name__=~".+",namespace="shop"}'),
        ('x{namespace="bank"}', 'x{namespace="bank",namespace="shop"}'),
        ("rate(x[5m] offset 1h)", 'rate(x{namespace="shop"}[5m] offset 1h)'),
        ('x{k="a\\"b", l=~"a\\\\.b"}', 'x{k="a\\"b",l=~"a\\\\.b",namespace="shop"}'),
        ("a and on (pod) b", 'a{namespace="shop"} and on (pod) b{namespace="shop"}'),
        ("max_over_time(rate(x[1m])[5m:1m])", 'max_over_time(rate(x{namespace="shop"}[1m])[5m:1m])'),
        ("1 + 1", "1 + 1"),
    ],
)
def test_every_selector_is_held(query: str, fenced: str) -> None:
    assert " ".join(held_to("shop", query).split()) == fenced


@pytest.mark.parametrize("query", ["", "rate(", 'x{a="b" or namespace="bank"}', "nonsense(x)"])
def test_what_cannot_be_held_is_refused(query: str) -> None:
    with pytest.raises(BadInput, match="no PromQL that AOI understands"):
        held_to("shop", query)
