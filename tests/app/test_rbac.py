"""The manifests that are deployed are those the code derives."""

from pathlib import Path

from app.rbac import manifests, rendered

DEPLOYED = Path(__file__).parents[2] / "deploy" / "rbac.yaml"


def test_the_deployed_manifests_are_in_step_with_the_catalogues() -> None:
    assert DEPLOYED.read_text() == rendered(), "run: python -m app.rbac > deploy/rbac.yaml"


def test_the_reader_may_not_write_and_neither_may_read_secrets() -> None:
    roles = {m["metadata"]["name"]: m["rules"] for m in manifests() if m["kind"] == "ClusterRole"}
    reading = {"get", "list", "watch"}
    for rule in roles["aoi-reader"]:
        questions = rule["resources"] == ["selfsubjectaccessreviews"]
        assert set(rule["verbs"]) <= reading or questions
    for rules in roles.values():
        assert not any("secrets" in rule["resources"] or "*" in rule["resources"] for rule in rules)
