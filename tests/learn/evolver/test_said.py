"""Corrections read as plans: what helped, on what, whom to blame, and for what."""

from typing import Any

import pytest

from domain.cluster import Ref
from domain.diagnosis import Cause, Hypothesis
from domain.evidence import Finding
from domain.feedback import Correction
from learn.evolver.cast import cast_of
from learn.evolver.plan import Plan
from learn.evolver.said import Said, plans_of
from tests.graph.policies.story import BACK, WEB
from tests.learn.evolver.runs import API, COMPLAINT, CORDON, ERRORS, LOGGED, NODE, POD, PULL, READY, UNREADY, run

HOLDER = Ref(kind="Deployment", name="holder", namespace="prod")


def read(
    cause: str, helped: str = "", *held: Hypothesis, findings: tuple[Finding, ...] = (COMPLAINT, READY)
) -> tuple[Plan, ...]:
    trajectory = run(*(held or (ERRORS,)), findings=findings, logged=(LOGGED,))
    return plans_of(Said(Correction(cause=cause, helped=helped), cast_of(trajectory)))


def first(cause: str, helped: str = "", *held: Hypothesis) -> Plan:
    plans = read(cause, helped, *held)
    assert plans, "nothing was read"
    return plans[0]


@pytest.mark.parametrize(
    ("helped", "target"),
    [
        ("Restarting holder.", HOLDER),
        ("I restarted the holder, then web was fine", HOLDER),
        ("web waited, so I bounced holder", HOLDER),
        ("restarted web", WEB),
        ("restart", WEB),
        ("restarted the statefulset holder", Ref(kind="StatefulSet", name="holder", namespace="prod")),
    ],
)
def test_the_object_is_known_or_quoted_by_a_finding(helped: str, target: Ref) -> None:
    plan = first("It hung.", helped)
    assert plan.action is not None
    assert (plan.action.action, plan.action.target) == ("restart", target)


def test_whom_it_was_done_to_is_to_blame_and_its_caller_only_suffered() -> None:
    plan = first("holder hung while it held the lease", "restarted holder")
    assert (plan.component, plan.cause) == (HOLDER, Cause.DEPENDENCY_DOWN)
    own = first("it had an old table", "restarted web")
    assert (own.component, own.cause) == (WEB, Cause.APPLICATION_ERROR)


def test_other_readings_follow_the_likeliest() -> None:
    plans = read("web was to blame, a memory leak", "restarted holder")
    assert [(p.cause, p.component) for p in plans[:2]] == [
        (Cause.MEMORY_LEAK, HOLDER),
        (Cause.DEPENDENCY_DOWN, HOLDER),
    ]
    assert (Cause.MEMORY_LEAK, WEB) in [(p.cause, p.component) for p in plans]
    assert any(p.action and p.action.target.kind == "StatefulSet" for p in plans)


FIELDS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("scaled web to 4 replicas", "scale", {"replicas": 4}),
    ("scale web up, 6 pods are enough", "scale", {"replicas": 6}),
    ("readiness timeout of web to 5 s", "patch_probe", {"kind": "readinessProbe", "timeout_seconds": 5}),
    ("liveness delay of web to 60s", "patch_probe", {"kind": "livenessProbe", "initial_delay_seconds": 60}),
    ("raised the limit of web to 1Gi", "set_resources", {"limits": {"memory": "1Gi"}, "container": "nginx"}),
    ("gave web the node selector pool=b", "patch_node_selector", {"node_selector": {"pool": "b"}}),
    ("removed the node selector of web", "patch_node_selector", {"node_selector": {}}),
    ("set the variable MODE=fast on web", "set_env", {"name": "MODE", "value": "fast"}),
    ("deployed the image shop.example/web:1.2 for web", "set_image", {"image": "shop.example/web:1.2"}),
)  # fmt: skip


@pytest.mark.parametrize(("helped", "kind", "fields"), FIELDS)
def test_fields_are_read_as_people_write_them(helped: str, kind: str, fields: dict[str, Any]) -> None:
    plans = [p for p in read("x", helped, UNREADY) if p.action and p.action.action == kind]
    assert plans
    action = plans[0].action
    assert action is not None
    assert {name: getattr(action, name) for name in fields} == fields


def test_a_key_of_a_config_map_that_a_log_names() -> None:
    plan = first("a wrong value", "set ROUNDING back to half-up in the ConfigMap holder and restarted web")
    assert plan.action is not None
    assert plan.action.model_dump(exclude={"action", "target"}) == {"key": "ROUNDING", "value": "half-up"}
    assert plan.action.target == Ref(kind="ConfigMap", name="holder", namespace="prod")


def test_a_pod_is_deleted_and_its_workload_is_to_blame() -> None:
    plan = first("one pod was stuck", f"deleted the pod {POD.name}", UNREADY)
    assert plan.action is not None
    assert (plan.action.action, plan.action.target, plan.component) == ("delete_pod", POD, WEB)


def test_what_the_analyzers_give_completes_the_words() -> None:
    plan = first("bad release", "rolled web back", PULL)
    assert plan.action == BACK


def test_nothing_was_wrong() -> None:
    plan = first("Nothing was wrong, it says “failing on purpose” every night.")
    assert (plan.anomaly, plan.phrases) == (False, ("failing on purpose",))
    assert first("cordoned on purpose", "restarted web").anomaly


def test_where_no_write_helped_people_are_told_what_does() -> None:
    plan = first("The certificate of web had expired.", "Asked security for a new one.")
    assert (plan.cause, plan.component, plan.action) == (Cause.CERTIFICATE_EXPIRED, WEB, None)
    assert plan.advice == "Asked security for a new one."


def test_on_a_node_that_others_suffer_from() -> None:
    plan = first(
        'node-2 was cordoned on purpose, "do not uncordon"', "gave web the node selector disk=nvme", CORDON
    )
    assert plan.action is not None
    assert (plan.action.target, plan.component, plan.cause) == (WEB, WEB, Cause.NODE_CORDONED)
    assert plan.phrases == ("do not uncordon",)
    assert NODE in [p.component for p in read("node-2 was cordoned", "gave web the node selector a=b", CORDON)]


@pytest.mark.parametrize("words", ["", "no idea", "It works again.", "🤷", "the the the"])
def test_words_that_name_nothing_make_no_plan(words: str) -> None:
    assert read(words, words) == ()


def test_a_run_that_saw_nothing_makes_no_plan() -> None:
    trajectory = run(findings=()).model_copy(update={"entries": ()})
    assert plans_of(Said(Correction(cause="It hung.", helped="restarted web"), cast_of(trajectory))) == ()
    assert API not in cast_of(trajectory).refs
