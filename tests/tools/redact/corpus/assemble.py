"""The corpus of secrets and look-alikes, put together when it is read: no file of it holds a credential.

What stands between ⟦ and ⟧ is joined from pieces between `|`: `b64:TEXT` is the base64 of TEXT, `helm:TEXT` a Helm
release of it, `jwt` a token, a sign and a number that many characters of an alphabet (`#36`: letters and digits),
and anything else stands for itself. The characters follow from the text around them, so each reading is the same.
"""

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Literal

import yaml

from tools.redact.service import Redactor

HERE = Path(__file__).parent
Half = Literal["known", "held"]
HALVES: tuple[Half, ...] = ("known", "held")
_FILES = {"known": ("known", "earlier", "others", "manuals"), "held": ("held",)}

_MARKED = re.compile(r"⟦(.*?)⟧", re.DOTALL)
_REDACTED = re.compile(r"\[redacted:[a-z-]+\]")
_RECIPE = re.compile(r"([#%^+$])(\d{1,3})")
_DIGITS = "0123456789"
_SMALL = "abcdefghijklmnopqrstuvwxyz"
_ALPHABETS = {
    "#": _SMALL + _SMALL.upper() + _DIGITS,
    "%": "0123456789abcdef",
    "^": _SMALL.upper() + "234567",
    "+": _SMALL + _SMALL.upper() + _DIGITS + "+/",
    "$": _SMALL + _SMALL.upper() + _DIGITS + "-_",
}
_WINDOW = 5
"""Characters in a row of a secret that must not be left over; half of it, when it is longer than ten."""


@dataclass(frozen=True)
class Case:
    """One text or object where an engineer would meet it."""

    half: Half
    place: str
    given: Any
    """A text, or a Kubernetes object."""
    secrets: tuple[str, ...]
    """What must be gone; for a look-alike, what only looks so."""
    kept: str = ""
    """What must survive."""

    def redacted(self, redactor: Redactor) -> Any:
        """What the redactor makes of it."""
        return redactor.text(self.given) if isinstance(self.given, str) else redactor.object(self.given)

    def out(self, redactor: Redactor) -> str:
        """All text of it, as it reads afterwards."""
        return "\n".join(_leaves(self.redacted(redactor)))

    def left(self, redactor: Redactor) -> list[str]:
        """Secrets of which something that helps to guess them is left over."""
        out = _REDACTED.sub("", self.out(redactor))
        around = "\n".join(_leaves(self.given))
        for secret in self.secrets:
            around = around.replace(secret, "")
        return [s for s in self.secrets if any(part in out and part not in around for part in _parts(s))]

    def __str__(self) -> str:
        return f"{self.half}, {self.place}: {' '.join(str(self.given).split())[:60]}"


def secrets(half: Half) -> list[Case]:
    """The secrets of one half."""
    return [_case(half, row) for name in _FILES[half] for row in _rows(f"{name}_secrets")]


def look_alikes(half: Half) -> list[Case]:
    """The look-alikes of one half."""
    return [_case(half, row) for name in _FILES[half] for row in _rows(f"{name}_look_alikes")]


def _rows(name: str) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
    return rows


def _case(half: Half, row: dict[str, str]) -> Case:
    text = row.get("text") or row["object"]
    made: list[str] = []

    def put(match: re.Match[str]) -> str:
        whole = "".join(_pieces(match[1], f"{text}{match.start()}"))
        made.extend(filter(None, whole.split("\n")))
        return whole

    given = _MARKED.sub(put, text)
    return Case(
        half=half,
        place=row["place"],
        given=given if "text" in row else yaml.safe_load(given),
        secrets=tuple(made),
        kept=row.get("kept", ""),
    )


def _pieces(inside: str, seed: str) -> Iterator[str]:
    for number, piece in enumerate(inside.split("|")):
        recipe = _RECIPE.fullmatch(piece)
        if recipe is not None:
            yield _characters(_ALPHABETS[recipe[1]], int(recipe[2]), f"{seed}{number}")
        elif piece.startswith("b64:"):
            yield base64.b64encode(piece.removeprefix("b64:").encode()).decode()
        elif piece.startswith("helm:"):
            release = json.dumps({"config": piece.removeprefix("helm:"), "chart": {"name": "db"}}).encode()
            yield base64.b64encode(base64.b64encode(gzip.compress(release, mtime=0))).decode()
        elif piece == "jwt":
            yield _token(seed)
        else:
            yield piece


def _token(seed: str) -> str:
    parts = [{"alg": "HS256", "typ": "JWT"}, {"sub": "made-up", "iat": 1700000000}]
    written = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*written, _characters(_ALPHABETS["$"], 43, seed)])


def _characters(alphabet: str, length: int, seed: str) -> str:
    """As random as a hash is."""
    digests = (hashlib.sha256(f"{seed}/{number}".encode()).digest() for number in count())
    stream = (byte for digest in digests for byte in digest)
    return "".join(alphabet[next(stream) % len(alphabet)] for _ in range(length))


def _parts(secret: str) -> Iterator[str]:
    """Stretches of a secret that would give it away."""
    size = min(len(secret), max(_WINDOW, len(secret) // 2))
    return (secret[at : at + size] for at in range(len(secret) - size + 1))


def _leaves(thing: Any) -> Iterator[str]:
    """All strings of a JSON value, keys too."""
    if isinstance(thing, dict):
        for key, value in thing.items():
            yield str(key)
            yield from _leaves(value)
    elif isinstance(thing, list | tuple):
        for item in thing:
            yield from _leaves(item)
    else:
        yield str(thing)
