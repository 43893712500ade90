"""The Jobs that change users, run by the lab's kubelet against its MongoDB: Services, policies, logins and all."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from app.rbac import READER, WRITER, manifests, user_of
from domain.accounts import AccountAction, CreateDatabaseUser, GrantDatabaseRole
from domain.cluster import Ref
from domain.execution import Effect, Execution
from domain.proposal import Refusal
from lab.cluster.server import Cluster
from tests.tools.hands import Workshop
from tools.cluster.connection import Connection
from tools.cluster.dryrun import DryRun
from tools.cluster.live import Live
from tools.cluster.writer import Writer

SERVER = Ref(kind="Deployment", name="ledger-db", namespace="shop")
ROOT_PASSWORD, APP_PASSWORD = "Tr0ub4dor&3", 'p"; db.dropDatabase(); //'
LABELS = {"app": "ledger-db"}


def reference(key: str) -> dict[str, Any]:
    return {"secretKeyRef": {"name": "ledger-logins", "key": key}}


ENV = [
    {"name": "MONGO_INITDB_ROOT_USERNAME", "value": "root"},
    {"name": "MONGO_INITDB_ROOT_PASSWORD", "valueFrom": reference("root")},
    {"name": "APP_PASSWORD", "valueFrom": reference("app")},
    {
        "name": "LOST_PASSWORD",
        "valueFrom": {"secretKeyRef": {**reference("lost")["secretKeyRef"], "optional": True}},
    },
]
WORLD: list[dict[str, Any]] = [
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}},
    {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "ledger-logins", "namespace": "shop"},
        "stringData": {"root": ROOT_PASSWORD, "app": APP_PASSWORD},
    },
    {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "ledger-db", "namespace": "shop"},
        "spec": {"selector": LABELS, "ports": [{"port": 27017}]},
    },
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "ledger-db", "namespace": "shop"},
        "spec": {
            "selector": {"matchLabels": LABELS},
            "template": {
                "metadata": {"labels": LABELS},
                "spec": {
                    "containers": [
                        {"name": "db", "image": "mongo:4.4.6", "ports": [{"containerPort": 27017}], "env": ENV}
                    ]
                },
            },
        },
    },
]
NOBODY_IN = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "alone", "namespace": "shop"},
    "spec": {"podSelector": {"matchLabels": LABELS}, "policyTypes": ["Ingress"]},
}


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with Cluster(seed=7, nodes=1) as made:
        made.apply(manifests())
        made.apply(WORLD)
        made.advance(15)
        yield made


@dataclass
class Bench:
    """A workshop on the cluster, and the database behind it."""

    cluster: Cluster
    shop: Workshop
    admin: Writer

    def mongo(self, statement: str) -> str:
        """The administrator says something at the server itself."""
        [pod] = [
            p for p in self.cluster.store.list("Pod", "shop") if p["metadata"]["name"].startswith("ledger-db")
        ]
        login = ["mongo", "admin", "-u", "root", "-p", ROOT_PASSWORD, "--quiet", "--eval", statement]
        return self.cluster.world.exec(pod, "db", login).stdout

    def roles(self, user: str) -> str:
        return self.mongo(f"printjson(db.getUser('{user}').roles)")

    async def run(self, action: AccountAction) -> tuple[Execution, dict[str, Any], str]:
        """The action carried out and its Job at its end, with what it wrote."""
        execution = await self.shop.done(action)
        assert execution.effect is Effect.DONE, execution.detail
        return execution, *await self.end_of(execution)

    async def end_of(self, execution: Execution) -> tuple[dict[str, Any], str]:
        self.cluster.advance(140)
        ref = self.shop.approvals.proposals[execution.proposal_id].plan.change.target
        job = await self.admin.get(ref)
        assert job is not None
        world = self.cluster.world
        pods = [p for p in self.cluster.store.list("Pod", "shop") if p["metadata"]["name"].startswith(ref.name)]
        ran = [pod for pod in pods if pod["status"]["phase"] in ("Succeeded", "Failed")]
        return dict(job), "\n".join(line.text for pod in ran for line in world.logs(pod, "mongo", False))


@pytest.fixture
async def bench(cluster: Cluster) -> AsyncIterator[Bench]:
    async with (
        await Connection.from_kubeconfig(cluster.kubeconfig(user_of(READER)), None, 10) as reader,
        await Connection.from_kubeconfig(cluster.kubeconfig(user_of(WRITER)), None, 10) as writer,
        await Connection.from_kubeconfig(cluster.kubeconfig(), None, 10) as admin,
    ):
        made = Workshop(source=Live(reader), dry_run=DryRun(writer), hands=Writer(writer))
        yield Bench(cluster, made, Writer(admin))


def grant(user: str) -> GrantDatabaseRole:
    return GrantDatabaseRole(target=SERVER, user=user, role="readWrite", database="ledger-data")


def create(user: str, key: str = "app") -> CreateDatabaseUser:
    return CreateDatabaseUser(
        target=SERVER, user=user, role="read", database="ledger-data", secret_name="ledger-logins", key=key
    )


def outcome(job: dict[str, Any]) -> str:
    return next(str(c["type"]) for c in job["status"]["conditions"] if c["type"] in ("Complete", "Failed"))


async def test_a_grant_and_its_undo(bench: Bench) -> None:
    bench.mongo("db.createUser({user: 'clerk', pwd: 'x', roles: [{role: 'read', db: 'other'}]})")
    before = bench.roles("clerk")
    execution, job, said = await bench.run(grant("clerk"))
    assert (outcome(job), said) == ("Complete", "Granted readWrite on ledger-data to clerk.")
    assert '{ "role" : "readWrite", "db" : "ledger-data" }' in bench.roles("clerk")
    undone = await bench.shop.done(bench.shop.undo_of(execution))
    assert undone.effect is Effect.DONE, undone.detail
    assert (await bench.end_of(undone))[1] == "Revoked readWrite on ledger-data from clerk."
    assert bench.roles("clerk") == before


async def test_a_grant_that_was_there_before_is_never_taken_back(bench: Bench) -> None:
    bench.mongo("db.createUser({user: 'clerk', pwd: 'x', roles: [{role: 'readWrite', db: 'ledger-data'}]})")
    before = bench.roles("clerk")
    execution, job, said = await bench.run(grant("clerk"))
    assert outcome(job) == "Failed"
    assert said == "clerk has readWrite on ledger-data already; nothing was changed."
    assert isinstance(await bench.shop.plan(bench.shop.undo_of(execution)), Refusal)
    assert bench.roles("clerk") == before


async def test_a_user_gets_the_password_of_the_secret_whatever_is_in_it(bench: Bench) -> None:
    """A password full of signs is data: it cannot end the statement, and it is the one that lets the user in."""
    execution, job, said = await bench.run(create("clerk"))
    assert outcome(job) == "Complete", said
    escaped = APP_PASSWORD.replace('"', '\\"')
    assert bench.mongo(f'print(db.auth("clerk", "{escaped}"))').splitlines()[-1] == "1"
    undone = await bench.shop.done(bench.shop.undo_of(execution))
    assert (await bench.end_of(undone))[1] == "Dropped clerk from admin."
    assert bench.mongo("printjson(db.getUser('clerk'))") == "null\n"


async def test_a_user_that_is_there_is_left_as_it_is(bench: Bench) -> None:
    bench.mongo("db.createUser({user: 'clerk', pwd: 'x', roles: []})")
    execution, job, said = await bench.run(create("clerk"))
    assert outcome(job) == "Failed"
    assert 'Error: User "clerk@admin" already exists' in said
    assert isinstance(await bench.shop.plan(bench.shop.undo_of(execution)), Refusal)
    assert bench.mongo("print(db.auth('clerk', 'x'))").splitlines()[-1] == "1"


async def test_a_network_policy_keeps_the_job_out_as_everybody_else(bench: Bench) -> None:
    bench.cluster.apply([NOBODY_IN])
    _, job, said = await bench.run(grant("root2"))
    assert outcome(job) == "Failed"
    assert "couldn't connect to server ledger-db:27017" in said
    assert "Socket operation timed out" in said


async def test_a_secret_that_is_not_the_servers_password_any_more(bench: Bench) -> None:
    """The entry point reads it at the first start only."""
    [secret] = [dict(thing) for thing in WORLD if thing["kind"] == "Secret"]
    bench.cluster.apply([{**secret, "stringData": {"root": "another-1", "app": APP_PASSWORD}}])
    _, job, said = await bench.run(grant("clerk"))
    assert outcome(job) == "Failed"
    assert said.splitlines()[0] == "Error: Authentication failed. :"


async def test_a_key_that_the_secret_lacks_ends_at_the_deadline(bench: Bench) -> None:
    _, job, said = await bench.run(create("clerk", key="lost"))
    reasons = {condition["reason"] for condition in job["status"]["conditions"]}
    assert (outcome(job), reasons, said) == ("Failed", {"DeadlineExceeded"}, "")


async def test_an_ended_job_goes_by_itself(bench: Bench) -> None:
    execution, job, _ = await bench.run(create("clerk"))
    bench.cluster.advance(job["spec"]["ttlSecondsAfterFinished"])
    assert bench.cluster.store.get("Job", "shop", job["metadata"]["name"]) is None
    refusal = await bench.shop.plan(bench.shop.undo_of(execution))
    assert isinstance(refusal, Refusal)
    assert "is gone" in refusal.reason


async def test_no_password_is_in_what_is_stored_shown_or_sent(bench: Bench) -> None:
    execution, job, said = await bench.run(create("clerk"))
    await bench.shop.done(bench.shop.undo_of(execution))
    proposals = [proposal.model_dump_json() for proposal in bench.shop.approvals.proposals.values()]
    rows = [row.model_dump_json() for row in bench.shop.ledger.rows.values()]
    for text in (*proposals, *rows, str(job), said):
        for password in (ROOT_PASSWORD, APP_PASSWORD):
            assert password not in text
            assert password.encode("unicode_escape").decode() not in text
