"""Databases that cannot do their work become `StoreUnavailable`, in one sentence without SQL or values."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from domain.errors import StoreUnavailable

_LOCKED = "is locked; close the other program that holds it, or wait and try again"
_READ_ONLY = "is read-only; give AOI's user the right to write it"
_FULL = "has no room left; free some space on its disk"
_MOVED = "was moved or deleted while AOI had it open; put it back and start AOI again"
_DAMAGED = "is damaged, or is not a database; restore a backup or move it away"
_CLOSED = "cannot be opened; check that its folder exists and that AOI's user may write there"
_OLD = "has not the tables AOI needs; run aoi db upgrade"
_REFUSED = "refuses AOI's user; check the name and the password in AOI_DATABASE_URL"
_BUSY = "is too busy; wait and try again"
_GONE = "does not answer; check that it runs and that AOI_DATABASE_URL names it"

_SQLITE = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: _DAMAGED,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_CANTOPEN: _CLOSED,
}
"""By primary result code, https://sqlite.org/rescode.html."""
_SQLITE_MOVED = (sqlite3.SQLITE_READONLY_DBMOVED, sqlite3.SQLITE_IOERR_FSTAT)

_POSTGRESQL = {
    "08": _GONE,
    "25006": _READ_ONLY,
    "28": _REFUSED,
    "3D": _GONE,
    "40": _BUSY,
    "42P01": _OLD,
    "42703": _OLD,
    "53": _BUSY,
    "53100": _FULL,
    "55P03": _LOCKED,
    "57": _GONE,
    "57014": _BUSY,
    "58": _DAMAGED,
    "XX": _DAMAGED,
}
"""By SQLSTATE, the longest match first, https://www.postgresql.org/docs/current/errcodes-appendix.html."""


@contextmanager
def guarding(name: str) -> Iterator[None]:
    """Turn the troubles of the database `name` into `StoreUnavailable`.

    A broken constraint is a fault of the caller and passes unchanged.
    """
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as e:
        trouble = _trouble(e)
        if trouble is None:
            raise
        raise _unavailable(name, trouble) from e
    except PoolTimeout as e:
        raise _unavailable(name, _BUSY) from e
    except OSError as e:
        raise _unavailable(name, _GONE) from e


def _unavailable(name: str, trouble: str) -> StoreUnavailable:
    return StoreUnavailable(f"{name[0].upper()}{name[1:]} {trouble}.")


def _trouble(error: DBAPIError) -> str | None:
    """What is wrong with the database, or `None` when the statement was."""
    state = getattr(error.orig, "sqlstate", None)
    if state:
        return next((_POSTGRESQL[state[:n]] for n in (5, 2) if state[:n] in _POSTGRESQL), None)
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        if "no such table" in str(error.orig) or "no such column" in str(error.orig):
            return _OLD
        return _MOVED if code in _SQLITE_MOVED else _SQLITE.get(code & 0xFF)
    return _GONE
