"""Label and field selectors of requests."""

import pytest

from lab.cluster.errors import ApiError
from lab.cluster.selectors import match_labels, parse_fields, parse_labels, selection
from tests.lab.cluster.quiet import pod

LABELS = {"app": "web", "tier": "front", "rank": "3"}


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("", True),
        ("app=web", True),
        ("app==web,tier=front", True),
        ("app=db", False),
        ("app!=db", True),
        ("app!=web", False),
        ("other!=x", True),
        ("app in (web, db)", True),
        ("app in (db),tier", False),
        ("app notin (db,cache),tier", True),
        ("app notin (web)", False),
        ("tier", True),
        ("!tier", False),
        ("!other", True),
        ("rank>2", True),
        ("rank<3", False),
        ("tier>1", False),
    ],
)
def test_label_selectors(text: str, hit: bool) -> None:
    assert match_labels(parse_labels(text), LABELS) is hit


def test_a_label_selector_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ApiError, match="unable to parse requirement") as refused:
        parse_labels("app=(web")
    assert refused.value.code == 400


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("status.phase=Running", True),
        ("status.phase!=Running", False),
        ("spec.nodeName=node-1,metadata.name=p", True),
        ("metadata.namespace=other", False),
        ("spec.hostNetwork=false", True),
        ("status.podIP=", True),
    ],
)
def test_field_selectors(text: str, hit: bool) -> None:
    assert all(requirement.matches(pod("p")) for requirement in parse_fields(text, "pods")) is hit


def test_a_field_that_is_not_selectable_is_refused() -> None:
    with pytest.raises(ApiError, match=r"field label not supported: spec\.containers"):
        parse_fields("spec.containers=x", "pods")


def test_no_selector_is_no_filter() -> None:
    assert selection("", "", "pods") is None
