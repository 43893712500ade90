"""Which Service a log line means: the one that it dials, before one that it only mentions."""

import pytest

from tools.analyzers.complaints import is_dialled


@pytest.mark.parametrize(
    "line",
    [
        "dial tcp cart:8080: refused",
        "get http://cart failed",
        "cart/items is gone",
        "redis://user:pw@cart",
        "cart:1",
    ],
)
def test_a_port_a_path_a_url_or_credentials_make_a_name_an_address(line: str) -> None:
    assert is_dialled("cart", line)


@pytest.mark.parametrize("line", ["the cart is empty", "cart: no items", "cart", "/cart", "a cart:x", ""])
def test_a_word_alone_is_none(line: str) -> None:
    assert not is_dialled("cart", line)


def test_a_later_mention_counts_too() -> None:
    assert is_dialled("cart", "cart: dial cart:8080 failed")
