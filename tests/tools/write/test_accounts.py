"""Changing the users of a database server: one Job of a fixed form, logins by reference, undone only if done."""

from collections.abc import Callable
from typing import Any

import pytest

from domain.accounts import CreateDatabaseUser, GrantDatabaseRole
from domain.actions import Undo
from domain.cluster import Ref
from domain.execution import Effect, Execution
from domain.proposal import Refusal
from tests.tools.api import TinyApi
from tests.tools.hands import Workshop
from tests.tools.samples import DATABASE, SAMPLES
from tests.tools.write.test_actions import BY_JOB
from tools.cluster.dryrun import DryRun
from tools.cluster.fence import ACTION_ID

GRANT = SAMPLES["grant_database_role"]
CREATE = SAMPLES["create_database_user"]
EACH = pytest.mark.parametrize("name", BY_JOB)


def workshop(api: TinyApi) -> Workshop:
    return Workshop(source=api.writer, dry_run=DryRun(api.connection), hands=api.writer)


def container_of(job: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = job["spec"]["template"]["spec"]["containers"][0]
    return found


def jobs(api: TinyApi) -> list[dict[str, Any]]:
    return [thing for path, thing in api.objects.items() if "/jobs/" in path]


def ended(api: TinyApi, kind: str) -> None:
    """The newest Job has come to its end."""
    jobs(api)[-1]["status"] = {"conditions": [{"type": kind, "status": "True"}]}


@EACH
async def test_one_job_marked_with_the_proposal_and_the_server_left_alone(name: str) -> None:
    api = TinyApi.shop()
    before = api.get(DATABASE)
    execution = await workshop(api).done(SAMPLES[name])
    assert execution.effect is Effect.DONE, execution.detail
    assert api.effects == [("POST", "/apis/batch/v1/namespaces/shop/jobs")]
    [job] = jobs(api)
    assert job["metadata"]["annotations"][ACTION_ID] == execution.proposal_id
    assert [owner["uid"] for owner in job["metadata"]["ownerReferences"]] == ["uid-ledger-db"]
    assert api.get(DATABASE) == before


@EACH
async def test_it_runs_once_without_a_token_and_goes_again(name: str) -> None:
    change = (await workshop(TinyApi.shop()).planned(SAMPLES[name])).change
    assert isinstance(change.body, dict)
    spec, pod = change.body["spec"], change.body["spec"]["template"]["spec"]
    assert (spec["backoffLimit"], pod["restartPolicy"]) == (0, "Never")
    assert spec["activeDeadlineSeconds"] > 0
    assert spec["ttlSecondsAfterFinished"] > 0
    assert pod["automountServiceAccountToken"] is False
    assert "serviceAccountName" not in pod
    assert pod["imagePullSecrets"] == [{"name": "registry"}]
    container = container_of(change.body)
    assert container["resources"]["limits"].keys() == {"cpu", "memory"}
    assert container["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    assert container["image"] == "mongo:4.4.6"
    assert container["command"][:5] == ["mongo", "--norc", "--quiet", "--host=ledger-db", "--port=27018"]


@EACH
async def test_logins_are_references_everywhere(name: str) -> None:
    plan = await workshop(TinyApi.shop()).planned(SAMPLES[name])
    assert isinstance(plan.change.body, dict)
    container = container_of(plan.change.body)
    assert {"--username=$(ADMIN_USER)", "--password=$(ADMIN_PASSWORD)"} < set(container["command"])
    root = {"secretKeyRef": {"name": "ledger-db", "key": "root-password"}}
    assert container["env"] == [
        {"name": "ADMIN_USER", "value": "root"},
        {"name": "ADMIN_PASSWORD", "valueFrom": root},
    ]
    volumes = plan.change.body["spec"]["template"]["spec"].get("volumes", [])
    if name == "create_database_user":
        secret = {"secretName": "ledger-db", "items": [{"key": "app-password", "path": "word"}]}
        assert volumes == [{"name": "word", "secret": secret}]
    else:
        assert volumes == []
    assert plan.undo is not None
    assert isinstance(plan.undo.body, dict)
    assert "volumes" not in plan.undo.body["spec"]["template"]["spec"], "who drops a user needs no password"


@EACH
async def test_what_people_read_is_the_whole_job_with_what_it_says_first(name: str) -> None:
    plan = await workshop(TinyApi.shop()).planned(SAMPLES[name])
    lines = plan.diff.splitlines()
    assert "more lines" not in lines[-1]
    statement = next(n for n, line in enumerate(lines) if "db.grantRolesToUser" in line or "db.createUser" in line)
    assert statement < 30
    assert "ledger-db" in plan.diff
    assert plan.kubectl is not None
    assert plan.kubectl.endswith("kubectl -n shop create -f -")
    assert "within 30 minutes" in plan.undo_text


async def undo_of(shop: Workshop, execution: Execution) -> Undo:
    undo = shop.undo_of(execution)
    assert undo.target == DATABASE
    return undo


@EACH
async def test_a_job_that_did_its_work_is_taken_back_by_another(name: str) -> None:
    api = TinyApi.shop()
    shop = workshop(api)
    execution = await shop.done(SAMPLES[name])
    ended(api, "Complete")
    undone = await shop.done(await undo_of(shop, execution))
    assert undone.effect is Effect.DONE, undone.detail
    first, second = jobs(api)
    assert second["metadata"]["name"] == f"{first['metadata']['name']}-undo"
    says = container_of(second)["command"]
    assert any("db.revokeRolesFromUser" in word or "db.dropUser" in word for word in says)
    again = await shop.plan(await undo_of(shop, execution))
    assert isinstance(again, Refusal), "what was taken back is not taken back once more"


@pytest.mark.parametrize(
    ("what", "says"),
    [
        (lambda api: None, "has not ended yet"),
        (lambda api: ended(api, "Failed"), "failed; if it changed anything"),
        (lambda api: api.objects.pop(next(path for path in api.objects if "/jobs/" in path)), "is gone"),
    ],
)
async def test_what_was_not_done_is_not_taken_back(what: Callable[[TinyApi], object], says: str) -> None:
    """A grant that was there before must not be revoked because a Job found it there."""
    api = TinyApi.shop()
    shop = workshop(api)
    execution = await shop.done(GRANT)
    what(api)
    refusal = await shop.plan(await undo_of(shop, execution))
    assert isinstance(refusal, Refusal)
    assert refusal.rule == "undo"
    assert says in refusal.reason


async def test_an_approved_undo_is_judged_again_at_the_executor() -> None:
    api = TinyApi.shop()
    shop = workshop(api)
    execution = await shop.done(GRANT)
    ended(api, "Complete")
    proposal_id = await shop.approved(await shop.planned(await undo_of(shop, execution)))
    api.objects.pop(next(path for path in api.objects if "/jobs/" in path))
    assert await shop.executor().run_once()
    assert shop.ledger.rows[proposal_id].effect is Effect.REFUSED
    assert jobs(api) == []


async def test_a_server_that_changed_since_it_was_shown_gets_no_job() -> None:
    """The Job is made anew of the server as it is; one that differs from what was approved is not sent."""
    api = TinyApi.shop()
    shop = workshop(api)
    proposal_id = await shop.approved(await shop.planned(GRANT))
    container = api.objects["/apis/apps/v1/namespaces/shop/deployments/ledger-db"]
    container["spec"]["template"]["spec"]["containers"][0]["image"] = "mongo:5.0"
    assert await shop.executor().run_once()
    assert shop.ledger.rows[proposal_id].effect is Effect.REFUSED
    assert jobs(api) == []


async def test_a_job_of_the_same_change_that_is_still_there_is_no_hindrance() -> None:
    api = TinyApi.shop()
    shop = workshop(api)
    await shop.done(GRANT)
    ended(api, "Failed")
    again = await shop.done(GRANT)
    assert again.effect is Effect.DONE, again.detail
    one, two = (job["metadata"]["name"] for job in jobs(api))
    assert two == f"{one}-2"


@pytest.mark.parametrize(
    ("image", "shell"),
    [
        ("mongo:5.0", "mongo"),
        ("mongo:7", "mongosh"),
        ("bitnami/mongodb:8.0.1-debian-12", "mongosh"),
        ("registry.example:5000/mongo", "mongosh"),
    ],
)
async def test_the_shell_is_the_one_of_the_image(image: str, shell: str) -> None:
    api = TinyApi.shop()
    api.edit(DATABASE, lambda thing: thing["spec"]["template"]["spec"]["containers"][0].update(image=image))
    plan = await workshop(api).planned(GRANT)
    assert isinstance(plan.change.body, dict)
    assert container_of(plan.change.body)["command"][0] == shell


async def test_what_the_pod_of_the_server_needs_its_job_needs_too() -> None:
    api = TinyApi.shop()
    pod = {"tolerations": [{"key": "db", "operator": "Exists"}], "nodeSelector": {"disk": "ssd"}}
    context = {"runAsUser": 999, "privileged": True}

    def change(thing: dict[str, Any]) -> None:
        thing["spec"]["template"]["spec"].update(pod)
        thing["spec"]["template"]["spec"]["containers"][0]["securityContext"] = context

    api.edit(DATABASE, change)
    plan = await workshop(api).planned(GRANT)
    assert isinstance(plan.change.body, dict)
    assert plan.change.body["spec"]["template"]["spec"].items() >= pod.items()
    own = container_of(plan.change.body)["securityContext"]
    assert own["runAsUser"] == 999
    assert "privileged" not in own


def elsewhere(name: str) -> Ref:
    return Ref(kind="Deployment", name=name, namespace="shop")


def container(api: TinyApi, **fields: Any) -> None:
    api.edit(DATABASE, lambda thing: thing["spec"]["template"]["spec"]["containers"][0].update(fields))


PASSWORD = {"secretKeyRef": {"name": "ledger-db", "key": "root-password"}}
PLAIN = [
    {"name": "MONGO_INITDB_ROOT_USERNAME", "value": "root"},
    {"name": "MONGO_INITDB_ROOT_PASSWORD", "value": "tr0ub4dor-and-3"},
]
NAMELESS = [{"name": "MONGO_INITDB_ROOT_PASSWORD", "valueFrom": PASSWORD}]
ODD = [{"name": "MONGO_INITDB_ROOT_USERNAME", "value": "a $(B)"}, *NAMELESS]
SERVICE = "/api/v1/namespaces/shop/services/ledger-db"


def without_service(api: TinyApi) -> None:
    del api.objects[SERVICE]


@pytest.mark.parametrize(
    ("what", "says"),
    [
        (lambda api: container(api, image="postgres:16"), "runs no MongoDB"),
        (lambda api: container(api, image="percona/mongodb_exporter:0.40"), "runs no MongoDB"),
        (lambda api: container(api, image="mongo@sha256:" + 64 * "a"), "names no version"),
        (lambda api: container(api, args=["--tlsMode", "requireTLS"]), "speaks TLS"),
        (lambda api: container(api, args=["--port", "27019"]), "No Service leads to port 27019"),
        (without_service, "No Service leads to port 27017"),
        (lambda api: container(api, env=PLAIN), "in clear, and AOI copies no password"),
        (lambda api: container(api, env=NAMELESS), "does not say who its administrator is"),
        (lambda api: container(api, env=ODD), "does not say who its administrator is"),
        (lambda api: container(api, env=[]), "AOI knows no administrator"),
    ],
)
async def test_a_server_that_is_not_as_the_template_needs_it_is_refused(
    what: Callable[[TinyApi], object], says: str
) -> None:
    api = TinyApi.shop()
    what(api)
    refusal = await workshop(api).plan(GRANT)
    assert isinstance(refusal, Refusal)
    assert refusal.rule == "impossible"
    assert says in refusal.reason
    assert "tr0ub4dor" not in refusal.reason
    assert api.writes == [], "not even a dry run is sent"


async def test_bitnamis_administrator_is_root_where_nothing_else_is_said() -> None:
    api = TinyApi.shop()
    container(api, env=[{"name": "MONGODB_ROOT_PASSWORD", "valueFrom": PASSWORD}])
    plan = await workshop(api).planned(GRANT)
    assert isinstance(plan.change.body, dict)
    assert container_of(plan.change.body)["env"][0] == {"name": "ADMIN_USER", "value": "root"}


@pytest.mark.parametrize(
    ("action", "rule"),
    [
        (GRANT.model_copy(update={"database": "admin"}), "system-database"),
        (GRANT.model_copy(update={"database": "local"}), "system-database"),
        (CREATE.model_copy(update={"database": "config"}), "system-database"),
        (GRANT.model_copy(update={"user": "root"}), "administrator"),
        (CREATE.model_copy(update={"user": "root"}), "administrator"),
        (CREATE.model_copy(update={"key": "root-password"}), "administrator"),
        (CREATE.model_copy(update={"secret_name": "other"}), "unused-secret"),
        (CREATE.model_copy(update={"key": "other"}), "unused-secret"),
        (GRANT.model_copy(update={"target": Ref(kind="DaemonSet", name="agents", namespace="shop")}), "kind"),
        (GRANT.model_copy(update={"target": elsewhere("gone")}), "impossible"),
        (GRANT.model_copy(update={"target": elsewhere("checkout")}), "impossible"),
    ],
)
async def test_what_is_out_of_bounds(action: GrantDatabaseRole | CreateDatabaseUser, rule: str) -> None:
    api = TinyApi.shop()
    refusal = await workshop(api).plan(action)
    assert isinstance(refusal, Refusal)
    assert refusal.rule == rule, refusal
    assert api.writes == []


async def test_a_secret_that_another_workload_refers_to_may_be_used() -> None:
    plan = await workshop(TinyApi.shop()).planned(
        CREATE.model_copy(update={"secret_name": "checkout", "key": "token"})
    )
    assert '"secretName":"checkout"' in (plan.kubectl or "")
