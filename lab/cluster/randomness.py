"""Random numbers that follow from a seed, apart from the stream that the world draws from."""

import random


def seeded(seed: int | str) -> random.Random:
    """A stream of its own: equal seeds give equal numbers, whenever they are asked for."""
    return random.Random(seed)  # noqa: S311 - repeatable on purpose; nothing secret comes of it
