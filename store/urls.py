"""Which databases AOI speaks to, and how their names are written."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, assert_never

from sqlalchemy import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from domain.errors import Misconfigured

Kind = Literal["sqlite", "postgresql"]

_WANTED = "AOI_DATABASE_URL must look like sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME"


@dataclass(frozen=True)
class Address:
    """A database URL that has been understood."""

    kind: Kind
    url: URL
    """With the driver filled in."""

    @property
    def name(self) -> str:
        """The database in words, without the password."""
        match self.kind:
            case "sqlite":
                return f"the SQLite database {self.url.database}"
            case "postgresql":
                return f"the PostgreSQL database {self.url.database} on {self.url.host or 'the local socket'}"
            case _:
                assert_never(self.kind)

    @property
    def folder(self) -> Path | None:
        """Where the file of a SQLite database lies; `None` for a `file:` URI and for PostgreSQL."""
        path = self.url.database or ""
        return None if self.kind == "postgresql" or path.startswith("file:") else Path(path).parent


def parse(text: str) -> Address:
    """Understand a database URL; the driver may be left out.

    Raises:
        Misconfigured: it is no URL, or no database that AOI speaks to. The text itself may hold a
            password and is not repeated.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as e:
        raise Misconfigured(f"{_WANTED}; what it has is not a URL.") from e
    match url.drivername:
        case "sqlite" | "sqlite+aiosqlite":
            if not url.database or ":memory:" in url.database:
                raise Misconfigured("AOI_DATABASE_URL names an in-memory database, which forgets; name a file.")
            return Address("sqlite", url.set(drivername="sqlite"))
        case "postgres" | "postgresql" | "postgresql+psycopg":
            return Address("postgresql", url.set(drivername="postgresql+psycopg"))
        case other:
            raise Misconfigured(f"{_WANTED}; what it has begins with {other[:30]}.")
