"""A client that its MongoDB refuses, the server's own scripts, and the Jobs that mend its users."""

import json
from typing import Any

from domain.accounts import AccountAction, CreateDatabaseUser, GrantDatabaseRole
from tests.tools.analyzers.build import World, ago, healthy, ref
from tools.write.account_job import DOES, change_in

DATABASE = ref("Deployment", "store")
CLIENT = ref("Deployment", "api")
REFUSED = 'FTL db.go:40 > not authorized on orders to execute command { count: "items", query: {}, $db: "orders" }'
UNKNOWN = "panic: server returned error on SASL authentication step: Authentication failed."
SCRIPT = """#!/bin/bash
mongo admin --eval "db.runCommand({createUser: '$APP_USERNAME', pwd: '$APP_PASSWORD', roles: [{role: 'userAdmin', db: 'admin'}]})"
mongo admin --eval "db.grantRolesToUser('${APP_USERNAME}', [{role: 'readWrite', db: 'orders'}])"
mongo admin --eval "db.createUser({user: \\"report\\", pwd: 'x', roles: [{role: \\"read\\", db: \\"orders\\"}]})"
"""  # noqa: E501
GRANT = GrantDatabaseRole(target=DATABASE, user="app", role="readWrite", database="orders")
CREATE = CreateDatabaseUser(
    target=DATABASE, user="app", role="readWrite", database="orders", secret_name="store", key="app"
)


_OTHERS = ("store", "api-r1")
"""Another store than the healthy world's, and no revision of the client to go back to."""


def login(user: str, connection: str, succeeds: bool = True) -> str:
    """The server's line about a login."""
    told: dict[str, Any] = {"principalName": user, "authenticationDatabase": "admin", "remote": "10.1.0.7:38700"}
    if not succeeds:
        told["result"] = f'UserNotFound: Could not find user "{user}" for db "admin"'
    said = "Authentication succeeded" if succeeds else "Authentication failed"
    return record(20250 if succeeds else 20249, connection, said, told)


def refusal(connection: str, database: str = "orders") -> str:
    """The server's line about something that a user may not do."""
    told = f'not authorized on {database} to execute command {{ count: "items", $db: "{database}" }}'
    error = {"code": 13, "codeName": "Unauthorized", "errmsg": told}
    return record(20436, connection, "Checking authorization failed", {"error": error})


def record(number: int, connection: str, said: str, attr: dict[str, Any]) -> str:
    line = {"s": "I", "c": "ACCESS", "id": number, "ctx": connection, "msg": said, "attr": attr}
    return f"{ago(40)} {json.dumps(line, separators=(',', ':'))}"


def refusing(*log: str, client: str = REFUSED, script: str | None = SCRIPT) -> World:
    """`api` is refused by its store, a MongoDB whose users a script makes at its first start."""
    world = healthy()
    for kind in ("Deployment", "ReplicaSet", "Pod", "Service"):
        world.objects[kind] = [o for o in world.objects[kind] if not o["metadata"]["name"].startswith(_OTHERS)]
    env = [
        {"name": "APP_USERNAME", "value": "app"},
        {"name": "APP_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "store", "key": "app"}}},
    ]
    scripts = {"name": "init", "configMap": {"name": "store-users"}}
    world.deploy(
        "store",
        image="mongo:4.4.6",
        ports=[{"containerPort": 27017}],
        env=env,
        volumeMounts=[{"name": "init", "mountPath": "/docker-entrypoint-initdb.d"}],
        spec={"volumes": [scripts] if script else []},
    )
    world.service("store", 27017, 27017)
    if script:
        world.add("ConfigMap", "store-users", {"data": {"users.sh": script}})
    world.crashing("api-0", 1, "Error", client)
    world.says("store-0", *log)
    return world


def account_job(
    world: World, action: AccountAction, state: str = "Complete", seconds: float = 10, undoes: bool = False
) -> None:
    """A Job of AOI that came to that state so many seconds ago; with no state it still runs."""
    told = change_in(action) | ({"undoes": "yes"} if undoes else {})
    status: dict[str, Any] = {}
    if state:
        ended = {"type": state, "status": "True", "lastTransitionTime": ago(seconds), "message": "It has ended"}
        status = {"conditions": [ended]} | ({"completionTime": ago(seconds)} if state == "Complete" else {})
    name = f"aoi-{len(world.objects['Job'])}"
    job = world.add("Job", name, {"spec": {}, "status": status}, made=seconds + 5)
    job["metadata"]["annotations"] = {DOES: " ".join(f"{key}={value}" for key, value in told.items())}
    job["metadata"]["ownerReferences"] = [{"kind": "Deployment", "name": action.target.name}]
