"""Quantities are exact, and written as Kubernetes writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.cluster.quantity import BadQuantity, milli, text_of, whole


@pytest.mark.parametrize(
    ("text", "thousandths"),
    [
        ("100m", 100),
        ("1", 1000),
        ("0.5", 500),
        (".5", 500),
        ("1e3", 1_000_000),
        ("1Ki", 1_024_000),
        ("1n", 1),
        (2, 2000),
    ],
)
def test_reading(text: str | int, thousandths: int) -> None:
    assert milli(text) == thousandths


@pytest.mark.parametrize("text", ["", "a", "1x", "1 Gi", "--1", "1KiB"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(BadQuantity, match="is no quantity"):
        milli(text)


@pytest.mark.parametrize(
    ("text", "like", "written"),
    [
        ("1500m", "", "1500m"),
        ("2000m", "", "2"),
        ("1024Mi", "1Gi", "1Gi"),
        ("1Gi", "2", "1073741824"),
        ("0", "1Gi", "0"),
    ],
)
def test_writing(text: str, like: str, written: str) -> None:
    assert text_of(milli(text), like) == written


@given(st.integers(0, 2**50), st.sampled_from(["", "1Gi", "1M"]))
def test_what_is_written_reads_the_same(thousandths: int, like: str) -> None:
    assert milli(text_of(thousandths, like)) == thousandths


def test_whole_units_are_rounded_up() -> None:
    assert whole("1500m") == 2
