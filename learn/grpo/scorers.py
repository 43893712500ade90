"""Who scores a completion: any callable that gives the named parts of the reward for a row and a text."""

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from domain.errors import BadInput

Scorer = Callable[[Mapping[str, Any], str], Mapping[str, float]]
"""From a row of `prompts.jsonl` and a completion to the parts of the reward, each 0 to 1."""

REWARD = "learn.picks.score:score"
"""The six parts of `learn/reward`, for both forms."""


def load_scorer(path: str) -> tuple[Scorer, Mapping[str, float]]:
    """`module:function`, with the `WEIGHTS` of the module: the parts by name. Raises BadInput."""
    module, _, name = path.partition(":")
    try:
        found = importlib.import_module(module)
        return getattr(found, name), found.WEIGHTS
    except (ImportError, AttributeError) as e:
        raise BadInput(f"There is no scorer {path!r}; write it as module:function, beside WEIGHTS.") from e


def total(parts: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """The reward: the weighted sum of the parts."""
    return sum(weights[name] * parts[name] for name in weights)
