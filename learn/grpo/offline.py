"""GRPO on completions that were drawn before, with the log-probabilities that were recorded then.

TRL 1.16 has no offline GRPO. A rollout function can hand it recorded completions, but without vLLM the ratio of
new to old policy is taken against the model as it is now, as if it had just drawn them. On a toy that ruins the
model, and with the recorded log-probabilities it learns. One private method is overridden for it, which is why TRL
is pinned exactly and this is all in one file.
"""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from trl import GRPOTrainer

from domain.errors import BadInput
from learn.grpo.data import Row


class OfflineTrainer(GRPOTrainer):  # type: ignore[misc]
    """Takes the recorded log-probabilities for those of the old policy."""

    def _generate_and_score_completions(self, inputs: Any) -> Any:
        scored = super()._generate_and_score_completions(inputs)
        scored["old_per_token_logps"] = scored["sampling_per_token_logps"]
        return scored


class Recorded:
    """The recorded groups as TRL's rollout function, each completion in turn."""

    def __init__(self, groups: Sequence[Row], tokenizer: Any) -> None:
        self._groups = {_key(row["prompt"]): row["completions"] for row in groups}
        self._tokenizer = tokenizer
        self._check()

    def __call__(self, prompts: list[Any], trainer: Any) -> dict[str, list[Any]]:
        """Token ids and log-probabilities for prompts that are repeated as often as a group is large."""
        out: dict[str, list[Any]] = {"prompt_ids": [], "completion_ids": [], "logprobs": [], "recorded_reward": []}
        turns: Counter[str] = Counter()
        for prompt in prompts:
            key = _key(prompt)
            drawn = self._groups[key]
            one = drawn[turns[key] % len(drawn)]
            turns[key] += 1
            ids = self._tokenizer.apply_chat_template(
                prompt, add_generation_prompt=True, tokenize=True, return_dict=False, enable_thinking=False
            )
            out["prompt_ids"].append(ids)
            out["completion_ids"].append(list(one["token_ids"]))
            out["logprobs"].append(list(one["logprobs"]))
            out["recorded_reward"].append(float(one["reward"]))
        return out

    def _check(self) -> None:
        """Ids of another model's tokenizer would train nonsense without a sound."""
        for drawn in self._groups.values():
            for one in drawn:
                said = self._tokenizer.decode(one["token_ids"], skip_special_tokens=True)
                if said.strip() != one["text"].strip():
                    raise BadInput(
                        "The recorded completions were drawn from a model with another tokenizer than this base; "
                        "train the base that drew them."
                    )


def recorded_reward(completions: list[Any], recorded_reward: list[float], **_more: Any) -> list[float]:
    """The reward as it was recorded."""
    return recorded_reward


def _key(prompt: Any) -> str:
    return json.dumps([[turn["role"], turn["content"]] for turn in prompt])
