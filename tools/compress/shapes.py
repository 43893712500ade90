"""What of a line is variable by its looks: times, numbers, addresses and ids; never a level or a status code."""

import re
from enum import StrEnum

HOLE = "<*>"
"""Stands for a variable part."""

_STAMP = re.compile(
    r"^\W{0,2}\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?[\])\s|:-]*"
)
_STATUS = re.compile(
    r"(?:(?i:\b(?:status(?:[ _]?code)?|code|exit(?:ed)?(?: with)?(?: code| status)?|returned|responded(?: with)?"
    r"|response|level|got|answered|error|signal|errno|rc)\\?[\"']?\s{0,2}[:= ]\s{0,2}\\?[\"']?)"
    r"|HTTP/\d(?:\.\d)?\\?\"?\s+|\b(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\s+\S+\s+|\"\s)"
    r"([1-9]\d{0,2})\b(?![.:\w])"
    r"|\b([45]\d\d)(?=\s[A-Z][a-z]+)"
)
_SKETCHED_STATUS = re.compile(
    r"(?:(?i:\b(?:status(?:[ _]?code)?|code|exit(?:ed)?(?: with)?(?: code| status)?|returned|responded(?: with)?"
    r"|response|level|got|answered|error|signal|errno|rc)\\?[\"']?\s{0,2}[:= ]\s{0,2}\\?[\"']?)"
    r"|HTTP/\.?\\?\"?\s+|\b(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\s+\S*\s+|\"\s)(?![.:\w])(?!\\?[\"']\w)"
)
"""A place of a sketch where a line can have a status after its cue; the digits are gone."""
_SKETCHED_REASON = re.compile(r"(?:^|\W)\s[A-Z][a-z]")
_REASON = re.compile(r"[45]\d\d\s[A-Z][a-z]")
"""The same before its own words, as in `503 Service Unavailable`; a line is searched for it in no time."""
_AT_CUE = re.compile(r"[1-9]\d{0,2}\b(?![.:\w])")
_CUE = 8
"""Characters before a status by which it is found again in a line of the same sketch."""
_IDS = re.compile(
    r"\b(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|0x[0-9a-fA-F]+"
    r"|(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{7,}"
    r"|(?=[0-9]*[A-F])(?=[A-F]*[0-9])[0-9A-F]{7,}"
    r"|(?=[A-Za-z]*[0-9]+[A-Za-z]+[0-9])[A-Za-z0-9]{8,}"
    r"|(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{16,}"
    r"|[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5})\b"
    r"|(?<=-)[bcdf-hj-np-tv-xz0-9]{6,10}-[bcdf-hj-np-tv-xz2-9]{5}\b"
    r"|(?<=-)(?=[a-z]*[2-9])[bcdf-hj-np-tv-xz2-9]{5}\b"
)
"""Ids that hold letters: UUIDs, hexadecimal numbers, mixed tokens, MAC addresses, the endings of pods' names."""
_NUMBERS = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b"
    r"|(?<![A-Za-z0-9])[-+]?\d+(?:[.,]\d+|:\d\d\b)*(?:(?:ns|us|µs|ms|s|m|h)(?:\d+(?:\.\d+)?(?:ms|s|m))*|[KMGT]i?B?|B|%)?"
    r"(?![A-Za-z0-9])"
    r"|(?<=[a-zA-Z_])\d+(?![A-Za-z])"
)
_LIST = re.compile(r"<\*>(?:, ?<\*>)+")
_CODE = "\x00"
"""Holds the place of a status code while numbers are masked."""
_DIGITS = b"0123456789"


def sketch(line: str) -> bytes:
    """The line without its digits: equal for lines that differ in numbers alone, and made at the speed of C."""
    return line.encode("utf-8", "surrogatepass").translate(None, _DIGITS)


def without_ids(line: str) -> str:
    """The line with a hole for each id that holds letters, which a sketch would keep apart."""
    return _IDS.sub(HOLE, line)


class Place(StrEnum):
    """Where lines of a sketch can hold a status code."""

    NOWHERE = "nowhere"
    BEFORE_REASON = "before its reason"
    AFTER_CUE = "after a cue"


def status_place(drawn: bytes) -> Place:
    """Where lines of this sketch can hold a status code."""
    text = drawn.decode("utf-8", "surrogatepass")
    if _SKETCHED_STATUS.search(text):
        return Place.AFTER_CUE
    return Place.BEFORE_REASON if _SKETCHED_REASON.search(text) else Place.NOWHERE


def status_of(line: str, place: Place = Place.AFTER_CUE, cue: str = "") -> tuple[str, str]:
    """The status code that a line states, or nothing; and the cue by which to find it in a line like this one."""
    if cue and (at := line.find(cue)) >= 0 and (found := _AT_CUE.match(line, at + len(cue))):
        return found[0], cue
    if place is Place.NOWHERE or (place is Place.BEFORE_REASON and not _REASON.search(line)):
        return "", ""
    found = _STATUS.search(line)
    if found is None:
        return "", ""
    start, end = found.span(1 if found[1] else 2)
    return line[start:end], line[max(0, start - _CUE) : start]


def masked(line: str) -> str:
    """The line with a hole for all that is variable by its looks, without the time at its beginning."""
    line = _STAMP.sub("", without_ids(line)).replace(_CODE, "")
    status = _STATUS.search(line)
    if status is None:
        return _LIST.sub(HOLE, _NUMBERS.sub(HOLE, line)).strip()
    start, end = status.span(1 if status[1] else 2)
    numbers = _NUMBERS.sub(HOLE, f"{line[:start]}{_CODE}{line[end:]}")
    return _LIST.sub(HOLE, numbers).replace(_CODE, line[start:end], 1).strip()
