"""The stages of a training. Each takes a base and maybe an adapter, and leaves an adapter and its history.

A stage that has ended is not run again; one that was killed goes on from its last whole checkpoint, with the same
random numbers, so that its rewards are those it would have had.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer, set_seed
from trl import GRPOConfig, GRPOTrainer, KTOConfig, KTOTrainer, SFTConfig, SFTTrainer

from learn.grpo.base import weighted
from learn.grpo.bench import Bench
from learn.grpo.callbacks import Guard, Progress
from learn.grpo.data import Row, in_order
from learn.grpo.files import replacing
from learn.grpo.offline import OfflineTrainer, Recorded, recorded_reward
from learn.grpo.resume import checkpoint, ended, write_history
from learn.grpo.rewards import reward_functions
from learn.grpo.scorers import Scorer


def full(bench: Bench, random: Path, taught: Path) -> None:
    """Teach a base of random weights, all of them, the steps of the data."""
    scratch = bench.profile.scratch
    assert scratch is not None
    set_seed(bench.seed)
    model = AutoModelForCausalLM.from_pretrained(random, dtype=torch.float32)
    common = bench.common("base", scratch.steps, max(50, scratch.steps // 4))
    config = SFTConfig(**common, per_device_train_batch_size=scratch.batch, learning_rate=scratch.rate, **_SFT)
    tokenizer = AutoTokenizer.from_pretrained(random, padding_side="left")
    trainer = SFTTrainer(
        model=model,
        processing_class=tokenizer,
        args=config,
        train_dataset=_steps(bench),
        callbacks=[Progress("base", bench.sink)],
    )
    trainer.train(resume_from_checkpoint=checkpoint(bench.out / "base"))
    if trainer.is_world_process_zero():
        write_history(bench.out / "base", trainer)
        with replacing(taught) as part:
            trainer.model.save_pretrained(part)
            tokenizer.save_pretrained(part)


def sft(bench: Bench, adapter: Path | None) -> Path:
    """The warm start of an adapter."""
    own = bench.profile.sft
    config = SFTConfig(
        **bench.common("sft", own.steps, max(20, own.steps // 4)),
        per_device_train_batch_size=own.batch,
        gradient_accumulation_steps=own.accumulate,
        learning_rate=own.rate,
        **_SFT,
    )

    def trainer() -> Any:
        return SFTTrainer(
            model=bench.model(adapter),
            processing_class=bench.tokenizer(),
            args=config,
            train_dataset=_steps(bench),
            callbacks=[Progress("sft", bench.sink)],
        )

    return ended(bench.out / "sft", trainer)


def grpo(bench: Bench, adapter: Path | None, scorer: Scorer, weights: Mapping[str, float]) -> Path:
    """Step-level GRPO on completions of its own; the parts of the reward are reward functions of their names."""
    order = in_order(bench.data.prompts, _prompts(bench), bench.seed)
    rows = [{"prompt": list(row["prompt"]), "row": json.dumps(row)} for row in order]
    config = _grpo_config(bench, reward_weights=list(weights.values()))

    def trainer() -> Any:
        return GRPOTrainer(
            model=bench.model(adapter),
            processing_class=bench.tokenizer(),
            args=config,
            train_dataset=Dataset.from_list(rows),
            reward_funcs=reward_functions(scorer, list(weights)),
            callbacks=[Progress("grpo", bench.sink), Guard()],
        )

    return ended(bench.out / "grpo", trainer)


def offline(bench: Bench, adapter: Path | None, groups: Sequence[Row]) -> Path:
    """GRPO on recorded groups."""
    config = _grpo_config(bench)
    order = in_order(groups, _prompts(bench), bench.seed)

    def trainer() -> Any:
        tokenizer = bench.tokenizer()
        return OfflineTrainer(
            model=bench.model(adapter),
            processing_class=tokenizer,
            args=config,
            train_dataset=Dataset.from_list([{"prompt": list(row["prompt"])} for row in order]),
            reward_funcs=recorded_reward,
            rollout_func=Recorded(groups, tokenizer),
            callbacks=[Progress("offline", bench.sink), Guard()],
        )

    return ended(bench.out / "offline", trainer)


def kto(bench: Bench, adapter: Path | None) -> Path:
    """Thumbs: what was liked becomes likelier, what was not less likely, each side with the same weight."""
    own, thumbs = bench.profile.kto, weighted(bench.data.thumbs, bench.seed)
    rows = [{name: row[name] for name in ("prompt", "completion", "label")} for row in thumbs]
    up = sum(bool(row["label"]) for row in rows)
    down = len(rows) - up
    config = KTOConfig(
        **bench.common("kto", own.steps, max(20, own.steps // 2)),
        per_device_train_batch_size=own.batch,
        learning_rate=own.rate,
        desirable_weight=max(1.0, down / max(1, up)),
        undesirable_weight=max(1.0, up / max(1, down)),
        logging_steps=1,
    )

    def trainer() -> Any:
        return KTOTrainer(
            model=bench.model(adapter),
            processing_class=bench.tokenizer(),
            args=config,
            train_dataset=Dataset.from_list(rows),
            callbacks=[Progress("kto", bench.sink)],
        )

    return ended(bench.out / "kto", trainer)


_SFT: dict[str, Any] = {"max_length": None, "completion_only_loss": True, "packing": False, "logging_steps": 10}


def _grpo_config(bench: Bench, **more: Any) -> Any:
    own, rollouts = bench.profile.grpo, bench.profile.rollouts
    vllm: dict[str, Any] = {}
    if rollouts.vllm != "none":
        vllm = {"use_vllm": True, "vllm_mode": rollouts.vllm, "vllm_gpu_memory_utilization": rollouts.memory}
        vllm |= {"vllm_server_base_url": rollouts.url} if rollouts.url else {}
    return GRPOConfig(
        **bench.common("grpo", own.steps, own.save_every),
        per_device_train_batch_size=own.batch,
        gradient_accumulation_steps=own.accumulate,
        num_generations=own.group,
        max_completion_length=own.completion,
        temperature=own.temperature,
        beta=own.beta,
        learning_rate=own.rate,
        loss_type="dapo",
        shuffle_dataset=False,
        mask_truncated_completions=False,
        chat_template_kwargs={"enable_thinking": False},
        logging_steps=1,
        log_completions=False,
        **vllm,
        **more,
    )


def _prompts(bench: Bench) -> int:
    """Of a whole GRPO, one for each group."""
    own = bench.profile.grpo
    return own.steps * own.batch * own.accumulate * bench.profile.processes // own.group


def _steps(bench: Bench) -> Any:
    rows = weighted(bench.data.steps, bench.seed)
    return Dataset.from_list([{name: list(row[name]) for name in ("prompt", "completion")} for row in rows])
