"""What of a line is variable by its looks: times, numbers, addresses and ids; never a level or a status code."""

import re

from tools.compress.statuses import span_of_status

HOLE = "<*>"
"""Stands for a variable part."""

_STAMP = re.compile(
    r"^\W{0,2}\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?[\])\s|:-]*"
)
_HOST = re.compile(r"^([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d )\S+(?= [\w./()-]+(?:\[\d+\])?: )")
"""The machine in a line of syslog, which writes it between the time and the program."""
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
    r"|(?<![A-Za-z0-9])[-+]?\d+(?:[.,]\d+|:\d\d\b)*"
    r"(?:(?:ns|us|µs|ms|s|m|h)(?:\d+(?:\.\d+)?(?:ms|s|m))*|[kKMGTP]i?B?|\s[kKMGTP]i?B|B|%)?(?![A-Za-z0-9])"
    r"|(?<=[a-zA-Z_])\d+(?![A-Za-z])"
)
_DIGITS_LEFT = re.compile(r"[0-9]+")
_LIST = re.compile(r"<\*>(?:, ?<\*>)+")
_CODE = "\x00"
"""Holds the place of a status code while numbers are masked."""
_WITHOUT_MARKS = str.maketrans("", "", "\x00\x01\x02")
"""The marks of this package must not come from a line."""
_DIGITS = b"0123456789"


def sketch(line: str) -> bytes:
    """The line without its digits: equal for lines that differ in numbers alone, and made at the speed of C."""
    return line.encode("utf-8", "surrogatepass").translate(None, _DIGITS)


def without_ids(line: str) -> str:
    """The line with a hole for each id that holds letters, which a sketch would keep apart."""
    return _IDS.sub(HOLE, line)


def masked(loose: str) -> str:
    """The line with a hole for all that is variable by its looks, without the time at its beginning.

    `loose` is the line without its ids.
    """
    line = _HOST.sub(rf"\1{HOLE}", _STAMP.sub("", loose)).translate(_WITHOUT_MARKS)
    status = span_of_status(line)
    if status is None:
        return _without_numbers(line).strip()
    start, end = status
    numbers = _without_numbers(f"{line[:start]}{_CODE}{line[end:]}")
    return numbers.replace(_CODE, line[start:end], 1).strip()


def _without_numbers(line: str) -> str:
    """Digits inside of words go too, as they do from the sketch: what the sketch keeps apart and this differ in
    nothing else."""
    return _LIST.sub(HOLE, _DIGITS_LEFT.sub(HOLE, _NUMBERS.sub(HOLE, line)))
