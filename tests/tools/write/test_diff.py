"""What people read of a change: no noise, no secrets, a place for each hunk, a bounded length."""

from typing import Any

from tests.tools.hands import REDACTOR
from tools.write.diff import MOST_CHARS, MOST_LINES, diff_of


def config_map(data: dict[str, str], **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", **metadata}, "data": data}


def test_noise_does_not_show() -> None:
    noise = {
        "uid": "u",
        "resourceVersion": "2",
        "generation": 2,
        "managedFields": [{"manager": "x"}],
        "annotations": {"aoi.dev/action-id": "p", "kubectl.kubernetes.io/last-applied-configuration": "{}"},
    }
    assert diff_of(config_map({"a": "1"}), config_map({"a": "1"}, **noise), REDACTOR.object) == ""


def test_secrets_do_not_show() -> None:
    before, after = config_map({"db_password": "correct-horse-9"}), config_map({"db_password": "wrong-horse-10"})
    assert "horse" not in diff_of(before, after | {"data": {**after["data"], "x": "1"}}, REDACTOR.object)


def test_a_long_diff_is_cut_and_says_so() -> None:
    after = config_map({f"k{n}": "x" * 1000 for n in range(500)})
    lines = diff_of(None, after, REDACTOR.object).splitlines()
    assert len(lines) == MOST_LINES + 1
    assert lines[-1].endswith("more lines")
    assert max(len(line) for line in lines) <= MOST_CHARS


def test_each_hunk_says_where_it_lies() -> None:
    before = {"spec": {"a": {"x": 1}, "b": [{"name": "p", "k": {"v": 1}}, {"name": "q", "k": {"v": 1}}]}}
    after = {"spec": {"a": {"x": 2}, "b": [{"name": "p", "k": {"v": 1}}, {"name": "q", "k": {"v": 2}}]}}
    heads = [line for line in diff_of(before, after, REDACTOR.object).splitlines() if line.startswith("@@")]
    assert heads == ["@@ spec.a @@", "@@ spec.b.k @@"]
