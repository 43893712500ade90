"""Secrets in base64: what is decoded is read like any text, and goes as a whole when a secret is in it."""

import base64
import binascii
import re
import zlib
from collections.abc import Callable

_BLOB = re.compile(r"(?<![\w+/=-])(?=[A-Za-z0-9+/]{0,23}[A-Zg-z+/])[A-Za-z0-9+/]{24,}={0,2}(?![\w+/=])")
"""At least 18 bytes. What is written in 0-9 and a-f alone is a hash."""
_GZIP = b"\x1f\x8b"
MOST_BYTES = 1 << 20
"""That are read of one blob, unpacked; a Helm release can be as large."""
_DEPTH = 2
"""Helm writes base64 of base64 of gzip."""


def mask_encoded(text: str, mask: Callable[[str], str]) -> str:
    """The text without blobs in which `mask` finds a secret."""

    def judged(match: re.Match[str]) -> str:
        inside = _decoded(match[0], _DEPTH)
        return "[redacted:base64]" if inside and mask(inside) != inside else match[0]

    return _BLOB.sub(judged, text)


def _decoded(blob: str, depth: int) -> str:
    """The text in a blob; empty when there is none."""
    try:
        raw = base64.b64decode(blob + "=" * (-len(blob) % 4), validate=True)
    except (binascii.Error, ValueError):
        return ""
    if raw.startswith(_GZIP):
        raw = _unpacked(raw)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return ""
    if depth > 1 and _BLOB.fullmatch(text.strip()):
        return _decoded(text.strip(), depth - 1)
    return text if all(c.isprintable() or c in "\n\r\t" for c in text) else ""


def _unpacked(raw: bytes) -> bytes:
    """The beginning of what was packed; what a cut-off blob still yields counts, too."""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(raw, MOST_BYTES)
    except zlib.error:
        return b""
