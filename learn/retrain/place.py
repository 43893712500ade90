"""The folder of one retrain: what is in it is done, so another worker skips it."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from domain.base import Value

T = TypeVar("T", bound=Value)


@dataclass(frozen=True)
class Place:
    """Every write is whole or not at all. Raises OSError."""

    folder: Path

    @property
    def data(self) -> Path:
        """The data sets; there once they are complete."""
        return self.folder / "data"

    @property
    def training(self) -> Path:
        """Checkpoints and weights."""
        return self.folder / "training"

    @property
    def report(self) -> Path:
        """The report and its pictures."""
        return self.folder / "report"

    def has_data(self) -> bool:
        """Whether the data sets are there."""
        return self.data.exists()

    def fresh_data(self) -> Path:
        """Where data sets are written before they are complete; what a worker that died left there is removed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self.data.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        return fresh

    def keep_data(self) -> None:
        """They are complete."""
        self.data.with_suffix(".new").rename(self.data)

    def get(self, name: str, kind: type[T]) -> T | None:
        """What was kept under a name, or `None`."""
        file = self.folder / f"{name}.json"
        return kind.model_validate_json(file.read_bytes()) if file.exists() else None

    def put(self, name: str, value: T) -> T:
        """Keep it."""
        self.write(self.folder / f"{name}.json", value.model_dump_json(indent=2))
        return value

    @staticmethod
    def write(file: Path, text: str) -> None:
        """A text."""
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f"{file.name}.new")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(file)
