"""A profile: one YAML file that says which base, how large, how long. `profiles/` holds those that ship."""

from pathlib import Path
from typing import Final, Literal

import yaml
from pydantic import Field, ValidationError

from domain.base import Value
from domain.errors import BadInput

PROFILES: Final = Path(__file__).parent / "profiles"


class Scratch(Value):
    """A Qwen3 that is made on the spot: random weights, and a tokenizer trained on the prompts."""

    hidden: int = Field(ge=16)
    layers: int = Field(ge=1)
    heads: int = Field(ge=1)
    vocabulary: int = Field(ge=300)
    """Byte-pair tokens, the 256 bytes and the marks of the chat included."""
    context: int = Field(ge=512)
    """Tokens of prompt and reply together."""
    steps: int = Field(ge=0)
    """Of learning the whole of `steps.jsonl`, all weights: this base is its own warm start."""
    batch: int = Field(ge=1)
    rate: float = Field(gt=0)


class Lora(Value):
    """The adapter."""

    rank: int = Field(ge=1, le=512)
    alpha: int = Field(ge=1)


class Sft(Value):
    """The warm start of the adapter on validated steps; for a base that has not learnt them."""

    steps: int = Field(ge=0)
    batch: int = Field(ge=1)
    accumulate: int = Field(default=1, ge=1)
    rate: float = Field(gt=0)


class Grpo(Value):
    """Step-level GRPO."""

    steps: int = Field(ge=0)
    batch: int = Field(ge=2)
    """Completions of one device in one forward pass."""
    accumulate: int = Field(default=1, ge=1)
    group: int = Field(ge=2)
    """Completions drawn for one prompt."""
    rate: float = Field(gt=0)
    completion: int = Field(ge=16)
    """Tokens of a completion."""
    temperature: float = Field(default=1.0, gt=0)
    beta: float = Field(default=0.0, ge=0)
    """Weight of the distance from the base; 0 leaves the base out."""
    save_every: int = Field(default=20, ge=1)
    """Steps between checkpoints: what a killed run loses at most."""


class Kto(Value):
    """Learning from thumbs."""

    steps: int = Field(ge=0)
    batch: int = Field(ge=2)
    rate: float = Field(gt=0)
    least: int = Field(default=20, ge=2)
    """Thumbs below which the stage is left out."""


class Rollouts(Value):
    """Who draws completions while training: transformers itself, or vLLM beside it."""

    vllm: Literal["none", "colocate", "server"] = "none"
    url: str | None = None
    """Of the `vllm serve` that the mode `server` talks to."""
    memory: float = Field(default=0.35, gt=0, lt=1)
    """Share of a GPU's memory for a colocated vLLM."""


class Profile(Value):
    """How one training runs."""

    base: str
    """`scratch`, a folder, or a name on the Hugging Face hub."""
    scratch: Scratch | None = None
    dtype: Literal["float32", "bfloat16"]
    device: Literal["cpu", "gpu"]
    threads: int | None = Field(default=None, ge=1)
    """Of the CPU; one makes equal seeds give equal weights anywhere. `None` leaves it to torch."""
    processes: int = Field(default=1, ge=1)
    """More than one are started by accelerate, with the YAML file of the profile's name and `.accelerate`."""
    least_prompts: int = Field(default=8, ge=1)
    lora: Lora
    sft: Sft
    grpo: Grpo
    kto: Kto
    rollouts: Rollouts = Rollouts()


def names() -> tuple[str, ...]:
    """The profiles that ship."""
    return tuple(sorted(path.stem for path in PROFILES.glob("*.yaml") if not path.stem.endswith(".accelerate")))


def load_profile(name: str) -> Profile:
    """A profile that ships, or a YAML file of one's own. Raises BadInput."""
    path = PROFILES / f"{name}.yaml" if name in names() else Path(name)
    if not path.is_file():
        raise BadInput(f"There is no profile {name!r}; write one of {', '.join(names())}, or a YAML file.")
    try:
        profile = Profile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as e:
        raise BadInput(f"The profile {path} is no YAML file; mend it.") from e
    except ValidationError as e:
        first = e.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "profile"
        raise BadInput(f"The profile {path} does not fit: {where}: {first['msg']}.") from e
    if profile.base == "scratch" and profile.scratch is None:
        raise BadInput(f"The profile {path} has the base `scratch` and no section `scratch`; add one.")
    if (profile.grpo.batch * profile.grpo.accumulate * profile.processes) % profile.grpo.group:
        raise BadInput(
            f"The profile {path} does not fit: a step of GRPO has to hold whole groups; change grpo.batch."
        )
    return profile
