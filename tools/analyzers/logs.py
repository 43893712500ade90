"""Reading log lines: the telling one, and complaints about other services."""

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from tools.analyzers.objects import when

_STAMP = re.compile(
    r"^\W{0,2}(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)[\])>|,:\s-]*"
)
_SECONDS_A_LINE = 15.0
"""How fast a log without times is taken to grow."""
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_BAD = re.compile(
    r"\b(fatal|panic|error|err|ftl|exception|critical|emerg|traceback|failed|failure|cannot|refused|denied"
    r"|not found|no such|invalid|missing|unable)\b|(?:Error|Exception)\b",
    re.IGNORECASE,
)
_ERROR_LEVEL = re.compile(
    r"\b(FATAL|PANIC|ERROR|ERR|FTL|CRITICAL|SEVERE|EMERG)\b|level=(error|fatal|panic)|\"level\":\s*\"(error|fatal)"
    r"|^(panic:|Traceback|Exception|E\d{4} )|\b[A-Z]\w+(Error|Exception):",
    re.IGNORECASE,
)
_CALM_LEVEL = re.compile(
    r"\b(INFO|INF|DEBUG|DBG|TRACE)\b|level=(info|debug)|\"level\":\s*\"(info|debug)", re.IGNORECASE
)
_FRAME = re.compile(
    r"^at\s+[\w$.<>/]+\s*[(:\[]|^File \"|^goroutine \d|^\.\.\.|^[\w./*-]+\.[\w.*()]+\(.*\)$|^/\S+\.go:\d+"
)
"""A line of a stack, without its time and indentation."""


class Trouble(StrEnum):
    """How a call to another service fails."""

    REFUSED = "connection refused"
    TIMED_OUT = "timeout"
    NO_HOST = "unknown host"
    UNAVAILABLE = "unavailable"
    DENIED = "access denied"


_TROUBLES: tuple[tuple[Trouble, re.Pattern[str]], ...] = (
    (
        Trouble.NO_HOST,
        re.compile(
            r"no such host|ENOTFOUND|EAI_AGAIN|name or service not known|could not resolve|unknown host"
            r"|name resolution|nodename nor servname|getaddrinfo|cannot resolve|UnknownHostException|NXDOMAIN",
            re.I,
        ),
    ),
    (
        Trouble.REFUSED,
        re.compile(
            r"connection refused|ECONNREFUSED|connect refused|actively refused|refused the connection"
            r"|ConnectionRefused|no route to host|EHOSTUNREACH|connection reset|ECONNRESET",
            re.I,
        ),
    ),
    (
        Trouble.TIMED_OUT,
        re.compile(r"time[d]?[ -]?out|ETIMEDOUT|deadline exceeded|TimeoutException|TimeoutError", re.I),
    ),
    (
        Trouble.DENIED,
        re.compile(
            r"authentication failed|auth(?:entication|orization)? (?:error|required)|access denied"
            r"|not authori[sz]ed"
            r"|unauthori[sz]ed|invalid (?:username|password|credentials)|WRONGPASS|NOAUTH|permission denied for",
            re.I,
        ),
    ),
    (
        Trouble.UNAVAILABLE,
        re.compile(
            r"\b50[234]\b|UNAVAILABLE|service unavailable|bad gateway|no healthy upstream|upstream connect"
            r"|no endpoints|circuit breaker|connection (?:failed|error|closed|lost)"
            r"|(?:failed|unable|cannot|could not) (?:to )?(?:connect|reach|dial|contact|call)|unreachable|\bEOF\b"
            r"|broken pipe",
            re.I,
        ),
    ),
)

_remembered = lru_cache(maxsize=16_384)
"""Several analyzers read the same line, and the looks of a watch read it again."""


@_remembered
def clean(line: str, limit: int = 220) -> str:
    """A line on its own: no time stamp, colours or control characters, and not too long."""
    text = _COLOURS.sub("", line)
    while _STAMP.match(text):  # the kubelet's time, then the program's own
        text = _STAMP.sub("", text)
    text = _CONTROL.sub(" ", text).strip()
    return text if len(text) <= limit else text[: limit - 1] + "…"


@_remembered
def stamp_of(line: str) -> datetime | None:
    """When the line was written, if it begins with a date and time (UTC when no zone is given)."""
    match = _STAMP.match(_COLOURS.sub("", line))
    return when(match[1].replace(",", ".").replace(" ", "T")) if match else None


def telling(lines: Sequence[str]) -> str | None:
    """The line that tells most: the last complaint that is no stack frame, else the last line of all."""
    said = [line for line in lines if line.strip()]
    plain = [line for line in said if not is_frame(line)]
    bad = [line for line in plain if is_error(line)] or [line for line in plain if _BAD.search(line)]
    chosen = bad or said
    return clean(chosen[-1]) if chosen else None


@_remembered
def is_frame(line: str) -> bool:
    """Whether the line is part of a stack, which repeats what was said before."""
    return bool(_FRAME.match(clean(line, 2000)))


@_remembered
def is_error(line: str) -> bool:
    """Whether the program itself calls the line an error."""
    return bool(_ERROR_LEVEL.search(clean(line, 2000))) and not _CALM_LEVEL.search(clean(line, 200)[:60])


@_remembered
def trouble_of(line: str) -> Trouble | None:
    """How a call failed, if the line reports a failing call."""
    if _CALM_LEVEL.search(line[:80]):
        return None
    return next((trouble for trouble, shape in _TROUBLES if shape.search(line)), None)


def fresh(lines: Sequence[str], now: datetime, seconds: float) -> tuple[str, ...]:
    """The lines of the last `seconds`; one without a time of its own is as old as the line before it.

    A log without any times cannot be dated; its last few lines stand for the present.
    """
    stamps = [stamp_of(line) for line in lines]
    if not any(stamps):
        return tuple(lines[-int(seconds / _SECONDS_A_LINE) :])
    kept: list[str] = []
    keep = False
    for line, at in zip(lines, stamps, strict=True):
        keep = keep if at is None else (now - at).total_seconds() <= seconds
        if keep:
            kept.append(line)
    return tuple(kept)
