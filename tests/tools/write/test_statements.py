"""What a Job says to a MongoDB server: closed against every name, and true in its exit code."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.accounts import AccountAction, CreateDatabaseUser, GrantDatabaseRole
from lab.cluster.mongo.roles import Role
from lab.cluster.mongo.server import Data, Mongod, Session
from lab.cluster.mongo.shell import FAILED, mongo
from tests.tools.samples import DATABASE
from tools.write.statements import WORD, said

BREAKERS = (
    'x"); db.dropDatabase(); ("',
    "x'",
    "x\\",
    "$(ADMIN_PASSWORD)",
    "$where",
    "a b",
    "a\nb",
    "a\n",
    "-x",
    "",
    "ü",
    "x" * 64,
)
NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}", fullmatch=True)


def grant(user: str = "ledger", database: str = "ledger-data") -> GrantDatabaseRole:
    return GrantDatabaseRole(target=DATABASE, user=user, role="readWrite", database=database)


def create(user: str = "ledger", secret_name: str = "ledger-db", key: str = "word") -> CreateDatabaseUser:
    return CreateDatabaseUser(
        target=DATABASE, user=user, role="read", database="ledger-data", secret_name=secret_name, key=key
    )


@pytest.mark.parametrize("text", BREAKERS)
def test_no_name_can_leave_its_place(text: str) -> None:
    for make in (
        lambda: grant(user=text),
        lambda: grant(database=text),
        lambda: create(user=text),
        lambda: create(secret_name=text),
        lambda: create(key=text.replace("-", "/")),
        lambda: grant().model_validate({**grant().model_dump(), "user_database": text}),
        lambda: grant().model_validate({**grant().model_dump(), "role": text}),
    ):
        with pytest.raises(ValidationError):
            make()


@given(user=NAMES, database=NAMES)
def test_whatever_the_names_the_statement_is_the_same(user: str, database: str) -> None:
    """With its texts taken out, each statement is one of a fixed handful."""
    texts = re.compile(r'"(?:[^"\\]|\\.)*"')
    for action, sample in ((grant(user, database), grant()), (create(user), create())):
        for shell in ("mongo", "mongosh"):
            for mine, plain in zip(*_both(action, sample, shell), strict=True):
                assert texts.sub('""', mine) == texts.sub('""', plain)
                assert "$" not in mine


def _both(one: AccountAction, two: AccountAction, shell: str) -> tuple[tuple[str, str], tuple[str, str]]:
    assert shell in ("mongo", "mongosh")
    a, b = said(one, shell), said(two, shell)  # type: ignore[arg-type] # it is one of the two
    return (a.does, a.back), (b.does, b.back)


@pytest.fixture
def server() -> Mongod:
    """`root` administers; `ledger` may log in and nothing else."""
    data = Data()
    opened = Session(Mongod(data))
    opened.create_user("admin", "root", "root", [Role("root", "admin")])
    opened.create_user("admin", "ledger", "word", [])
    return Mongod(data, authorization=True)


def run(server: Mongod, statement: str, user: str = "root") -> tuple[int, str]:
    login = (f"--username={user}", f"--password={'root' if user == 'root' else 'word'}")
    words = ("--norc", "--quiet", *login, "--authenticationDatabase=admin", "--eval", statement, "admin")
    ran = mongo(list(words), lambda host, port: server, {WORD: 'pa"ss'})
    return ran.code, ran.out.splitlines()[0]


def test_a_grant_says_whether_it_was_the_one_that_changed_something(server: Mongod) -> None:
    statement = said(grant(), "mongo")
    assert run(server, statement.back) == (
        4,
        "ledger does not have readWrite on ledger-data; nothing was changed.",
    )
    assert run(server, statement.does) == (0, "Granted readWrite on ledger-data to ledger.")
    assert run(server, statement.does) == (4, "ledger has readWrite on ledger-data already; nothing was changed.")
    assert run(server, statement.back) == (0, "Revoked readWrite on ledger-data from ledger.")
    assert server.data.users["admin", "ledger"].roles == ()


def test_a_user_is_made_once_with_the_password_of_the_file(server: Mongod) -> None:
    statement = said(create("clerk"), "mongo")
    code, _ = run(server, statement.does)
    assert code == 0
    made = server.data.users["admin", "clerk"]
    assert (made.password, made.roles) == ('pa"ss', (Role("read", "ledger-data"),))
    assert run(server, statement.does) == (
        FAILED,
        'uncaught exception: Error: User "clerk@admin" already exists :',
    )
    assert run(server, statement.back) == (0, "Dropped clerk from admin.")
    assert run(server, statement.back) == (3, "There is no user clerk in admin; nothing was changed.")


def test_who_may_not_is_refused_and_nothing_is_changed(server: Mongod) -> None:
    code, out = run(server, said(grant(), "mongo").does, user="ledger")
    assert code == FAILED
    assert "not authorized on admin to execute command" in out
    assert run(server, said(grant("nobody"), "mongo").does) == (
        3,
        "There is no user nobody in admin; nothing was changed.",
    )
    assert server.data.users["admin", "ledger"].roles == ()


def test_the_password_never_stands_in_a_statement() -> None:
    for shell in ("mongo", "mongosh"):
        (does, back), _ = _both(create(), create(), shell)
        assert json.dumps(WORD) in does
        assert WORD not in back
