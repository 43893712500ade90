"""What all stages of a training share: base, data, folder, seed, and the settings of every trainer."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, set_seed

from learn.grpo.data import Data
from learn.grpo.profile import Profile
from learn.grpo.progress import Sink


@dataclass(frozen=True)
class Bench:
    """What all stages share."""

    profile: Profile
    data: Data
    base: str
    out: Path
    seed: int
    sink: Sink

    def tokenizer(self) -> Any:
        """Of the base; prompts are padded on their left, where generation does not look."""
        return AutoTokenizer.from_pretrained(self.base, padding_side="left")

    def model(self, adapter: Path | None) -> Any:
        """The base with an adapter to train, a fresh one where none is given."""
        set_seed(self.seed)
        base = AutoModelForCausalLM.from_pretrained(self.base, dtype=getattr(torch, self.profile.dtype))
        if adapter is not None:
            return PeftModel.from_pretrained(base, adapter, is_trainable=True)
        lora = self.profile.lora
        return get_peft_model(
            base,
            LoraConfig(
                r=lora.rank,
                lora_alpha=lora.alpha,
                lora_dropout=0.0,
                target_modules="all-linear",
                task_type="CAUSAL_LM",
            ),
        )

    def common(self, stage: str, steps: int, save_every: int) -> dict[str, Any]:
        """Settings of every trainer."""
        cpu = self.profile.device == "cpu"
        return {
            "output_dir": str(self.out / stage),
            "max_steps": steps,
            "save_strategy": "steps",
            "save_steps": save_every,
            "save_total_limit": 2,
            "seed": self.seed,
            "data_seed": self.seed,
            "bf16": self.profile.dtype == "bfloat16",
            "use_cpu": cpu,
            "dataloader_pin_memory": not cpu,
            "gradient_checkpointing": not cpu,
            "report_to": "none",
            "disable_tqdm": True,
            "lr_scheduler_type": "constant_with_warmup",
            "warmup_steps": min(5, steps),
            "max_grad_norm": 1.0,
        }
