"""From a MongoDB's refusal to the grant or the user that is missing, and to the client's next try."""

import pytest

from domain.actions import Action, Restart
from domain.diagnosis import Cause
from tests.tools.analyzers.accounts import (
    CLIENT,
    CREATE,
    DATABASE,
    GRANT,
    SCRIPT,
    UNKNOWN,
    account_job,
    login,
    record,
    refusal,
    refusing,
)
from tests.tools.analyzers.build import World, ago, texts
from tools.analyzers import access, schedules


def actions(world: World) -> tuple[Action, ...]:
    [found] = world.run(access.analyze)
    assert found.hypothesis.subject == DATABASE
    return found.hypothesis.actions


def test_a_role_that_was_declared_and_is_refused_now() -> None:
    world = refusing(login("app", "conn7"), refusal("conn7"))
    [found] = world.run(access.analyze)
    assert (found.hypothesis.cause, found.hypothesis.actions) == (Cause.AUTHORIZATION, (GRANT,))
    assert "ConfigMap store-users gives it readWrite there" in texts([found])


def test_without_a_script_the_log_names_the_user_and_the_command_the_role() -> None:
    world = refusing(login("app", "conn7"), refusal("conn7"), script=None)
    assert actions(world) == (GRANT.model_copy(update={"role": "read"}),)
    insert = REFUSED_INSERT
    world = refusing(login("app", "conn7"), refusal("conn7"), script=None, client=insert)
    assert actions(world) == (GRANT,)


REFUSED_INSERT = (
    'FTL not authorized on orders to execute command { insert: "items", ordered: true, $db: "orders" }'
)


def test_the_user_is_the_one_of_the_connection_that_was_refused() -> None:
    world = refusing(login("app", "conn7"), login("other", "conn8"), refusal("conn7"), script=None)
    assert [action.model_dump()["user"] for action in actions(world)] == ["app"]


def test_who_only_provokes_a_refusal_gets_nothing() -> None:
    """Anybody who may log in can be refused on any database; the role is for whom the team has declared."""
    stranger = (login("guest", "conn9"), refusal("conn9"))
    assert actions(refusing(*stranger)) == ()
    assert actions(refusing(login("app", "conn7"), refusal("conn7"), *stranger)) == (GRANT,)
    assert actions(refusing(login("app", "conn7"), refusal("conn7"), *stranger, script=None)) == ()


def test_a_refusal_on_the_servers_own_database_is_for_people() -> None:
    client = "FTL not authorized on admin to execute command { listDatabases: 1.0 }"
    assert actions(refusing(login("app", "conn7"), refusal("conn7", "admin"), client=client)) == ()


def test_a_user_that_was_declared_and_is_gone() -> None:
    world = refusing(login("app", "conn7", succeeds=False), client=UNKNOWN)
    [found] = world.run(access.analyze)
    assert (found.hypothesis.cause, found.hypothesis.actions) == (Cause.AUTHENTICATION, (CREATE,))
    assert "Secret store holds its password" in texts([found])
    assert "AOI does not restore userAdmin on admin" in texts([found])


def test_newer_servers_name_the_user_in_other_fields() -> None:
    attr = {"user": "app", "db": "admin", "error": 'UserNotFound: Could not find user "app" for db "admin"'}
    world = refusing(record(5286307, "conn7", "Failed to authenticate", attr), client=UNKNOWN)
    assert actions(world) == (CREATE,)


def test_the_password_beside_the_clients_own_user_goes_first() -> None:
    world = refusing(login("app", "conn7", succeeds=False), client=UNKNOWN)
    for thing in (*world.objects["Deployment"], *world.objects["ReplicaSet"]):
        if thing["metadata"]["name"].startswith("api"):
            thing["spec"]["template"]["spec"]["containers"][0]["env"] += [
                {"name": "DB_USER", "value": "app"},
                {"name": "DB_PASS", "valueFrom": {"secretKeyRef": {"name": "api", "key": "db"}}},
            ]
    assert actions(world) == (CREATE.model_copy(update={"secret_name": "api", "key": "db"}),)


@pytest.mark.parametrize(
    "world",
    [
        refusing(login("app", "conn7"), client=UNKNOWN),
        refusing(login("stranger", "conn7", succeeds=False), client=UNKNOWN),
        refusing(login("app", "conn7", succeeds=False), client=UNKNOWN, script=None),
        refusing(login("app", "c", succeeds=False), client=UNKNOWN, script=SCRIPT.replace("readWrite", "dbOwner")),
        refusing("no JSON", '{"half', client=UNKNOWN),
    ],
    ids=["only the password", "nobody declared", "nothing declared", "a role AOI grants to nobody", "no log"],
)
def test_without_the_whole_evidence_people_are_asked(world: World) -> None:
    assert actions(world) == ()


def test_a_name_with_other_signs_is_not_taken_up() -> None:
    odd = 'x"); db.dropDatabase(); ("'
    assert actions(refusing(login(odd, "conn7"), refusal("conn7"), script=None)) == ()


def test_a_plain_password_is_no_reference() -> None:
    world = refusing(login("app", "conn7", succeeds=False), client=UNKNOWN)
    for thing in (*world.objects["Deployment"], *world.objects["ReplicaSet"]):
        if thing["metadata"]["name"].startswith("store"):
            thing["spec"]["template"]["spec"]["containers"][0]["env"][1] = {"name": "APP_PASSWORD", "value": "x"}
    assert actions(world) == ()


@pytest.mark.parametrize(("action", "client"), [(GRANT, None), (CREATE, UNKNOWN)])
def test_a_client_that_has_not_tried_since_is_started_anew(action: Action, client: str | None) -> None:
    """It ended 20 s ago and waits; the Job was done 10 s ago."""
    log = (login("app", "conn7", succeeds=action is GRANT), *((refusal("conn7"),) if action is GRANT else ()))
    world = refusing(*log, client=client) if client else refusing(*log)
    account_job(world, action)  # type: ignore[arg-type] # both are account actions
    [found] = world.run(access.analyze)
    assert found.hypothesis.actions == (Restart(target=CLIENT),)
    assert "mended after its last try" in found.hypothesis.statement


@pytest.mark.parametrize(
    ("state", "seconds", "undoes"),
    [("Complete", 60, False), ("Failed", 10, False), ("", 10, False), ("Complete", 5, True)],
    ids=["before its last try", "failed", "still at work", "taken back"],
)
def test_a_job_that_changed_nothing_for_it_leaves_the_grant_to_be_made(
    state: str, seconds: float, undoes: bool
) -> None:
    world = refusing(login("app", "conn7"), refusal("conn7"))
    account_job(world, GRANT, state, seconds, undoes)
    assert actions(world) == (GRANT,)


def test_a_client_that_runs_is_not_started_anew() -> None:
    world = refusing(login("app", "conn7"), refusal("conn7"))
    account_job(world, GRANT)
    world.status("api-0")["state"] = {"running": {"startedAt": ago(5)}}
    assert actions(world) == (GRANT,)


def test_a_job_of_ours_that_failed_is_no_fault_of_the_application() -> None:
    world = refusing(login("app", "conn7"), refusal("conn7"))
    account_job(world, GRANT, "Failed")
    assert world.run(schedules.analyze_failed) == []
