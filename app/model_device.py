"""The device that a model is served on, and the flags of vLLM that suit it."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.errors import Misconfigured
from graph.model.check import NEEDED_CONTEXT

_GIB = 2**30
_USED = 0.9
"""Share of a GPU that vLLM takes; its own default."""
_CONTEXTS = (32_768, 16_384, NEEDED_CONTEXT)
"""Tokens; the longest that fits is taken, and more than the first is of no use to the Observer."""
_AT_ONCE = 4
"""Prompts of full length that must fit into memory beside the weights."""
_BFLOAT16_SINCE = 8.0
"""NVIDIA's compute capability from which on GPUs have bfloat16."""


@dataclass(frozen=True)
class Gpus:
    """Equal GPUs of one machine."""

    count: int
    memory: int
    """Bytes of the smallest."""
    capability: float
    """NVIDIA's compute capability, such as 9.0."""


@dataclass(frozen=True)
class Cpu:
    """A machine without a GPU."""

    memory: int
    """Bytes."""


@dataclass(frozen=True)
class Weights:
    """What a folder of weights tells; `None` for a model that is yet to be downloaded."""

    bytes: int
    context: int
    """Tokens that the model can take."""
    token_bytes: int
    """Memory of one token in the KV cache."""


def find_device() -> Gpus | Cpu:
    """The GPUs as `nvidia-smi` tells them, else the CPU."""
    tool = shutil.which("nvidia-smi")
    if tool is not None:
        ask = [tool, "--query-gpu=memory.total,compute_cap", "--format=csv,noheader,nounits"]
        told = subprocess.run(ask, capture_output=True, text=True, check=False, timeout=30)  # noqa: S603
        rows = [line.split(",") for line in told.stdout.splitlines() if told.returncode == 0 and "," in line]
        if rows:
            memory = min(int(float(row[0])) for row in rows) * 2**20
            return Gpus(len(rows), memory, min(float(row[1]) for row in rows))
    return Cpu(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def read_weights(path: str) -> Weights | None:
    """What is known of the weights before vLLM reads them.

    Raises:
        Misconfigured: the folder holds no model.
    """
    folder = Path(path).expanduser()
    if not folder.is_dir():
        if path.startswith(("/", ".", "~")):
            raise Misconfigured(f"AOI_MODEL_PATH is {path!r}, and there is no such folder.")
        return None
    try:
        config = json.loads((folder / "config.json").read_bytes())
        return _weights(folder, config.get("text_config", config))
    except (OSError, ValueError, KeyError, TypeError, ZeroDivisionError) as e:
        raise Misconfigured(
            f"AOI_MODEL_PATH is {path!r}, which holds no language model: its config.json cannot be used."
        ) from e


def _weights(folder: Path, config: dict[str, Any]) -> Weights:
    heads = config["num_attention_heads"]
    head = config.get("head_dim") or config["hidden_size"] // heads
    kv_heads = config.get("num_key_value_heads") or heads
    return Weights(
        bytes=sum(file.stat().st_size for file in folder.glob("*.safetensors")),
        context=config["max_position_embeddings"],
        token_bytes=2 * 2 * config["num_hidden_layers"] * kv_heads * head,  # keys and values, two bytes each
    )


def device_flags(device: Gpus | Cpu, weights: Weights | None) -> tuple[str, ...]:
    """Number format, context length and GPUs to share the model.

    Raises:
        Misconfigured: it does not fit.
    """
    match device:
        case Cpu():
            context = min(_CONTEXTS[1], weights.context) if weights else _CONTEXTS[1]
            return ("--dtype", "bfloat16", "--enforce-eager", "--max-model-len", str(context))
        case Gpus():
            dtype = "bfloat16" if device.capability >= _BFLOAT16_SINCE else "half"
            parts, context = _share(device, weights)
            return (
                "--dtype",
                dtype,
                "--max-model-len",
                str(context),
                "--tensor-parallel-size",
                str(parts),
                "--gpu-memory-utilization",
                str(_USED),
            )


def cache_gib(device: Cpu) -> int:
    """Memory for the KV cache on a CPU: an eighth of the machine's, in GiB."""
    return max(1, device.memory // 8 // _GIB)


def _share(gpus: Gpus, weights: Weights | None) -> tuple[int, int]:
    """The fewest GPUs that hold the model with the longest context; heads divide by powers of two."""
    splits = [2**n for n in range(gpus.count.bit_length()) if 2**n <= gpus.count]
    if weights is None:
        return splits[-1], _CONTEXTS[1]
    for wanted in _CONTEXTS:
        context = min(wanted, weights.context)
        need = weights.bytes + _AT_ONCE * context * weights.token_bytes
        for parts in splits:
            # A tenth of each GPU is for activations and CUDA's own.
            if need <= parts * gpus.memory * (_USED - 0.1):
                return parts, context
    raise Misconfigured(
        f"The model's weights ({weights.bytes / _GIB:.0f} GiB) do not fit into {gpus.count} GPUs of"
        f" {gpus.memory / _GIB:.0f} GiB with {NEEDED_CONTEXT} tokens of context; serve a smaller or quantised one."
    )
