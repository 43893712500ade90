"""The manifests that are deployed are those the code derives."""

from pathlib import Path

import pytest

from app.rbac import files, manifests

DEPLOY = Path(__file__).parents[2] / "deploy"


@pytest.mark.parametrize("path", files(), ids=str)
def test_the_deployed_files_are_in_step_with_the_catalogues(path: Path) -> None:
    assert (DEPLOY / path).read_text() == files()[path], "run: python -m app.rbac deploy"


def test_the_reader_may_not_write_and_neither_may_read_secrets() -> None:
    roles = {m["metadata"]["name"]: m["rules"] for m in manifests() if m["kind"] == "ClusterRole"}
    reading = {"get", "list", "watch"}
    for rule in roles["aoi-reader"]:
        questions = rule["resources"] == ["selfsubjectaccessreviews", "selfsubjectrulesreviews"]
        assert set(rule["verbs"]) <= reading or questions
    for rules in roles.values():
        assert not any("secrets" in rule["resources"] or "*" in rule["resources"] for rule in rules)
