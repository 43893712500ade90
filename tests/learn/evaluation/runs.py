"""Evaluations made by chance, for tests of what is worked out from them."""

import random

from domain.evaluation import Evaluation, Scored, Tried
from tests.fakes import START

TYPES = ("analysis", "detection", "localization", "mitigation")


def tried(success: bool, harmful: bool = False, unreadable: int = 0, confidence: float | None = 0.5) -> Tried:
    return Tried(success=success, harmful=harmful, replies=4, unreadable=unreadable, confidence=confidence)


def evaluation(model: str, tasks: dict[str, list[Tried]], seed: int = 1) -> Evaluation:
    """Tasks named `type-number`."""
    scored = tuple(
        Scored(id=name, type=name.partition("-")[0], family="any", runs=tuple(runs))
        for name, runs in tasks.items()
    )
    return Evaluation(model=model, suite="held-out", seed=seed, at=START, seconds=1.0, tasks=scored)


def by_chance(model: str, rate: float, seed: int, tasks: int = 60, epochs: int = 5) -> Evaluation:
    """Every run succeeds at this rate."""
    chance = random.Random(seed)
    names = [f"{TYPES[n % len(TYPES)]}-{n}" for n in range(tasks)]
    return evaluation(model, {name: [tried(chance.random() < rate) for _ in range(epochs)] for name in names})
