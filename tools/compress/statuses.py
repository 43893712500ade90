"""Where a line states a status code: HTTP's, an exit code, a signal. It is never variable."""

import re
from dataclasses import dataclass
from enum import StrEnum

_METHOD = r"\b(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\s"
_CUES = (
    r"(?i:\b(?:status(?:[ _]?code)?|code|exit(?:ed)?(?: with)?(?: code| status)?|returned|responded(?: with)?"
    r"|response|(?<!\.)level|got|answered|error|signal|errno|rc)\\?[\"']?\s{0,2}[:= ]\s{0,2}\\?[\"']?)"
    rf"|{_METHOD}+\S*\s+(?:- )?|\"\s|\bTCP_[A-Z_]+/|\bSent "
)
"""What stands before a status: its name, the request that it answers, the end of that request's line, or what a
cache (Squid) or a program (Phoenix) writes there."""
_STATUS = re.compile(
    rf"(?:{_CUES}|HTTP/\d(?:\.\d)?\\?\"?\s+|\d/\d+/-?\d+/-?\d+/\+?\d+\s)(?P<cued>[1-9]\d{{0,2}})\b(?![.:\w])"
    r"|(?<![.,:\d])\b(?P<reasoned>[45]\d\d)(?=\s[A-Z][a-z]+)"
)
"""After its cue, or before its own words as in `503 Service Unavailable`; HAProxy writes five times before it."""
_REQUEST = re.compile(rf"{_METHOD}|\bHTTP/\d")
_REGISTERED = re.compile(
    r"(?<= )(?P<bare>10[0-3]|20[0-8]|226|30[0-8]|40\d|41[0-8]|42[1-689]|431|451|499|50\d|51[01])(?= )"
)
"""A number of its own that IANA lists as a status; in the line of a request without a cue, the first one is it."""
_SKETCHED = re.compile(rf"(?:{_CUES}|HTTP/\.?\\?\"?\s+|//-?/-?/\+?\s)" + r"(?![.:\w([{])(?!\\?[\"']\w)")
"""A place of a sketch where a line can have a status after its cue; the digits are gone."""
_SKETCHED_REASON = re.compile(r"(?:^|\W)\s[A-Z][a-z]")
_SKETCHED_REQUEST = re.compile(rf"(?:{_METHOD}|\bHTTP/).*  |  .*(?:{_METHOD}|\bHTTP/)")
_REASON = re.compile(r"[45]\d\d\s[A-Z][a-z]")
"""Near enough for a first look, and a line is searched for it in no time."""
_AT_CUE = re.compile(r"[1-9]\d{0,2}\b(?![.:\w])")
_CUE = 8
"""Characters before a status by which it is found again in a line of the same sketch."""


class Place(StrEnum):
    """Where lines of a sketch can hold a status code."""

    NOWHERE = "nowhere"
    BEFORE_REASON = "before its reason"
    STATED = "after a cue, or in the line of a request"


@dataclass(frozen=True)
class Spots:
    """What the sketch of a line tells about a status code in it."""

    place: Place
    cues: tuple[str, ...] = ()
    """What stands right before each place after a cue; nothing where a request may state its status anywhere."""


def spots_of(text: str) -> Spots:
    """Where lines of this sketch can hold a status code."""
    found = tuple(dict.fromkeys(text[max(0, m.end() - _CUE) : m.end()] for m in _SKETCHED.finditer(text)))
    if _SKETCHED_REQUEST.search(text):
        return Spots(Place.STATED)
    if found:
        return Spots(Place.STATED, found)
    return Spots(Place.BEFORE_REASON if _SKETCHED_REASON.search(text) else Place.NOWHERE)


def has_reason(line: str) -> bool:
    """Whether a line may state a status before its reason."""
    return _REASON.search(line) is not None


def status_of(line: str, spots: Spots, cue: str = "") -> tuple[str, str]:
    """The status code that a line states, or nothing; and the cue by which to find it in a line like this one."""
    if cue and (at := line.find(cue)) >= 0 and (found := _AT_CUE.match(line, at + len(cue))):
        return found[0], cue
    if spots.place is Place.NOWHERE:
        return "", ""
    if (spots.place is Place.BEFORE_REASON or _without_number(line, spots.cues)) and not has_reason(line):
        return "", ""
    span = span_of_status(line)
    if span is None:
        return "", ""
    start, end = span
    return line[start:end], line[max(0, start - _CUE) : start]


def _without_number(line: str, cues: tuple[str, ...]) -> bool:
    """Whether every cue is there as it is in the sketch, and no digit follows any."""
    for cue in cues:
        at = line.find(cue)
        if at < 0:
            return False
        while at >= 0:
            at += len(cue)
            if line[at : at + 1].isdigit():
                return False
            at = line.find(cue, at)
    return bool(cues)


def span_of_status(line: str) -> tuple[int, int] | None:
    """Where the status code of a line stands; `None` when it states none."""
    found = _STATUS.search(line)
    if found is None and _REQUEST.search(line):
        found = _REGISTERED.search(line)
    return found.span(found.lastgroup or 0) if found else None
