"""Noise that follows from a seed and a number, and costs next to nothing."""

from hashlib import blake2b

_MASK = 2**64 - 1


def seed_of(*words: object) -> int:
    """A number of 64 bits, the same in every process."""
    text = "\x1f".join(str(word) for word in words)
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def noise(seed: int, number: int) -> float:
    """From 0 to below 1 (splitmix64 of both)."""
    mixed = (seed + (number + 1) * 0x9E3779B97F4A7C15) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return float((mixed ^ (mixed >> 31)) >> 11) / 2**53
