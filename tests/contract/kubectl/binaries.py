"""The kubectl binaries of this machine: the one on PATH and those of other versions beside it."""

import re
import shutil
from pathlib import Path

OLDEST = (1, 30)
"""Older ones speak SPDY for exec and want OpenAPI v2."""


def found() -> tuple[Path, ...]:
    """Binaries to test, PATH's first; empty where there is none."""
    on_path = shutil.which("kubectl")
    if on_path is None:
        return ()
    beside = sorted(
        path for path in Path(on_path).resolve().parent.glob("kubectl.1.*") if _version(path) >= OLDEST
    )
    return (Path(on_path), *beside)


def _version(path: Path) -> tuple[int, int]:
    match = re.fullmatch(r"kubectl\.(\d+)\.(\d+)", path.name)
    return (int(match[1]), int(match[2])) if match else (0, 0)
