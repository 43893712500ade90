"""The table of texts is complete, sourced, and speaks per version."""

from pathlib import Path

import pytest
import yaml

from lab.cluster import texts
from lab.cluster.texts import Row, Text, Texts

TABLE = Path(texts.__file__).parent / "data" / "texts.yaml"


def test_every_text_has_rows_and_every_row_a_source() -> None:
    raw = yaml.safe_load(TABLE.read_text())
    assert set(raw) == {text.value for text in Text}
    for rows in raw.values():
        for row in rows:
            assert Row.model_validate(row).source
    assert Texts.load("1.30").spellings.keys() == set(Text)


@pytest.mark.parametrize(
    ("version", "spelling"),
    [
        ("1.31", 'Back-off pulling image "web:1"'),
        ("1.33", 'Back-off pulling image "web:1": ErrImagePull: no such image'),
    ],
)
def test_the_newest_row_that_is_old_enough_speaks(version: str, spelling: str) -> None:
    said = Texts.load(version).say(Text.BACK_OFF_PULL_WAITING, image="web:1", error="no such image")
    assert said == spelling
