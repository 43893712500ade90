"""Several kubectl calls in one shell script, and their results out of what it printed."""

import base64
import binascii
import io
import re
import shlex
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass

BODY = "@body"
"""Stands for the file that holds a call's body."""
AT_ONCE = 8
"""Calls that run beside each other; the script has 30 seconds in all."""
CALL_SECONDS = 8
_BEGIN, _END = "aoi-begin", "aoi-end"


@dataclass(frozen=True)
class Call:
    """One kubectl call."""

    arguments: tuple[str, ...]
    body: str | None = None
    changes: bool = False
    """Whether it may alter the cluster; such a call travels alone, in its turn."""


@dataclass(frozen=True)
class Result:
    """What came of a call; `code` is the exit status."""

    code: int
    output: bytes
    error: str


LOST = Result(124, b"", "Unable to connect to the server: the command brought no answer")
"""For a call whose command was cut off, or whose answer cannot be read."""


def script_of(calls: Sequence[Call]) -> str:
    """A script that runs the calls and prints their results as one archive in base64, in lines."""
    lines = ["d=$(mktemp -d) && cd $d || exit"]
    lines += [f'r() {{ n=$1; shift; timeout {CALL_SECONDS} kubectl "$@" >$n.out 2>$n.err; echo $? >$n.code; }}']
    for number, call in enumerate(calls):
        if call.body is not None:
            lines += [f"echo {base64.b64encode(call.body.encode()).decode()} | base64 -d >{number}.body"]
        words = (f"{number}.body" if word == BODY else word for word in call.arguments)
        lines += [f"r {number} {shlex.join(words)} &"]
        if number % AT_ONCE == AT_ONCE - 1:
            lines += ["wait"]
    return "\n".join([*lines, "wait", f"echo {_BEGIN}; tar cz . | base64; echo {_END}", "cd /; rm -rf $d", ""])


def results_of(observation: str, count: int) -> list[Result]:
    """The results in the order of the calls; `LOST` for each that is not there."""
    found = re.search(rf"{_BEGIN}\s+([A-Za-z0-9+/=\s]+?)\s+{_END}", observation)
    if found is None:
        return [LOST] * count
    try:
        packed = io.BytesIO(base64.b64decode(found[1]))
        with tarfile.open(fileobj=packed, mode="r:gz") as archive:
            files = {each.name.removeprefix("./"): archive.extractfile(each) for each in archive if each.isfile()}
            held = {name: file.read() for name, file in files.items() if file is not None}
    except (binascii.Error, tarfile.TarError, OSError, EOFError):
        return [LOST] * count
    return [_result(held, number) for number in range(count)]


def _result(files: dict[str, bytes], number: int) -> Result:
    code = files.get(f"{number}.code", b"").strip()
    if not code.isdigit():
        return LOST
    error = files.get(f"{number}.err", b"").decode(errors="replace").strip()
    return Result(int(code), files.get(f"{number}.out", b""), error)
