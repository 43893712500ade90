"""The card of an adapter: of what it was made, how, and how it went."""

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from domain.base import digest_of
from learn.grpo.data import Data
from learn.grpo.profile import Profile

_WEIGHTS = ("*.safetensors", "config.json", "tokenizer.json")
_VERSIONS = ("torch", "trl", "transformers", "peft", "datasets", "accelerate", "tokenizers")


def hash_of_base(base: str) -> str | None:
    """SHA-256 over the names and contents of its files; `None` for a base that is not a folder."""
    folder = Path(base)
    if not folder.is_dir():
        return None
    found = hashlib.sha256()
    for path in sorted(path for pattern in _WEIGHTS for path in folder.glob(pattern)):
        found.update(path.name.encode())
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                found.update(block)
    return found.hexdigest()


def run_key(profile: Profile, data: Data, base: str, seed: int, scorer: str) -> str:
    """What a run is: another of these makes another run, and never goes on with the files of this one."""
    return digest_of([profile.model_dump(mode="json"), data.digest, base, seed, scorer])


def write_card(
    out: Path,
    profile: Profile,
    data: Data,
    base: str,
    seed: int,
    scorer: str,
    histories: Mapping[str, list[dict[str, float]]],
) -> dict[str, Any]:
    """Write `card.json` and return what is in it."""
    card = {
        "base": base,
        "base_sha256": hash_of_base(base),
        "data_sha256": data.digest,
        "rows": {name: len(getattr(data, name)) for name in ("prompts", "groups", "thumbs", "steps")},
        "families": sorted(
            {row["family"] for row in (*data.prompts, *data.groups, *data.steps) if row.get("family")}
        ),
        "profile": profile.model_dump(mode="json"),
        "scorer": scorer,
        "seed": seed,
        "versions": {name: version(name) for name in _VERSIONS},
        "stages": dict(histories),
    }
    (out / "card.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    return card
