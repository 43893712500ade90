"""The registry of adapters: folders of weights, which model servers read from disk, and one file beside them."""

import fcntl
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import ValidationError

from domain.adapters import Adapter, Roster, Training
from domain.errors import BadInput, StoreUnavailable

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_ROSTER = "roster.json"


@dataclass(frozen=True)
class FileAdapters:
    """The adapters below one folder; several processes may use it at once."""

    folder: Path

    def roster(self) -> Roster:
        """What is on record. Raises StoreUnavailable."""
        file = self.folder / _ROSTER
        try:
            return Roster.model_validate_json(file.read_bytes())
        except FileNotFoundError:
            return Roster()
        except (OSError, ValidationError) as e:
            raise StoreUnavailable(f"The registry {file} cannot be read; restore it from a backup.") from e

    def register(
        self, name: str, source: Path, base: str, at: datetime, training: Training | None = None
    ) -> Adapter:
        """Copy a trained adapter, as PEFT saves it, under a new name.

        Raises:
            BadInput: the folder holds no adapter, or the name is taken or has no version.
            StoreUnavailable: it cannot be kept.
        """
        folder = self.folder / name
        try:
            adapter = Adapter(
                name=name,
                base=base,
                path=str(folder.resolve()),
                digest=digest_of(source),
                rank=_rank(source),
                registered_at=at,
                training=training,
            )
        except ValidationError as e:
            raise BadInput(f"{name[:80]!r} is no name of an adapter; write it like aoi-observer-v3.") from e
        if name == base:
            raise BadInput(f"{name!r} is the name of the base model; an adapter needs one of its own.")
        with self._locked():
            roster = self.roster().with_new(adapter)
            _copy(source, folder)
            self._write(roster)
        return adapter

    def change(self, how: Callable[[Roster], Roster]) -> Roster:
        """Change what is on record, one process at a time. Raises StoreUnavailable, and what `how` raises."""
        with self._locked():
            roster = how(self.roster())
            self._write(roster)
        return roster

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / ".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as e:
            raise StoreUnavailable(
                f"The folder {self.folder} cannot be written ({e.strerror}); let AOI, or set AOI_DATA_DIR."
            ) from e

    def _write(self, roster: Roster) -> None:
        """Whole or not at all: readers take no lock."""
        fresh = self.folder / f"{_ROSTER}.new"
        fresh.write_text(roster.model_dump_json(indent=2) + "\n", encoding="utf-8")
        fresh.replace(self.folder / _ROSTER)


def digest_of(folder: Path) -> str:
    """SHA-256 in hex over both files. Raises BadInput where one is missing."""
    digest = hashlib.sha256()
    for name in (CONFIG, WEIGHTS):
        try:
            with (folder / name).open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as e:
            raise BadInput(f"{folder} holds no adapter: {name} cannot be read; save it with PEFT.") from e
    return digest.hexdigest()


def check_unchanged(adapter: Adapter) -> None:
    """Raises BadInput where the files are no longer those that were registered."""
    if digest_of(Path(adapter.path)) != adapter.digest:
        raise BadInput(
            f"The files of the adapter {adapter.name!r} have changed since it was registered;"
            " register them under the next version, or restore them."
        )


def _rank(folder: Path) -> int:
    try:
        rank = json.loads((folder / CONFIG).read_bytes())["r"]
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise BadInput(f"{folder / CONFIG} does not tell the rank of a LoRA; save it with PEFT.") from e
    if not isinstance(rank, int) or rank < 1:
        raise BadInput(f"{folder / CONFIG} tells no usable rank of a LoRA; save it with PEFT.")
    return rank


def _copy(source: Path, folder: Path) -> None:
    """Both files, readable for the model server's user: PEFT writes them for their owner alone."""
    with TemporaryDirectory(dir=folder.parent) as made:
        for name in (CONFIG, WEIGHTS):
            shutil.copyfile(source / name, Path(made) / name)
            (Path(made) / name).chmod(0o644)
        Path(made).chmod(0o755)
        shutil.rmtree(folder, ignore_errors=True)  # left by a copy that was killed before it was on record
        shutil.copytree(made, folder)
