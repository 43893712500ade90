"""Programs in another Python than AOI's own, such as vLLM and training: are they there, their end, their log."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

from domain.errors import Misconfigured
from tools.redact.service import Redactor

STOP_SECONDS = 30.0
_READ = 16_384
"""Bytes from the end of a log."""


async def check_has(python: str, module: str, setting: str, what: str) -> None:
    """Raises Misconfigured where this Python cannot be run or lacks the module; `what` ends the sentence."""
    look = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
    try:
        process = await asyncio.create_subprocess_exec(python, "-c", look)
    except OSError as e:
        raise Misconfigured(f"{setting} is {python!r}, which cannot be run ({e.strerror}).") from e
    if await process.wait() != 0:
        raise Misconfigured(f"{python} has no {what}")


def last_lines(log: Path, lines: int, redactor: Redactor, width: int = 200) -> list[str]:
    """The end of a log without secrets and without what would mark up a terminal."""
    with log.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - _READ))
        text = file.read().decode(errors="replace")
    clean = ("".join(sign for sign in line if sign.isprintable()) for line in text.splitlines()[-lines:])
    return [redactor.text(line)[:width] for line in clean]


async def end(process: asyncio.subprocess.Process) -> None:
    """End a process that leads a group of its own, with all that it started."""
    if process.returncode is None:
        process.terminate()
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
