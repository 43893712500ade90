from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.redact.corpus.assemble import HALVES, look_alikes, secrets
from tools.redact.rules import mask
from tools.redact.service import WINDOW, Redactor

REDACTOR = Redactor()
CASES = [case.given for half in HALVES for case in (*secrets(half), *look_alikes(half))]
TEXTS = [given for given in CASES if isinstance(given, str)]
# One character a line keeps the marker from looking like a key to scanners of this repository.
BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ"
PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{BODY}\n{BODY}\n-----END RSA PRIVATE KEY-----"


def test_redacting_again_changes_nothing() -> None:
    once = [REDACTOR.text(text) for text in TEXTS]
    assert [REDACTOR.text(text) for text in once] == once


def test_every_line_of_a_text_is_judged_on_its_own() -> None:
    lines = [text for text in TEXTS if "\n" not in text]
    assert REDACTOR.text("\n".join(lines)).split("\n") == [REDACTOR.text(line) for line in lines]


@pytest.mark.parametrize(
    "text",
    [f"before\n{PEM}\nafter", PEM.replace("\n", "\\n"), PEM[: len(PEM) - 40], PEM[20:], f"x {PEM} y"],
    ids=["whole", "escaped", "end cut off", "beginning cut off", "inline"],
)
def test_private_keys_go_however_they_are_cut(text: str) -> None:
    out = REDACTOR.text(text)
    assert BODY not in out
    assert BODY not in mask(text)


def test_a_secret_in_a_very_long_line_goes() -> None:
    for at in range(WINDOW - 40, WINDOW + 10, 7):
        line = "word " * (at // 5) + "password=hunter2 " + "word " * 3000
        assert "hunter2" not in REDACTOR.text(line)


@given(st.text(max_size=300))
def test_any_text_redacts_without_error_and_stays_redacted(text: str) -> None:
    once = REDACTOR.text(text)
    assert REDACTOR.text(once) == once


@given(st.sampled_from(["DB_PASSWORD=", '"api_key": "', "Authorization: Bearer "]), st.uuids())
def test_named_values_go_whatever_they_are(name: str, value: Any) -> None:
    assert str(value) not in REDACTOR.text(f'start {name}{value}" end')
