"""The hotel reservation: its shape, its calls, and what MongoDB's users have to do with it."""

import json
from collections.abc import Iterator

import pytest

from lab.operations import Patch, ReplacePods, SetImage
from tests.lab.apps.standing import Standing

SERVICES = {"frontend", "search", "geo", "rate", "profile", "recommendation", "user", "reservation"}
STORES = {f"mongodb-{name}" for name in ("geo", "rate", "profile", "recommendation", "reservation", "user")}
CACHES = {"memcached-rate", "memcached-profile", "memcached-reserve"}
ROUTES = ("/hotels", "/recommendations", "/user", "/reservation")
FRONT = "http://frontend:5000"


@pytest.fixture
def hotel() -> Iterator[Standing]:
    standing = Standing.of("hotel-reservation")
    yield standing
    standing.stop()


def broken(hotel: Standing) -> set[str]:
    """The routes of the front that fail."""
    return {route for route in ROUTES if hotel.get("jaeger", FRONT + route) is not None}


def script(hotel: Standing, store: str, name: str) -> None:
    assert hotel.exec(store, "bash", f"/scripts/{name}").exit_code == 0


def test_it_is_what_the_benchmark_deploys(hotel: Standing) -> None:
    assert hotel.names("Deployment") == SERVICES | STORES | CACHES | {"consul", "jaeger"}
    assert hotel.names("Service") == hotel.names("Deployment") | {"jaeger-out"}
    assert {pod["metadata"]["labels"]["io.kompose.service"] for pod in hotel.all("Pod")} == hotel.names(
        "Deployment"
    )
    bound = {
        claim["metadata"]["name"]: claim["spec"]["volumeName"] for claim in hotel.all("PersistentVolumeClaim")
    }
    assert bound == {
        f"{name.removeprefix('mongodb-')}-pvc": f"{name.removeprefix('mongodb-')}-pv" for name in STORES
    }
    scripts = {"mongo-geo-script", "mongo-rate-script", "failure-admin-geo", "failure-admin-rate"}
    assert hotel.names("ConfigMap") >= scripts


def test_it_stands_and_its_front_reaches_the_stores(hotel: Standing) -> None:
    assert hotel.unwell() == []
    assert broken(hotel) == set()
    assert hotel.revisions() == 2
    assert hotel.says("geo", "New session successfull...")


@pytest.mark.parametrize(
    ("store", "routes"),
    [("memcached-profile", {"/hotels", "/recommendations"}), ("mongodb-reservation", {"/hotels", "/reservation"})],
)
def test_a_store_that_is_gone_breaks_the_routes_above_it(hotel: Standing, store: str, routes: set[str]) -> None:
    hotel.after(30, Patch(target=f"Deployment/{store}", body={"spec": {"replicas": 0}}))
    assert broken(hotel) == routes


@pytest.mark.parametrize("name", ["geo", "rate"])
def test_a_revoked_grant_fails_the_service_until_it_is_given_back(hotel: Standing, name: str) -> None:
    script(hotel, f"mongodb-{name}", f"revoke-admin-{name}-mongo.sh")
    hotel.after(60, ReplacePods(target=f"Deployment/{name}"))
    status = hotel.status(name)
    assert status["lastState"]["terminated"]["exitCode"] == 1
    assert hotel.says(name, f"not authorized on {name}-db to execute command {{ count: ")
    told = hotel.log(f"mongodb-{name}")
    refused = [line for line in told if "Checking authorization failed" in line]
    assert refused
    connection = json.loads(refused[-1])["ctx"]
    let_in = [json.loads(line) for line in told if "Authentication succeeded" in line]
    assert ("admin", connection) in {(line["attr"]["principalName"], line["ctx"]) for line in let_in}
    assert broken(hotel) == {"/hotels"}
    script(hotel, f"mongodb-{name}", f"revoke-mitigate-admin-{name}-mongo.sh")
    hotel.after(30, ReplacePods(target=f"Deployment/{name}"))
    assert broken(hotel) == set()
    assert hotel.unwell() == []


