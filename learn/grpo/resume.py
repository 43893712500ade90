"""A stage ends once, whatever kills it: checkpoints to go on from, and the file that says that it has ended."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from learn.grpo.files import replacing
from learn.grpo.progress import history

_KEPT: Final = "adapter"
_HISTORY: Final = "history.json"


def ended(folder: Path, make: Callable[[], Any]) -> Path:
    """The adapter of a stage: the one that it left, or what training from its last checkpoint makes."""
    kept = folder / _KEPT
    if (folder / _HISTORY).exists():
        return kept
    trainer = make()
    trainer.train(resume_from_checkpoint=checkpoint(folder))
    if trainer.is_world_process_zero():
        with replacing(kept) as part:
            trainer.model.save_pretrained(part)
        write_history(folder, trainer)
    trainer.accelerator.wait_for_everyone()
    return kept


def write_history(folder: Path, trainer: Any) -> None:
    """What was logged; of an adapter's stage it is the last file, and says that the stage has ended."""
    part = folder / f"{_HISTORY}.part"
    part.write_text(json.dumps(history(trainer.state.log_history)), encoding="utf-8")
    part.rename(folder / _HISTORY)


def read_history(folder: Path) -> list[dict[str, float]]:
    """What a stage logged; empty where it did not run."""
    path = folder / _HISTORY
    rows: list[dict[str, float]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return rows


def checkpoint(folder: Path) -> str | None:
    """The newest whole checkpoint. Its state is written last: without it a kill came in between."""
    found = sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]), reverse=True)
    for path in found:
        try:
            json.loads((path / "trainer_state.json").read_text(encoding="utf-8"))
            return str(path)
        except (OSError, ValueError):
            shutil.rmtree(path)
    return None
