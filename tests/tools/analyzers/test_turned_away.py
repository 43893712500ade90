"""Servers that turn clients away: found, named, confirmed by their own log, and repaired where it is known how."""

import pytest

from domain.actions import Restart, RollBack, SetConfigKey
from domain.diagnosis import Cause
from tests.tools.analyzers.build import World, ago, applied, changed, healthy, ref, texts
from tools.analyzers import access, complaints, dependency, tls
from tools.analyzers.wiring import Wiring

DATABASE = ref("Deployment", "store")
API = ref("Deployment", "api")
PLAIN = "net:\n  port: 27017\n  tls:\n    mode: disabled\n"
STRICT = "net:\n  port: 27017\n  tls:\n    mode: requireTLS\n    certificateKeyFile: /etc/tls/tls.pem\n"
TURNED_AWAY = (
    '{"t":{"$date":"2026-03-04T11:59:40.000+00:00"},"s":"I","c":"NETWORK","id":22988,"ctx":"conn7","msg":"Error'
    ' receiving request from client. Ending connection from remote","attr":{"error":{"code":141,'
    '"codeName":"SSLHandshakeFailed","errmsg":"The server is configured to only allow SSL connections"}}}'
)
NO_SERVER = (
    "[error] createIndexes: No suitable servers found: [connection closed calling ismaster on 'store:27017']"
)
MONGO_DENIES = (
    '{"t":{"$date":"2026-03-04T11:59:50.000+00:00"},"s":"I","c":"ACCESS","id":20249,"ctx":"conn12","msg":"Authentication'
    ' failed","attr":{"mechanism":"SCRAM-SHA-256","principalName":"app","authenticationDatabase":"admin",'
    '"client":"10.1.0.7:38700","result":"UserNotFound: Could not find user \\"app\\" for db \\"admin\\""}}'
)


def with_store(image: str, port: int) -> World:
    """`api` calls a store of that image."""
    world = healthy()
    for kind in ("Deployment", "ReplicaSet", "Pod", "Service"):
        world.objects[kind] = [o for o in world.objects[kind] if not o["metadata"]["name"].startswith("store")]
    world.deploy("store", image=image, ports=[{"containerPort": port}])
    world.service("store", port, port)
    return world


def forget(world: World) -> None:
    """The variables of `api` do not say where the store is."""
    for thing in (*world.objects["Deployment"], *world.objects["ReplicaSet"]):
        if thing["metadata"]["name"].startswith("api"):
            thing["spec"]["template"]["spec"]["containers"][0]["env"] = []


@pytest.mark.parametrize(
    ("image", "port", "client", "server"),
    [
        (
            "mongo:4.4.6",
            27017,
            "panic: server returned error on SASL authentication step: Authentication failed.",
            MONGO_DENIES,
        ),
        (
            "postgres:16",
            5432,
            'FATAL: pq: password authentication failed for user "shop"',
            '2026-03-04 11:59:50.120 UTC [91] FATAL:  password authentication failed for user "shop"',
        ),
        (
            "mysql:8.0",
            3306,
            "Error 1045 (28000): Access denied for user 'shop'@'10.1.0.7' (using password: YES)",
            "2026-03-04T11:59:50.000000Z 12 [Note] Access denied for user 'shop'@'10.1.0.7' (using password: YES)",
        ),
        ("redis:7", 6379, "redis.exceptions.ResponseError: WRONGPASS invalid username-password pair", ""),
    ],
)
def test_a_server_that_does_not_know_the_user(image: str, port: int, client: str, server: str) -> None:
    world = with_store(image, port)
    world.crashing("api-0", 2, "Error", client)
    world.says("store-0", "INFO ready to accept connections", *([server] if server else []))
    [found] = world.run(access.analyze)
    assert found.hypothesis.cause is Cause.AUTHENTICATION
    assert found.hypothesis.subject == DATABASE
    assert API in found.hypothesis.affected
    assert found.hypothesis.confidence >= 0.85
    assert ("says so itself" in texts([found])) is bool(server)


@pytest.mark.parametrize(
    ("image", "port", "client"),
    [
        ("mongo:4.4.6", 27017, 'FTL db.go:40 > not authorized on orders to execute command { count: "items" }'),
        ("postgres:16", 5432, "ERROR: pq: permission denied for table orders"),
        ("redis:7", 6379, "ERROR NOPERM this user has no permissions to run the 'set' command"),
    ],
)
def test_a_server_that_knows_the_user_and_does_not_let_it(image: str, port: int, client: str) -> None:
    world = with_store(image, port)
    world.crashing("api-0", 1, "Error", client)
    [found] = world.run(access.analyze)
    assert (found.hypothesis.cause, found.hypothesis.subject) == (Cause.AUTHORIZATION, DATABASE)


