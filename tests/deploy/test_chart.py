"""The Helm chart, rendered by Helm: two processes with an identity each, and neither holds what is the other's."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.doctor import writer_can_act, writer_does_no_more
from app.settings import Settings, load_settings
from app.wording import missing_for_slack, writer_in_the_bot
from domain.policy_file import read_policy
from domain.policy_words import explained
from lab.cluster.server import Cluster
from tests.app.test_doctor_in_the_lab import identity
from tools.cluster.access import reader_rules
from tools.write.access import writer_rules

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "aoi"
NAMESPACED = {"namespaces": ["shop", "pay"]}

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("helm_python") is None, reason="helm-python-sdk has no wheel for this machine"
)


def helm(values: dict[str, Any]) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.deploy.render", str(CHART), json.dumps(values)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def objects(values: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """What would be installed, by kind and name (a Role binding by its namespace, too)."""
    answer = helm(values)
    assert answer["error"] == ""
    assert answer["lint"] == []
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for path, text in answer["files"].items():
        for thing in yaml.safe_load_all(text) if path.endswith(".yaml") else ():
            if thing is not None:
                meta = thing["metadata"]
                place = f"{meta['namespace']}/" if "namespace" in meta else ""
                found[thing["kind"], place + meta["name"]] = thing
    return found


@pytest.fixture(scope="module")
def installed() -> dict[tuple[str, str], dict[str, Any]]:
    return objects({})


def pod(deployment: dict[str, Any]) -> dict[str, Any]:
    spec: dict[str, Any] = deployment["spec"]["template"]["spec"]
    return spec


def environment(deployment: dict[str, Any]) -> dict[str, str]:
    """The settings of a container; of a secret, where it comes from."""
    entries = pod(deployment)["containers"][0]["env"]
    return {e["name"]: e.get("value") or e["valueFrom"]["secretKeyRef"]["name"] for e in entries}


def test_the_bot_reads_and_the_executor_writes(installed: dict[tuple[str, str], dict[str, Any]]) -> None:
    bot, executor = installed["Deployment", "aoi-bot"], installed["Deployment", "aoi-executor"]
    assert pod(bot)["serviceAccountName"] == "aoi-reader"
    assert pod(executor)["serviceAccountName"] == "aoi-writer"
    assert pod(bot)["containers"][0]["args"] == ["serve"]
    assert pod(executor)["containers"][0]["args"] == ["executor"]


def test_neither_holds_the_secrets_of_the_other(installed: dict[tuple[str, str], dict[str, Any]]) -> None:
    """The executor knows no Slack and no model; both know the database."""
    with_model = objects({"secrets": {"model": {"name": "aoi-model"}}})
    executor = environment(with_model["Deployment", "aoi-executor"])
    assert {"aoi-slack", "aoi-model"} & set(executor.values()) == set()
    assert executor["AOI_DATABASE_URL"] == "aoi-database"
    assert environment(with_model["Deployment", "aoi-bot"])["AOI_MODEL_API_KEY"] == "aoi-model"


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("values", [{}, NAMESPACED, {"secrets": {"slack": {"signingSecret": "sign"}}}])
def test_the_settings_of_both_are_settings_and_fit_together(
    values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = objects(values)
    for name in ("aoi-bot", "aoi-executor"):
        settings = _loaded(environment(made["Deployment", name]), monkeypatch)
        assert settings.executor == "separate"
        assert settings.in_cluster
        assert writer_in_the_bot(settings) == ""
        assert settings.namespaces == tuple(values.get("namespaces", ()))
        assert (missing_for_slack(settings) == []) is (name == "aoi-bot")


def _loaded(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Settings:
    real = {
        "aoi-database": "postgresql://u:p@db/aoi",
        "AOI_SLACK_BOT_TOKEN": "xoxb-1",
        "AOI_SLACK_APP_TOKEN": "xapp-1",
    }
    with monkeypatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, real.get(name) or real.get(value) or value)
        return load_settings()


def test_as_it_stands_it_only_shows_what_it_would_do(
    installed: dict[tuple[str, str], dict[str, Any]], tmp_path: Path
) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(installed["ConfigMap", "aoi-policy"]["data"]["policy.yaml"])
    said = " ".join(explained(read_policy(path).policy))
    assert "Any write is shown with its dry run, and never done." in said


def test_a_changed_policy_takes_a_restart_of_both(installed: dict[tuple[str, str], dict[str, Any]]) -> None:
    other = objects({"policy": "rules:\n  - name: all\n    approvers: [U0ADA]\n"})
    for name in ("aoi-bot", "aoi-executor"):
        one, two = (made["Deployment", name]["spec"]["template"]["metadata"] for made in (installed, other))
        assert one["annotations"] != two["annotations"]


def test_nothing_runs_as_root_or_writes_to_its_image(installed: dict[tuple[str, str], dict[str, Any]]) -> None:
    for key in (("Deployment", "aoi-bot"), ("Deployment", "aoi-executor"), ("Job", "aoi-migrate")):
        spec = pod(installed[key])
        assert spec["securityContext"]["runAsNonRoot"]
        (container,) = spec["containers"]
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_the_rights_are_those_of_the_catalogues(installed: dict[tuple[str, str], dict[str, Any]]) -> None:
    rules = {name: installed["ClusterRole", name]["rules"] for kind, name in installed if kind == "ClusterRole"}
    assert rules["aoi-reader"] == list(reader_rules())
    together = [*rules["aoi-writer"], *rules["aoi-writer-cluster"]]
    assert sorted(together, key=str) == sorted(writer_rules(), key=str)
    assert [r["resources"] for r in rules["aoi-writer-cluster"]] == [["nodes"], ["persistentvolumes"]]


def test_with_namespaces_the_writer_is_bound_in_these_alone() -> None:
    made = objects(NAMESPACED | {"rbac": {"clusterScoped": False}})
    bound = {key for key in made if key[1].endswith("writer") and "Binding" in key[0]}
    assert bound == {("RoleBinding", "shop/aoi-writer"), ("RoleBinding", "pay/aoi-writer")}
    assert ("ClusterRoleBinding", "aoi-writer-cluster") not in made


async def test_an_api_server_takes_the_identities_and_the_doctor_finds_them_right() -> None:
    made = objects(NAMESPACED)
    names = ({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": n}} for n in ("ops", "shop", "pay"))
    with Cluster(nodes=1) as cluster:
        cluster.apply(names)
        for (kind, _), thing in made.items():
            if kind in ("ServiceAccount", "ConfigMap", "NetworkPolicy"):
                thing["metadata"].setdefault("namespace", "ops")
            if kind not in ("Job", "Deployment"):
                cluster.apply([thing])
        async with identity(cluster, "system:serviceaccount:ops:aoi-writer") as writer:
            for check in (
                await writer_can_act(writer, NAMESPACED["namespaces"]),
                await writer_does_no_more(writer, NAMESPACED["namespaces"]),
            ):
                assert check.ok, check.detail
            assert not (await writer_can_act(writer, ("default",))).ok, "elsewhere it may do nothing"


def test_the_network_policies_let_nobody_in(installed: dict[tuple[str, str], dict[str, Any]]) -> None:
    for name in ("aoi-bot", "aoi-executor"):
        spec = installed["NetworkPolicy", name]["spec"]
        assert spec["policyTypes"] == ["Ingress", "Egress"]
        assert spec["ingress"] == []
        assert all("ports" in rule for rule in spec["egress"])
    assert ("PodDisruptionBudget", "aoi-bot") not in installed
    assert ("PodDisruptionBudget", "aoi-bot") in objects({"podDisruptionBudget": {"enabled": True}})


@pytest.mark.parametrize(
    "wrong",
    [
        {"namespaces": ["Shop"]},
        {"bot": {"env": {"PATH": "/evil"}}},
        {"executor": {"replicas": "two"}},
        {"secret": {}},
        {"policy": ""},
    ],
)
def test_values_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    assert helm(wrong)["error"]
