"""What PostgreSQL says becomes one sentence, and what the caller did wrong stays what it is."""

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from domain.errors import StoreUnavailable
from store.errors import guarding

NAME = "the PostgreSQL database aoi on db"


def _raised(error: Exception) -> Exception:
    with pytest.raises(Exception) as caught, guarding(NAME):
        raise error
    return caught.value


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (psycopg.errors.DiskFull("of /var/lib/pg"), "has no room left"),
        (psycopg.errors.TooManyConnections("sorry"), "is too busy"),
        (psycopg.errors.ReadOnlySqlTransaction("cannot execute INSERT"), "is read-only"),
        (psycopg.errors.LockNotAvailable("canceling statement"), "is locked"),
        (psycopg.errors.DeadlockDetected("process 7"), "is too busy"),
        (psycopg.errors.QueryCanceled("statement timeout"), "is too busy"),
        (psycopg.errors.AdminShutdown("terminating connection"), "does not answer"),
        (psycopg.errors.InvalidPassword("for user aoi"), "refuses AOI's user"),
        (psycopg.errors.UndefinedTable("incident"), "run aoi db upgrade"),
        (psycopg.errors.DataCorrupted("page 7"), "is damaged"),
        (psycopg.OperationalError("connection refused"), "does not answer"),
    ],
)
def test_troubles_of_postgresql(error: psycopg.Error, says: str) -> None:
    said = _raised(OperationalError("INSERT INTO incident", {"question": "hunter2"}, error))
    assert isinstance(said, StoreUnavailable)
    assert str(said).startswith(f"The {NAME[4:]} ")
    assert says in str(said)
    assert str(error) not in str(said)


def test_a_full_pool_and_a_refused_socket_are_troubles_too() -> None:
    assert "is too busy" in str(_raised(PoolTimeout("QueuePool limit of size 8")))
    assert "does not answer" in str(_raised(ConnectionRefusedError(111, "refused")))


@pytest.mark.parametrize(
    "error",
    [
        IntegrityError("INSERT", {}, psycopg.errors.UniqueViolation("twice")),
        DBAPIError("SELEC", {}, psycopg.errors.SyntaxError("at SELEC")),
        ValueError("of ours"),
    ],
)
def test_our_own_mistakes_are_not_the_databases(error: Exception) -> None:
    assert _raised(error) is error
