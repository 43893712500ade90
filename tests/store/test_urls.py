"""Database URLs are understood or refused in one sentence, and never repeat a password."""

import pytest

from domain.errors import Misconfigured
from store.urls import parse


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("sqlite:////var/lib/aoi/aoi.db", "the SQLite database /var/lib/aoi/aoi.db"),
        ("sqlite+aiosqlite:///aoi.db", "the SQLite database aoi.db"),
        ("postgresql://u:hunter2@db.example:5433/aoi", "the PostgreSQL database aoi on db.example"),
        ("postgres://u:hunter2@db/aoi", "the PostgreSQL database aoi on db"),
        ("postgresql:///aoi?host=/run/pg", "the PostgreSQL database aoi on the local socket"),
    ],
)
def test_a_database_has_a_name_for_people(text: str, name: str) -> None:
    assert parse(text).name == name


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hunter2", "is not a URL"),
        ("", "is not a URL"),
        ("mysql://u:hunter2@db/aoi", "begins with mysql"),
        ("postgresql://u:hunter2@db:port/aoi", "is not a URL"),
        ("sqlite://", "in-memory"),
        ("sqlite:///:memory:", "in-memory"),
    ],
)
def test_what_is_no_database_of_ours_is_refused(text: str, says: str) -> None:
    with pytest.raises(Misconfigured, match=says) as refused:
        parse(text)
    assert "AOI_DATABASE_URL" in str(refused.value)
    assert "hunter2" not in str(refused.value)
