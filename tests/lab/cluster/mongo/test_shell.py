"""The mongo shell against a server: what it prints, how it is refused."""

import pytest

from lab.cluster.mongo.roles import Role
from lab.cluster.mongo.server import Data, Mongod, MongoError, Session
from lab.cluster.mongo.shell import FAILED, mongo

ADMIN = ("admin", "-u", "admin", "-p", "admin", "--quiet", "--eval")
ROOT = ("admin", "-u", "root", "-p", "root", "--quiet", "--eval")


@pytest.fixture
def server() -> Mongod:
    """Access control on; `root` may do all, `admin` administers users and works on geo-db."""
    data = Data()
    opened = Session(Mongod(data))
    opened.create_user("admin", "root", "root", [Role("root", "admin")])
    roles = [Role("userAdminAnyDatabase", "admin"), Role("readWrite", "geo-db")]
    opened.create_user("admin", "admin", "admin", roles)
    opened.insert("geo-db", "geo", 80)
    return Mongod(data, authorization=True)


def said(server: Mongod | str, *words: str) -> tuple[int, str]:
    ran = mongo(list(words), lambda host, port: server, {"/init.js": "print(db.getName())"})
    return ran.code, ran.out


@pytest.mark.parametrize(
    ("text", "out"),
    [
        ("db.getSiblingDB('geo-db').geo.count()", "80\n"),
        ("use geo-db\nshow collections", "geo\n"),
        ("db.getUser('nobody')", "null\n"),
        ("db.auth('root', 'wrong')", "Error: Authentication failed.\n0\n"),
        ("db.adminCommand({ping: 1})", '{ "ok" : 1 }\n'),
        ("x = 'geo'; db.getSiblingDB(x + '-db').getName()", "geo-db\n"),
        ("print('a', 1); quit(); print('never')", "a 1\n"),
        ("db.dropUser('nobody')", "false\n"),
        ("db.runCommand({createUser: 'a', pwd: 'b', roles: ['read']})", '{ "ok" : 1 }\n'),
        ("if (db.getUser('nobody') === null) { print('a'); } else { print('b'); }", "a\n"),
        (
            "var u = db.getUser('admin');\nif (u.roles.length != 2) { if (1 > 2) { print('a'); } } print('b')",
            "b\n",
        ),
        ("if (1 < 2) { if (2 >= 3) { print('a'); } else { print('b'); } print('c'); }", "b\nc\n"),
        ("print(cat('/init.js'))", "print(db.getName())\n"),
    ],
)
def test_statements(server: Mongod, text: str, out: str) -> None:
    assert said(server, *ADMIN, text) == (0, out)


def test_a_revoked_role_is_refused_at_once_and_a_grant_heals(server: Mongod) -> None:
    role = "[{role: 'readWrite', db: 'geo-db'}]"
    session = Session(server)
    session.authenticate("admin", "admin", "admin")
    assert said(server, *ADMIN, f"db.revokeRolesFromUser('admin', {role})") == (0, "")
    with pytest.raises(MongoError, match=r"not authorized on geo-db to execute command .* count: "):
        session.count("geo-db", "geo")
    assert said(server, *ADMIN, f'db.grantRolesToUser("admin", {role});') == (0, "")
    assert session.count("geo-db", "geo") == 80


def test_a_dropped_user_cannot_log_in_until_it_is_made_again(server: Mongod) -> None:
    assert said(server, *ROOT, "db.dropUser('admin')") == (0, "true\n")
    code, out = said(server, *ADMIN, "db.getUsers()")
    assert (code, out.splitlines()[0]) == (1, "Error: Authentication failed. :")
    made = said(server, *ROOT, "db.createUser({user:'admin',pwd:'admin',roles:[{role:'readWrite',db:'geo-db'}]})")
    assert made[1].startswith("Successfully added user: {")
    assert said(server, "geo-db", "-u", "admin", "-padmin", "--authenticationDatabase=admin")[0] == 0


def test_who_is_unknown_is_refused_but_may_connect(server: Mongod) -> None:
    code, out = said(server, "--quiet", "--eval", "db.getUsers()")
    assert (code, out.splitlines()[0]) == (
        FAILED,
        "uncaught exception: Error: command usersInfo requires authentication :",
    )
    assert said(server, "--quiet", "--eval", "db.runCommand({ping:1})") == (0, '{ "ok" : 1 }\n')


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (("--eval", "db.foo()"), "uncaught exception: TypeError: db.foo is not a function :"),
        (("--eval", "db.geo.count("), "uncaught exception: SyntaxError: unexpected end of input :"),
        (("/nope.js",), "failed to load: /nope.js"),
        (("--eval", "if (1 ~ 2) { print('x'); }"), "uncaught exception: SyntaxError: unexpected token: '~' :"),
        (("--eval", "cat('/nope')"), "uncaught exception: Error: couldn't open file /nope :"),
        (("--eval", "var a = null; a.roles"), "uncaught exception: TypeError: roles is asked of what is null :"),
    ],
)
def test_mistakes_end_the_shell(server: Mongod, words: tuple[str, ...], first: str) -> None:
    code, out = said(server, "--quiet", *words)
    assert code != 0
    assert out.splitlines()[0] == first


def test_quit_gives_its_code(server: Mongod) -> None:
    assert said(server, *ADMIN, "if (1 == 1) { print('a'); quit(4); } print('b')") == (4, "a\n")


def test_a_url_says_it_all(server: Mongod) -> None:
    url = "mongodb://admin:admin@mongodb-geo:27017/geo-db?authSource=admin"
    assert said(server, url, "--quiet", "/init.js") == (0, "geo-db\n")


def test_no_server_and_a_server_that_wants_tls() -> None:
    assert "Error connecting to db:27017 :: caused by :: Connection refused" in said("refused", "db:27017/x")[1]
    secure = Mongod(Data(), requires_tls=True)
    assert said(secure, "--eval", "1")[0] == 1
    assert said(secure, "--tls", "--quiet", "--eval", "1") == (0, "1\n")
