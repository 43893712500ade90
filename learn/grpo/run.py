"""One training: which stages there are by the data and the profile, and what is left at the end."""

import json
import shutil
from pathlib import Path

import torch
from accelerate import PartialState
from transformers import set_seed

from domain.errors import BadInput
from learn.grpo.base import make_scratch
from learn.grpo.bench import Bench
from learn.grpo.card import run_key, write_card
from learn.grpo.data import Data, usable
from learn.grpo.files import replacing
from learn.grpo.plan import STAGES, stages_of
from learn.grpo.profile import Profile
from learn.grpo.progress import Event, Sink
from learn.grpo.resume import read_history
from learn.grpo.scorers import load_scorer
from learn.grpo.stages import full, grpo, kto, offline, sft


def train(profile: Profile, data: Data, base: str | None, out: Path, seed: int, scorer: str, sink: Sink) -> Path:
    """Train an adapter, or go on where the same training was killed; the folder with the adapter.

    Raises:
        BadInput: the data cannot be trained on, or `out` holds another training.
    """
    wanted = stages_of(profile, data, base)
    if profile.threads is not None:
        torch.set_num_threads(profile.threads)
    _claim(out, run_key(profile, data, base or profile.base, seed, scorer))
    chosen = base or profile.base
    if "base" in wanted:
        chosen = str(out / "model")
        _make_base(Bench(profile, data, chosen, out, seed, sink))
    bench = Bench(profile, data, chosen, out, seed, sink)
    adapter: Path | None = None
    if "sft" in wanted:
        adapter = sft(bench, adapter)
    if "offline" in wanted:
        adapter = offline(bench, adapter, usable(data.groups))
    if "grpo" in wanted:
        adapter = grpo(bench, adapter, *load_scorer(scorer))
    if "kto" in wanted:
        adapter = kto(bench, adapter)
    assert adapter is not None
    final = out / "adapter"
    if PartialState().is_main_process:
        with replacing(final) as part:
            shutil.copytree(adapter, part)
        histories = {stage: read_history(out / stage) for stage in STAGES if stage in wanted}
        write_card(out, profile, data, chosen, seed, scorer, histories)
        sink(Event("done", 1, 1))
    return final


def _claim(out: Path, key: str) -> None:
    """Make the folder this training's, or see that it is. Raises BadInput."""
    out.mkdir(parents=True, exist_ok=True)
    note = out / "run.json"
    if note.exists():
        if json.loads(note.read_text(encoding="utf-8"))["key"] != key:
            raise BadInput(
                f"{out} holds another training (data, profile, base or seed differ); name another folder."
            )
        return
    if any(path.suffix != ".log" for path in out.iterdir()):
        raise BadInput(f"{out} is not empty and holds no training; name another folder.")
    note.write_text(json.dumps({"key": key}), encoding="utf-8")


def _make_base(bench: Bench) -> None:
    """The base from scratch: random first, then taught; each is begun anew only where it was not finished."""
    random, scratch = bench.out / "base" / "random", bench.profile.scratch
    assert scratch is not None
    if Path(bench.base).exists():
        return
    if not random.exists():
        set_seed(bench.seed)
        with replacing(random) as part:
            make_scratch(scratch, (*bench.data.steps, *bench.data.prompts), part)
    full(bench, random, Path(bench.base))
