"""What `kubectl get` shows."""

from typing import Any

import pytest

from lab.cluster.printing.humanize import duration, first_few, selector
from lab.cluster.printing.pod_state import pod_state
from lab.cluster.printing.tables import table
from lab.cluster.store import copy_of
from tests.lab.cluster.quiet import START, deployment, pod

NOW = START.timestamp()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0s"),
        (119, "119s"),
        (120, "2m"),
        (190, "3m10s"),
        (600, "10m"),
        (3 * 3600 - 1, "179m"),
        (3 * 3600 + 60, "3h1m"),
        (47 * 3600, "47h"),
        (52 * 3600, "2d4h"),
        (9 * 86400, "9d"),
        (800 * 86400, "2y70d"),
    ],
)
def test_durations_as_kubectl_writes_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def container(name: str, state: dict[str, Any], ready: bool = False, restarts: int = 0) -> dict[str, Any]:
    return {"name": name, "state": state, "ready": ready, "restartCount": restarts, "lastState": {}}


WAITING = {"waiting": {"reason": "CrashLoopBackOff"}}
RUNNING = {"running": {"startedAt": "2026-01-05T09:00:00Z"}}
FAILED = {"terminated": {"exitCode": 3}}
DONE = {"terminated": {"exitCode": 0, "reason": "Completed"}}


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ({"phase": "Pending"}, "Pending"),
        ({"phase": "Failed", "reason": "Evicted"}, "Evicted"),
        ({"phase": "Running", "containerStatuses": [container("main", WAITING)]}, "CrashLoopBackOff"),
        ({"phase": "Failed", "containerStatuses": [container("main", FAILED)]}, "ExitCode:3"),
        ({"phase": "Succeeded", "containerStatuses": [container("main", DONE)]}, "Completed"),
        (
            {"phase": "Running", "containerStatuses": [container("a", DONE), container("b", RUNNING, ready=True)]},
            "Running",
        ),
        ({"phase": "Pending", "initContainerStatuses": [container("i", RUNNING)]}, "Init:0/1"),
        ({"phase": "Pending", "initContainerStatuses": [container("i", WAITING)]}, "Init:CrashLoopBackOff"),
        ({"phase": "Pending", "initContainerStatuses": [container("i", FAILED)]}, "Init:ExitCode:3"),
    ],
)
def test_the_status_of_a_pod(status: dict[str, Any], shown: str) -> None:
    obj = {**pod("p", initContainers=[{"name": "i", "image": "x"}]), "status": status}
    assert pod_state(obj).status == shown


def test_a_pod_that_is_being_deleted_is_terminating() -> None:
    obj = copy_of(pod("p"))
    obj["metadata"]["deletionTimestamp"] = "2026-01-05T09:00:30Z"
    assert pod_state(obj).status == "Terminating"


def test_restarts_tell_when_the_last_one_was() -> None:
    obj = copy_of(pod("p"))
    status = obj["status"]["containerStatuses"][0]
    status["restartCount"] = 4
    status["lastState"] = {"terminated": {"exitCode": 1, "finishedAt": "2026-01-05T08:58:00Z"}}
    row = table("Pod", [obj], NOW, "None", {}, with_columns=True)["rows"][0]
    assert row["cells"][3] == "4 (2m ago)"


def test_a_deployment_row() -> None:
    obj = {**deployment(), "status": {"readyReplicas": 1, "updatedReplicas": 2, "availableReplicas": 1}}
    shown = table("Deployment", [obj], NOW, "None", {}, with_columns=True)
    cells = dict(
        zip([column["name"] for column in shown["columnDefinitions"]], shown["rows"][0]["cells"], strict=True)
    )
    assert (cells["Ready"], cells["Up-to-date"], cells["Available"]) == ("1/2", 2, 1)
    assert (cells["Containers"], cells["Selector"]) == ("main,side", "app=web")


def test_selectors_and_long_lists_are_shortened() -> None:
    expressions = [
        {"key": "tier", "operator": "In", "values": ["b", "a"]},
        {"key": "x", "operator": "DoesNotExist"},
    ]
    assert selector({"matchLabels": {"app": "web"}, "matchExpressions": expressions}) == "app=web,tier in (a,b),!x"
    assert selector({}) == "<none>"
    assert first_few("abcde") == "a,b,c + 2 more..."
