"""The parts of the reward as TRL takes them: one function each, of its name."""

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from learn.grpo.scorers import Scorer


def reward_functions(scorer: Scorer, names: Sequence[str]) -> list[Callable[..., list[float]]]:
    """One function a part, of its name; a completion is scored once for all of them."""

    @lru_cache(maxsize=65_536)
    def scored(row: str, text: str) -> tuple[float, ...]:
        parts = scorer(json.loads(row), text)
        return tuple(parts[name] for name in names)

    def part(place: int, name: str) -> Callable[..., list[float]]:
        def reward(completions: list[Any], row: list[str], **_more: Any) -> list[float]:
            texts = (completion[0]["content"] for completion in completions)
            return [scored(one, text)[place] for one, text in zip(row, texts, strict=True)]

        reward.__name__ = name
        return reward

    return [part(place, name) for place, name in enumerate(names)]
