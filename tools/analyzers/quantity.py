"""Kubernetes quantities: `500m`, `1.5Gi`, `2e3` as exact numbers, and back."""

import re
from decimal import Decimal, InvalidOperation

_SUFFIXES = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "": Decimal(1),
    "k": Decimal(10**3),
    "M": Decimal(10**6),
    "G": Decimal(10**9),
    "T": Decimal(10**12),
    "P": Decimal(10**15),
    "Ki": Decimal(2**10),
    "Mi": Decimal(2**20),
    "Gi": Decimal(2**30),
    "Ti": Decimal(2**40),
    "Pi": Decimal(2**50),
}
_SHAPE = re.compile(r"^([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([numkKMGTP]?i?)$")
_MEBI = Decimal(2**20)


def amount(text: object) -> Decimal | None:
    """The number a quantity stands for, in cores, bytes or pieces; `None` when it is none."""
    match = _SHAPE.match(str(text).strip())
    if match is None or match[2] not in _SUFFIXES:
        return None
    try:
        return Decimal(match[1]) * _SUFFIXES[match[2]]
    except InvalidOperation:
        return None


def as_memory(bytes_: Decimal) -> str:
    """Bytes as whole mebibytes, rounded up."""
    return f"{-(-int(bytes_) // int(_MEBI))}Mi"


def like(value: Decimal, resource: str) -> str:
    """A quantity in the unit people use for the resource: memory in Mi, CPU in cores or m, the rest whole."""
    if "memory" in resource or "storage" in resource:
        return as_memory(value)
    if value == value.to_integral_value():
        return str(int(value))
    return f"{-(-int(value * 1_000_000) // 1000)}m"
