"""The doctor: says what is wrong, what to do, and never falls ill itself."""

import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from app import doctor
from app.checkup import other_users
from app.model import model_health
from app.rights import Right, forbidden_to_reader, needed_by_writer
from app.settings import Settings, load_settings
from domain.cluster import AccessRule, Granted
from domain.errors import ClusterForbidden, ClusterUnreachable, ExecutorAway, SlackRejected
from store.build import open_store
from tests.graph.model.server import MODEL, serving
from tools.write.access import writer_rules


@dataclass
class Identity:
    """Has the rights that the rule says, and lists those that are given."""

    has: Callable[[Right], bool]
    rules: tuple[AccessRule, ...] = ()
    complete: bool = True

    async def granted(self, namespace: str) -> Granted:
        return Granted(rules=self.rules, complete=self.complete)

    async def may(self, verb: str, group: str, resource: str, namespace: str | None) -> bool:
        return self.has(Right(verb, group, resource, namespace))


class Blocked:
    async def granted(self, namespace: str) -> Granted:
        raise ClusterForbidden("Could not ask for rights: the identity may not.")

    async def may(self, verb: str, group: str, resource: str, namespace: str | None) -> bool:
        raise ClusterForbidden("Could not ask for rights: the identity may not.")


@pytest.fixture
def settings(clean: None) -> Callable[..., Settings]:
    return load_settings


