"""Full text: SQLite's FTS5 and PostgreSQL's tsvector behind the same three questions.

The two keep their words in tables that SQLAlchemy cannot declare alike, so they are written here in SQL, and
comparisons of tables leave them out.
"""

import re
from collections.abc import Mapping, Sequence

from sqlalchemy import text
from sqlmodel import Session

_TABLE = "memory_words"
_WORD = re.compile(r"[^\W_]{3,}")
MOST_WORDS = 40
"""Words of a question that are searched for."""
_COMMON = """
all and any are been but can cannot did does for from had has have help how into its not our out please since some
than that the them then there they this was what when where which who why will with would you
"""
"""They say nothing about an incident."""

_KEEP: Mapping[str, tuple[str, ...]] = {
    "sqlite": (
        "DELETE FROM memory_words WHERE rowid = :id",
        "INSERT INTO memory_words (rowid, words) VALUES (:id, :words)",
    ),
    "postgresql": (
        "INSERT INTO memory_words (id, words) VALUES (:id, to_tsvector('english', :words))"
        " ON CONFLICT (id) DO UPDATE SET words = excluded.words",
    ),
}
_FIND: Mapping[str, str] = {
    "sqlite": "SELECT rowid FROM memory_words WHERE memory_words MATCH :query"
    " ORDER BY bm25(memory_words), rowid DESC LIMIT :most",
    "postgresql": "SELECT id FROM memory_words, to_tsquery('english', :query) AS query WHERE words @@ query"
    " ORDER BY ts_rank(words, query) DESC, id DESC LIMIT :most",
}
_OR: Mapping[str, str] = {"sqlite": " OR ", "postgresql": " | "}
_QUOTE: Mapping[str, str] = {"sqlite": '"', "postgresql": "'"}


def telling_words(words: str) -> tuple[str, ...]:
    """The words that can tell one incident from another, lower case, each once, in their order."""
    common = _COMMON.split()
    found = (word.lower() for word in _WORD.findall(words))
    return tuple(dict.fromkeys(word for word in found if word not in common))[:MOST_WORDS]


def keep_words(session: Session, row: int, words: str) -> None:
    """Index the words under a row's id, in place of those that were there."""
    clean = words.replace("\x00", " ")
    for statement in _KEEP[_dialect(session)]:
        session.connection().execute(text(statement), {"id": row, "words": clean})


def find_rows(session: Session, words: Sequence[str], most: int) -> list[int]:
    """Ids of the rows that have any of the words, the best match first."""
    if not words:
        return []
    dialect = _dialect(session)
    quote = _QUOTE[dialect]  # words are letters and digits alone, so that they cannot close it
    query = _OR[dialect].join(f"{quote}{word}{quote}" for word in words)
    found = session.connection().execute(text(_FIND[dialect]), {"query": query, "most": most})
    return [int(row[0]) for row in found]


def compared(name: str | None, kind: str, _parents: object) -> bool:
    """Whether a table is compared with what the code declares; Alembic's `include_name`."""
    return not (kind == "table" and name is not None and name.startswith(_TABLE))


def _dialect(session: Session) -> str:
    return str(session.get_bind().dialect.name)
