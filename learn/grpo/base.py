"""The tiny base: a Qwen3 of random weights with a tokenizer of its own, which then learns all of `steps.jsonl`.

Nothing is downloaded. Later adapters are for this base, so a folder that holds one is never made anew.
"""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

from learn.grpo.data import Row
from learn.grpo.profile import Scratch

_ENDS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
_HEAD = 32
"""The least that vLLM's attention takes on a CPU."""
_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""The turns of Qwen's template, without tools and thoughts."""


def make_scratch(scratch: Scratch, rows: Sequence[Row], folder: Path) -> None:
    """Write the random model and its tokenizer; randomness is torch's, seeded by the caller."""
    tokenizer = _tokenizer(scratch, rows)
    tokenizer.save_pretrained(folder)
    _model(scratch, tokenizer).save_pretrained(folder)


def _tokenizer(scratch: Scratch, rows: Sequence[Row]) -> Any:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=scratch.vocabulary,
        special_tokens=list(_ENDS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_texts(rows), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=_ENDS[2],
        pad_token=_ENDS[0],
        padding_side="left",
        model_max_length=scratch.context,
        chat_template=_TEMPLATE,
    )


def _texts(rows: Sequence[Row]) -> list[str]:
    """Each text once: a prompt of many rows would drown the others."""
    turns = [turn["content"] for row in rows for turn in (*row["prompt"], *row.get("completion", ()))]
    return ["system user assistant\n", *dict.fromkeys(turns)]


def _model(scratch: Scratch, tokenizer: Any) -> Any:
    size = -(-len(tokenizer) // 64) * 64
    return Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=size,
            hidden_size=scratch.hidden,
            intermediate_size=3 * scratch.hidden,
            num_hidden_layers=scratch.layers,
            num_attention_heads=scratch.heads,
            num_key_value_heads=max(1, scratch.heads // 2),
            head_dim=max(_HEAD, scratch.hidden // scratch.heads),
            max_position_embeddings=scratch.context,
            tie_word_embeddings=True,
            bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def weighted(rows: Sequence[Row], seed: int) -> list[Row]:
    """The rows by their weights: as they are where all weigh the same, else drawn as many times anew."""
    weights = [float(row.get("weight", 1.0)) for row in rows]
    if len(set(weights)) <= 1:
        return list(rows)
    return random.Random(seed).choices(rows, weights, k=len(rows))  # noqa: S311 - a draw, not a secret
