"""Random numbers that follow from a seed, apart from the stream that the world draws from."""

import random
from hashlib import blake2b
from typing import Final

_MASK: Final = 2**64 - 1


def seeded(seed: int | str) -> random.Random:
    """A stream of its own: equal seeds give equal numbers, whenever they are asked for."""
    return random.Random(seed)  # noqa: S311 - repeatable on purpose; nothing secret comes of it


def seed_of(*words: object) -> int:
    """A number of 64 bits, the same in every process."""
    text = "\x1f".join(map(str, words))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def noise(seed: int, number: int) -> float:
    """From 0 to below 1 (splitmix64 of both)."""
    mixed = (seed + (number + 1) * 0x9E3779B97F4A7C15) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return float((mixed ^ (mixed >> 31)) >> 11) / 2**53
