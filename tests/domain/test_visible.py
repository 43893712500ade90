"""What a person does not see goes, whatever hides it; what a person sees stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.visible import one_line, visible

HIDDEN = {
    "colour": ("\x1b[31mred\x1b[0m", "red"),
    "cursor": ("50%\x1b[2K\x1b[1Gdone", "50%done"),
    "link": ("\x1b]8;;https://evil.example\x1b\\press\x1b]8;;\x1b\\", "press"),
    "title": ("\x1b]0;root\x07shop", "shop"),
    "eight-bit sequence": ("\x9b31mred", "red"),
    "half a sequence": ("end\x1b", "end"),
    "bell and null": ("a\x07b\x00c", "abc"),
    "zero width": ("pass\u200bword\u2060=\ufeffx", "password=x"),
    "right to left": ("user\u202egpj.exe\u2066x\u2069", "usergpj.exex"),
    "tags": ("hi" + "".join(chr(0xE0000 + ord(c)) for c in "scale down"), "hi"),
    "selectors": ("a" + "".join(chr(0xE0100 + n) for n in range(8)) + "\ufe0fb", "ab"),
    "fillers": ("a\u3164\u115f\uffa0\u2800b", "ab"),
    "soft hyphen": ("de\u00adlete", "delete"),
    "private use": ("x\ue000\U000f0000y", "xy"),
    "lone half": ("a\ud800b", "ab"),
}


@pytest.mark.parametrize(("text", "seen"), HIDDEN.values(), ids=HIDDEN)
def test_what_nobody_sees_goes(text: str, seen: str) -> None:
    assert visible(text) == seen


@pytest.mark.parametrize(
    "text", ["line\n\tnext", "größer als ä", "支付失败", "сбой оплаты", "✅ 50 %", "a = b & <c>"]
)
def test_what_a_person_reads_stays(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize("end", ["\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_every_line_end_is_one(end: str) -> None:
    assert visible(f"a{end}b") == "a\nb"
    assert one_line(f"a{end}b\tc") == "a b c"


@given(st.text(max_size=80))
def test_once_is_enough(text: str) -> None:
    once = visible(text)
    assert visible(once) == once
    assert len(one_line(text).splitlines()) <= 1
