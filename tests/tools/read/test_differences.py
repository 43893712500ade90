"""Only what changed, with old and new."""

import json
from typing import Any

from tools.read.differences import Difference, differences, drift, drift_in_words, in_short


def live(declared: dict[str, Any] | None, **parts: Any) -> dict[str, Any]:
    """An object with these parts, and the record of what was applied."""
    note = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps(declared)} if declared else {}
    return {"metadata": {"name": "x", "annotations": note}, **parts}


def test_only_changed_paths_are_told() -> None:
    before = {"spec": {"containers": [{"name": "web", "image": "web:1", "args": ["-v"]}], "nodeName": "n"}}
    after = {"spec": {"containers": [{"name": "web", "image": "web:2", "args": ["-v"]}], "nodeName": "n"}}
    assert list(map(str, differences(before, after))) == ["containers.web.image: web:1 -> web:2"]


def test_of_a_text_of_many_lines_only_the_changed_ones_are_told() -> None:
    old = "".join(f"option {number} on\n" for number in range(200))
    new = old.replace("option 150 on", "option 150 off")
    found = Difference("data.app.conf", old, new)
    assert str(found) == "data.app.conf: -option 150 on; +option 150 off"
    assert found.unified() == " data.app.conf:\n-  option 150 on\n+  option 150 off"


def test_many_changed_lines_are_counted() -> None:
    found = Difference("data.x", "a\nb\nc\nd\n", "e\nf\ng\nh\n")
    assert str(found).endswith(" and 4 more lines")


def test_drift_is_what_differs_from_the_declaration() -> None:
    declared = {"spec": {"ports": [{"port": 80, "targetPort": 8080}], "selector": {"app": "web"}}}
    ports = [{"port": 80, "targetPort": 9999, "protocol": "TCP"}]
    obj = live(declared, spec={"ports": ports, "selector": {"app": "web"}, "clusterIP": "10.0.0.1"})
    assert drift_in_words(obj) == "It is not as it was declared: ports[0].targetPort: 8080 -> 9999."


def test_defaults_and_other_ways_to_write_a_quantity_are_no_drift() -> None:
    limits = {"cpu": "500m", "memory": "1Gi"}
    declared = {"spec": {"containers": [{"name": "a", "resources": {"limits": limits}}], "tolerations": []}}
    written = {
        "name": "a",
        "resources": {"limits": {"cpu": "0.5", "memory": "1024Mi"}},
        "imagePullPolicy": "Always",
    }
    assert drift(live(declared, spec={"containers": [written]})) == ()


def test_what_was_taken_away_or_never_declared() -> None:
    declared = {"data": {"a": "1", "b": "2"}}
    assert list(map(str, drift(live(declared, data={"a": "1", "c": "3"})))) == ["data.b: 2 -> (none)"]
    assert drift(live(None, data={"a": "1"})) == ()


def test_a_record_that_cannot_be_read_is_no_drift() -> None:
    obj = live(None, data={"a": "1"})
    obj["metadata"]["annotations"] = {"kubectl.kubernetes.io/last-applied-configuration": "{no json"}
    assert drift(obj) == ()


def test_many_changes_are_counted() -> None:
    changes = [Difference(f"f{number}", number, number + 1) for number in range(5)]
    assert in_short(changes) == "f0: 0 -> 1; f1: 1 -> 2; f2: 2 -> 3 and 2 more"