def test_of_two_stores_of_one_kind_the_one_that_says_so() -> None:
    world = with_store("mongo:4.4.6", 27017)
    world.deploy("ledger", image="mongo:4.4.6", ports=[{"containerPort": 27017}])
    world.service("ledger", 27017, 27017)
    forget(world)
    world.crashing(
        "api-0", 2, "Error", "server returned error on SASL authentication step: Authentication failed."
    )
    world.says("ledger-0", MONGO_DENIES)
    [found] = world.run(access.analyze)
    assert found.hypothesis.subject == ref("Deployment", "ledger")


def test_a_store_named_only_in_the_log_of_its_client_is_one_that_it_calls() -> None:
    world = with_store("mongo:4.4.6", 27017)
    forget(world)
    world.says("api-0", "INF main.go:33 > Read database URL: store:27017")
    assert Wiring.of(world.snapshot()).calls[API] == {"store"}


def test_credentials_that_the_last_revision_changed_are_the_clients_own_fault() -> None:
    world = healthy()
    env = [{"name": "STORE_ADDR", "value": "store:6379"}, {"name": "STORE_USER", "value": "app"}]
    world.deploy("api2", env=env, before={"container": {"env": env[:1]}})
    world.crashing("api2-0", 1, "Error", "WRONGPASS invalid username-password pair or user is disabled.")
    [found] = world.run(access.analyze)
    assert found.hypothesis.subject == ref("Deployment", "api2")
    assert found.hypothesis.actions == (RollBack(target=ref("Deployment", "api2"), revision=1),)


def test_a_refusal_without_a_suffering_client_is_no_fault() -> None:
    world = with_store("mongo:4.4.6", 27017)
    world.says("store-0", MONGO_DENIES)
    assert world.run(access.analyze) == []


def test_a_store_that_refuses_does_not_complain_about_others() -> None:
    world = with_store("mongo:4.4.6", 27017)
    world.deploy("user")
    world.service("user")
    world.says("store-0", MONGO_DENIES)
    assert not complaints.complaints(Wiring.of(world.snapshot()))
    assert world.run(dependency.analyze) == []


def strict(said: bool = True) -> World:
    """The store demands TLS since its ConfigMap was changed."""
    world = with_store("mongo:4.4.6", 27017)
    world.add("ConfigMap", "store", {"data": {"mongod.conf": STRICT}})
    store = next(d for d in world.objects["Deployment"] if d["metadata"]["name"] == "store")
    store["spec"]["template"]["spec"]["volumes"] = [{"name": "config", "configMap": {"name": "store"}}]
    world.says("api-0", NO_SERVER)
    if said:
        world.says("store-0", TURNED_AWAY)
    return world


def config(world: World) -> dict[str, object]:
    return next(c for c in world.objects["ConfigMap"] if c["metadata"]["name"] == "store")


def test_tls_demanded_of_plain_clients_goes_back_to_what_was_declared() -> None:
    world = strict()
    applied(config(world), {"data": {"mongod.conf": PLAIN}})
    [found] = world.run(tls.analyze)
    assert (found.hypothesis.cause, found.hypothesis.subject) == (Cause.TLS_MISMATCH, DATABASE)
    assert found.hypothesis.actions == (
        SetConfigKey(target=ref("ConfigMap", "store"), key="mongod.conf", value=PLAIN),
        Restart(target=DATABASE),
    )
    assert API in found.hypothesis.affected


def test_without_a_record_the_siblings_show_the_mode() -> None:
    world = strict(said=False)
    for name in ("one", "two"):
        world.add("ConfigMap", name, {"data": {"mongod.conf": PLAIN.replace("27017", "27018")}})
    [found] = world.run(tls.analyze)
    assert found.hypothesis.actions[0] == SetConfigKey(
        target=ref("ConfigMap", "store"), key="mongod.conf", value=STRICT.replace("requireTLS", "disabled")
    )


def test_without_record_and_siblings_nothing_is_invented() -> None:
    [found] = strict().run(tls.analyze)
    assert found.hypothesis.actions == ()


def test_a_server_that_has_not_read_the_mended_setting_is_restarted() -> None:
    world = strict()
    mended = config(world)
    mended["data"] = {"mongod.conf": PLAIN}
    changed(mended, 20)
    world.status("store-0")["state"] = {"running": {"startedAt": ago(300)}}
    [found] = world.run(tls.analyze)
    assert found.hypothesis.actions == (Restart(target=DATABASE),)


def test_a_server_that_demands_tls_of_clients_that_speak_it_is_well() -> None:
    world = strict(said=False)
    world.says("api-0", "INFO connected to store:27017 over TLS")
    assert world.run(tls.analyze) == []
