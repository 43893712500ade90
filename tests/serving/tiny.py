"""Makes a tiny random Qwen3 with two adapters; run by the Python that has vLLM: `python tiny.py FOLDER TEXT...`.

Nothing is downloaded: the tokenizer is trained on the given text files, the weights are random. One thing is not
left to chance: random weights end a string once in a vocabulary, so every reply would be cut at its longest. One
number of each embedding is a constant, which the output layer reads as a bias towards signs that end something.
"""

import sys
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

ENDS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
WORDS = 2_000
HIDDEN = 64
BIAS = 6.0
"""Added to the logits of the signs that end something; others have a standard deviation of about one."""
CONTEXT = 16_384
RANKS = {"good": 8, "better": 8, "wide": 64}
"""Adapters by folder; the last has a higher rank than the server is started with."""


def tokenizer_of(texts: list[str]) -> PreTrainedTokenizerFast:
    """Byte-level BPE, trained on the spot."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        texts, trainers.BpeTrainer(vocab_size=WORDS, special_tokens=list(ENDS), initial_alphabet=alphabet)
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=ENDS[2], pad_token=ENDS[0], chat_template=TEMPLATE
    )


def model_of(tokenizer: PreTrainedTokenizerFast) -> Qwen3ForCausalLM:
    """Two layers of random weights that like to come to an end."""
    model = Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=len(tokenizer),
            hidden_size=HIDDEN,
            intermediate_size=2 * HIDDEN,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
            head_dim=32,
            max_position_embeddings=CONTEXT,
            tie_word_embeddings=False,
            bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )
    with torch.no_grad():
        words, head = model.model.embed_tokens.weight, model.lm_head.weight
        words.normal_(0, 1)
        words[:, 0] = 4.0
        constant = 4.0 / ((16.0 + HIDDEN - 1) / HIDDEN) ** 0.5
        head.normal_(0, HIDDEN**-0.5)
        head[:, 0] = 0.0
        ending = [n for n, word in enumerate(tokenizer.convert_ids_to_tokens(range(WORDS))) if word[0] in '"]},']
        head[ending, 0] = BIAS / constant
    return model


def main(folder: Path, texts: list[Path]) -> None:
    """Write `base` and the adapters below the folder."""
    torch.manual_seed(7)
    tokenizer = tokenizer_of([path.read_text(encoding="utf-8") for path in texts])
    base = folder / "base"
    tokenizer.save_pretrained(base)
    model_of(tokenizer).save_pretrained(base)
    for name, rank in RANKS.items():
        config = LoraConfig(r=rank, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
        model = Qwen3ForCausalLM.from_pretrained(base)
        get_peft_model(model, config).save_pretrained(folder / name)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