def test_only_rate_feels_a_revoked_grant_before_it_restarts(hotel: Standing) -> None:
    """geo holds its points in memory; rate asks its database."""
    for name in ("geo", "rate"):
        script(hotel, f"mongodb-{name}", f"revoke-admin-{name}-mongo.sh")
    hotel.after(60)
    assert hotel.status("geo")["restartCount"] == hotel.status("rate")["restartCount"] == 0
    assert hotel.says("rate", "but got error: not authorized on rate-db")
    assert not hotel.says("geo", "not authorized")


def test_a_user_that_is_gone_panics_the_service_and_survives_the_database_s_restart(hotel: Standing) -> None:
    script(hotel, "mongodb-geo", "remove-admin-mongo.sh")
    hotel.after(40, ReplacePods(target="Deployment/mongodb-geo"))
    hotel.after(60, ReplacePods(target="Deployment/geo"))
    assert hotel.status("geo")["lastState"]["terminated"]["exitCode"] == 2
    assert hotel.says("geo", "server returned error on SASL authentication step: Authentication failed.")
    assert hotel.says("mongodb-geo", 'UserNotFound: Could not find user \\"admin\\" for db \\"admin\\"')
    script(hotel, "mongodb-geo", "remove-mitigate-admin-geo-mongo.sh")
    hotel.after(30, ReplacePods(target="Deployment/geo"))
    assert broken(hotel) == set()


def test_passwords_come_from_secrets_and_the_first_start_makes_the_users(hotel: Standing) -> None:
    for name in ("geo", "rate"):
        env = hotel.pod(f"mongodb-{name}")["spec"]["containers"][0]["env"]
        assert not [entry for entry in env if "PASSWORD" in entry["name"] and "value" in entry]
        login = (
            "mongo",
            f"{name}-db",
            "-u",
            "admin",
            "-p",
            "admin",
            "--authenticationDatabase",
            "admin",
            "--quiet",
        )
        assert hotel.exec(f"mongodb-{name}", *login, "--eval", "print(db.getName())").stdout == f"{name}-db\n"
    assert hotel.says("mongodb-geo", "Authentication succeeded")


def test_a_build_with_another_database_port_gives_up_after_ten_seconds(hotel: Standing) -> None:
    image = SetImage(target="Deployment/geo", container="hotel-reserv-geo", image="yinfangchen/geo:app3")
    hotel.after(60, image)
    assert hotel.says("geo", "Read database URL: mongodb-geo:27777")
    assert hotel.says("geo", "PNC cmd/geo/db.go:26 > no reachable servers", previous=True)
    assert hotel.status("geo")["restartCount"] > 0


def test_the_wrong_program_runs_and_does_not_answer(hotel: Standing) -> None:
    body = {"spec": {"template": {"spec": {"containers": [{"name": "hotel-reserv-profile", "command": ["geo"]}]}}}}
    hotel.after(60, Patch(target="Deployment/profile", body=body))
    assert hotel.status("profile")["ready"]
    assert hotel.says("profile", "Read database URL: mongodb-geo:27017")
    assert broken(hotel) == {"/hotels", "/recommendations"}
    assert hotel.says("frontend", "SearchHandler GetProfiles failed: rpc error: code = Unavailable")
    typo = {
        "spec": {"template": {"spec": {"containers": [{"name": "hotel-reserv-profile", "command": ["profil"]}]}}}
    }
    hotel.after(30, Patch(target="Deployment/profile", body=typo))
    assert hotel.status("profile")["lastState"]["terminated"]["reason"] == "StartError"


def test_between_services_target_ports_do_not_matter(hotel: Standing) -> None:
    """They dial the addresses that Consul gives them."""
    wrong = [{"op": "replace", "path": "/spec/ports/0/targetPort", "value": 9999}]
    hotel.after(30, Patch(target="Service/geo", type="json", body=wrong))
    assert broken(hotel) == set()
