"""Kubernetes quantities: `250m`, `1Gi`, `2`.

Exact, in integers of the milli unit, so that sums of `100m` compare equal to `1`. The grammar is that of
k8s.io/apimachinery/pkg/api/resource/quantity.go; the nano and micro suffixes are rounded up as it does.
"""

import re
from fractions import Fraction
from functools import lru_cache

from domain.errors import BadInput

_SUFFIX: dict[str, Fraction] = {
    "n": Fraction(1, 10**9),
    "u": Fraction(1, 10**6),
    "m": Fraction(1, 1000),
    "": Fraction(1),
    "k": Fraction(10**3),
    "M": Fraction(10**6),
    "G": Fraction(10**9),
    "T": Fraction(10**12),
    "P": Fraction(10**15),
    "E": Fraction(10**18),
    "Ki": Fraction(2**10),
    "Mi": Fraction(2**20),
    "Gi": Fraction(2**30),
    "Ti": Fraction(2**40),
    "Pi": Fraction(2**50),
    "Ei": Fraction(2**60),
}
_BINARY = ("Ei", "Pi", "Ti", "Gi", "Mi", "Ki")
_DECIMAL = ("E", "P", "T", "G", "M", "k")
_PATTERN = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(?:[eE]([+-]?[0-9]+)|([a-zA-Z]{0,2}))")


class BadQuantity(BadInput):
    """The text is no quantity."""


@lru_cache(maxsize=4096)
def milli(text: str | int | float) -> int:
    """The quantity in thousandths, rounded up. Raises `BadQuantity`."""
    found = _PATTERN.fullmatch(str(text))
    if found is None or (found[3] or "") not in _SUFFIX:
        raise BadQuantity(f"{text!r} is no quantity; write a number with a unit, such as 250m, 2 or 512Mi.")
    number = Fraction(found[1]) * Fraction(10) ** int(found[2] or 0)
    scaled = number * _SUFFIX[found[3] or ""] * 1000
    return -((-scaled.numerator) // scaled.denominator)


def whole(text: str | int | float) -> int:
    """The quantity in whole units (bytes, cores, objects), rounded up. Raises `BadQuantity`."""
    return -(-milli(text) // 1000)


def text_of(thousandths: int, like: str = "") -> str:
    """Write a quantity canonically, in the format (binary, decimal) of `like`, as Quantity.String does."""
    if thousandths % 1000:
        return f"{thousandths}m"
    units = thousandths // 1000
    if units == 0:
        return "0"
    suffixes = _BINARY if like.endswith("i") else _DECIMAL
    for suffix in suffixes:
        size = int(_SUFFIX[suffix])
        if units % size == 0:
            return f"{units // size}{suffix}"
    return str(units)
