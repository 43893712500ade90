"""What an operator answers to the prompts of a data set: the warm start of a model that has seen nothing."""

import random
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from learn.export.rows import PromptRow


def answers(
    prompts: Iterable[PromptRow], operator: Callable[[str, random.Random], str], draws: int, chance: random.Random
) -> Iterator[dict[str, Any]]:
    """Rows of `steps.jsonl`, several answers to each prompt.

    Several keep a model that learns from them undecided: of one fixed answer a prompt it would know only that, and
    there would be nothing left to explore.
    """
    for row in prompts:
        kept = row.model_dump(mode="json", include={"prompt", "family", "split"})
        for draw in range(draws):
            said = operator(row.prompt[-1].content, chance)
            completion = [{"role": "assistant", "content": said}]
            yield {"id": f"{row.id}:{draw}", **kept, "completion": completion, "weight": 1.0}
