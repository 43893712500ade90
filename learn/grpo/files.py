"""Folders of files that are whole or not there."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """A fresh folder to fill, which takes the place of `folder` at the end.

    Other users can read its files then: the libraries write weights for their owner alone.
    """
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    yield part
    for path in part.iterdir():
        path.chmod(0o644)
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)