async def test_a_database_that_is_ready(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/aoi.db"
    await (await open_store(url)).close()
    assert (await doctor.database(url, embedded=True)).ok


async def test_a_new_database_is_fine_only_where_it_makes_its_own_tables(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    assert (await doctor.database(url, embedded=True)).ok
    behind = await doctor.database(url, embedded=False)
    assert (behind.ok, behind.remedy) == (False, "Run aoi db upgrade.")


async def test_a_locked_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/aoi.db?timeout=0.05"
    await (await open_store(url)).close()
    holder = sqlite3.connect(tmp_path / "aoi.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    check = await doctor.database(url, embedded=True)
    holder.close()
    assert not check.ok
    assert "is locked" in check.detail


async def test_a_read_only_database(tmp_path: Path) -> None:
    await (await open_store(f"sqlite:///{tmp_path}/aoi.db")).close()
    check = await doctor.database(f"sqlite:///file:{tmp_path}/aoi.db?mode=ro&uri=true", embedded=True)
    assert not check.ok
    assert "is read-only" in check.detail


async def test_no_database_at_all() -> None:
    check = await doctor.database("mysql://u:hunter2@db/aoi", embedded=False)
    assert not check.ok
    assert "hunter2" not in check.detail


async def test_the_reader_reaches_the_cluster_and_sees_what_is_allowed() -> None:
    async def two() -> tuple[str, ...]:
        return ("shop", "web")

    async def unreachable() -> tuple[str, ...]:
        raise ClusterUnreachable("Could not list namespaces: no answer within 10 s.")

    assert (await doctor.reader_sees(two, ())).detail == "The cluster answers and shows 2 namespaces."
    assert (await doctor.reader_sees(two, ("shop",))).ok
    blind = await doctor.reader_sees(two, ("shop", "vault"))
    assert (blind.ok, "does not see vault" in blind.detail) == (False, True)
    gone = await doctor.reader_sees(unreachable, ())
    assert (gone.ok, gone.detail) == (False, "Could not list namespaces: no answer within 10 s.")
    assert "AOI_KUBECONFIG" in gone.remedy


async def test_a_reader_that_only_reads_passes() -> None:
    reads = Identity(lambda r: r.verb in ("get", "list", "watch") and r.resource != "secrets")
    assert (await doctor.reader_cannot_write(reads, ("shop",))).ok


@pytest.mark.parametrize(
    "right",
    [
        Right("patch", "apps", "deployments", "web"),
        Right("delete", "", "pods", "shop"),
        Right("create", "", "pods/exec", "web"),
        Right("get", "", "secrets", "shop"),
        Right("update", "", "nodes", None),
    ],
)
async def test_one_right_too_many_fails_the_reader(right: Right) -> None:
    check = await doctor.reader_cannot_write(Identity(lambda asked: asked == right), ("shop", "web"))
    assert not check.ok
    assert f"The reader may {right};" in check.detail


async def test_an_administrator_is_no_reader() -> None:
    check = await doctor.reader_cannot_write(Identity(lambda _: True), ("shop",))
    assert not check.ok
    assert f"and {len(forbidden_to_reader(('shop',))) - 3} more" in check.detail


async def test_a_writer_needs_every_right_in_every_namespace() -> None:
    assert (await doctor.writer_can_act(Identity(lambda _: True), ("shop", "web"))).ok
    short = Identity(lambda r: not (r.resource == "deployments" and r.namespace == "web"))
    check = await doctor.writer_can_act(short, ("shop", "web"))
    assert not check.ok
    assert "patch deployments in web" in check.detail
    assert Right("patch", "", "nodes", None) in needed_by_writer(("shop", "web"))


def rule(verbs: str, group: str, resource: str) -> AccessRule:
    return AccessRule(verbs=tuple(verbs.split()), groups=(group,), resources=(resource,))


ASKING = rule("create", "authorization.k8s.io", "selfsubjectrulesreviews")
CATALOGUE = tuple(
    AccessRule(verbs=tuple(r["verbs"]), groups=tuple(r["apiGroups"]), resources=tuple(r["resources"]))
    for r in writer_rules()
)


@pytest.mark.parametrize(
    ("extra", "named"),
    [
        (rule("get list watch", "", "secrets"), "get secrets"),
        (rule("create", "stable.example.com", "crontabs"), "create crontabs"),
        (rule("*", "*", "*"), "* *"),
        (rule("impersonate", "", "users"), "impersonate users"),
    ],
)
async def test_a_right_on_what_aoi_does_not_even_know_fails_the_reader(extra: AccessRule, named: str) -> None:
    """Which no list of questions would have found."""
    looks = rule("get list watch", "stable.example.com", "crontabs")
    assert (await doctor.reader_cannot_write(Identity(lambda _: False, (ASKING, looks)), ("shop",))).ok
    check = await doctor.reader_cannot_write(Identity(lambda _: False, (ASKING, extra)), ("shop",))
    assert not check.ok
    assert f"The reader may {named} in shop" in check.detail


@pytest.mark.parametrize(
    ("extra", "named"),
    [
        (rule("get", "", "secrets"), "get secrets"),
        (rule("update", "apps", "deployments"), "update deployments"),
        (rule("create", "", "pods/exec"), "create pods/exec"),
        (rule("bind escalate", "rbac.authorization.k8s.io", "clusterroles"), "bind clusterroles"),
        (rule("*", "apps", "deployments"), "* deployments"),
    ],
)
async def test_a_right_that_no_action_takes_fails_the_writer(extra: AccessRule, named: str) -> None:
    fits = Identity(lambda _: False, (ASKING, *CATALOGUE))
    assert (await doctor.writer_does_no_more(fits, ("shop", "web"))).ok
    check = await doctor.writer_does_no_more(Identity(lambda _: False, (*CATALOGUE, extra)), ("shop",))
    assert not check.ok
    assert f"The writer may {named}" in check.detail


async def test_where_rights_cannot_be_listed_they_are_asked_for() -> None:
    """As with an authorizer outside of the API server, which says that its list is not complete."""
    danger = Right("create", "", "pods/exec", "shop")
    silent = Identity(lambda right: right == danger, complete=False)
    check = await doctor.writer_does_no_more(silent, ("shop",))
    assert (check.ok, str(danger) in check.detail) == (False, True)
    assert (await doctor.writer_does_no_more(Identity(lambda _: False, complete=False), ("shop",))).ok


def test_a_bot_that_holds_the_writer_too_is_a_finding(settings: Callable[..., Settings], tmp_path: Path) -> None:
    """By its settings, or by what else lies in its kubeconfig."""
    users = [{"name": name, "user": {"token": "t"}} for name in ("reader", "writer")]
    contexts = [{"name": "lab", "context": {"cluster": "lab", "user": "reader"}}]
    (tmp_path / "both.yaml").write_text(
        yaml.safe_dump({"users": users, "contexts": contexts, "current-context": "lab"})
    )
    held = settings(executor="separate", writer_kubeconfig="w.yaml")
    assert "AOI_WRITER_KUBECONFIG" in doctor.no_writer_here(held, ()).detail
    both = settings(executor="separate", reader_kubeconfig=str(tmp_path / "both.yaml"))
    assert other_users(both) == ("writer",)
    check = doctor.no_writer_here(both, other_users(both))
    assert (check.ok, "credentials of writer" in check.detail) == (False, True)
    assert doctor.no_writer_here(settings(executor="separate"), ()).ok


async def test_an_executor_that_does_not_answer_is_a_finding() -> None:
    async def away() -> None:
        raise ExecutorAway("No executor answers, so nothing can be changed; start `aoi executor`.")

    async def there() -> None:
        return None

    assert not (await doctor.executor(away)).ok
    assert (await doctor.executor(there)).ok


async def test_who_may_not_even_ask_is_told_so() -> None:
    for check in (
        await doctor.reader_cannot_write(Blocked(), ("a",)),
        await doctor.writer_can_act(Blocked(), ("a",)),
        await doctor.writer_does_no_more(Blocked(), ("a",)),
    ):
        assert (check.ok, check.detail) == (False, "Could not ask for rights: the identity may not.")
        assert check.remedy


async def test_slack_knows_us_or_says_why_not(settings: Callable[..., Settings]) -> None:
    async def known() -> str:
        return "@aoi of Night Shift"

    async def refused() -> str:
        raise SlackRejected("Slack refused auth.test: invalid_auth.")

    with_tokens = settings(slack_bot_token="xoxb-1", slack_app_token="xapp-1")
    assert (await doctor.slack(with_tokens, known)).detail == "Slack knows AOI as @aoi of Night Shift."
    assert (await doctor.slack(with_tokens, refused)).detail == "Slack refused auth.test: invalid_auth."
    without = await doctor.slack(settings(), known)
    assert not without.ok
    assert "AOI_SLACK_BOT_TOKEN is not set" in without.detail


def test_nobody_to_approve_is_a_finding(settings: Callable[..., Settings]) -> None:
    assert not doctor.approvers(settings()).ok
    alone = doctor.approvers(settings(approvers="U0ADA", allow_self_approval=True))
    assert alone.detail == "1 person or group may approve. They may approve what they asked for themselves."


def test_local_slack_goes_with_the_lab_alone(settings: Callable[..., Settings]) -> None:
    local = settings(slack_base_url="http://127.0.0.1:7000/api/")
    assert doctor.local_slack(local, lab_cluster=True).ok
    assert not doctor.local_slack(local, lab_cluster=False).ok
    assert doctor.local_slack(settings(), lab_cluster=False).ok


async def test_a_model_that_nobody_named_is_no_finding(settings: Callable[..., Settings]) -> None:
    check = await doctor.model(settings(), lambda: model_health(settings()))
    assert (check.ok, check.detail) == (True, "None is named; the playbook decides.")


async def test_the_model_is_asked_end_to_end(settings: Callable[..., Settings]) -> None:
    async with serving('{"word": "canary", "sum": 42}') as (_, url):
        named = settings(policy="chat", model_url=url, model_name=MODEL)
        check = await doctor.model(named, lambda: model_health(named))
        assert check.ok
        assert re.fullmatch(
            rf"{MODEL} keeps to a schema and answered in \d+\.\d s, with a context of 32768 tokens\.", check.detail
        )
        idle = settings(model_url=url, model_name=MODEL)
        assert "nobody asks it" in (await doctor.model(idle, lambda: model_health(idle))).detail


async def test_a_model_that_does_not_answer_says_who_decides_meanwhile(settings: Callable[..., Settings]) -> None:
    named = settings(policy="chat", model_url="http://127.0.0.1:9/v1", model_name=MODEL)
    check = await doctor.model(named, lambda: model_health(named))
    assert not check.ok
    assert "127.0.0.1:9 does not answer; check AOI_MODEL_URL" in check.detail
    assert check.remedy == "Until it is mended, the playbook decides in its place."


def test_a_policy_file_stands_for_the_approvers(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("rules:\n  - name: all\n    approvers: [U0ADA]\n  - name: rest\n    do: refuse\n")
    mistaken = doctor.approvers(Settings(_env_file=None, policy_file=path))
    assert not mistaken.ok
    assert "policy.yaml:4" in mistaken.detail
    path.write_text("rules:\n  - name: all\n    approvers: [U0ADA]\n")
    assert doctor.approvers(Settings(_env_file=None, policy_file=path)).detail.endswith("1 let people approve.")
