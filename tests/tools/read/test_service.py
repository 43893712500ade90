from typing import get_args

import pytest
from pydantic import TypeAdapter

from domain.cluster import Ref, Scope, Severity
from domain.errors import ClusterForbidden, ClusterUnreachable
from domain.probes import (
    Describe,
    Events,
    Get,
    Logs,
    Nodes,
    ProbeCall,
    Quotas,
    SearchLogs,
    ServiceWiring,
    Snapshot,
)
from tests.tools.read.canned import Canned, StoppedClock, objects
from tools.read.catalogue import PROBES, ProbeSpec
from tools.read.service import Probes, in_one_line
from tools.telemetry.catalogue import TELEMETRY_PROBES

SHOP = Scope(namespaces=("shop",))
WEB = Ref(kind="Deployment", namespace="shop", name="web")


def test_the_catalogue_holds_every_call_once_and_says_when_to_use_it() -> None:
    calls = get_args(get_args(ProbeCall)[0])
    assert [*(spec.call for spec in PROBES), *(spec.call for spec in TELEMETRY_PROBES)] == list(calls)
    names = {*(spec.name for spec in PROBES), *(spec.name for spec in TELEMETRY_PROBES)}
    assert names == {call.model_fields["probe"].default for call in calls}
    descriptions = [*(spec.description for spec in PROBES), *(spec.description for spec in TELEMETRY_PROBES)]
    assert all(40 < len(text) < 120 for text in descriptions)


@pytest.mark.parametrize(
    "call",
    [
        Events(namespace="bank"),
        Get(target=Ref(kind="Pod", namespace="bank", name="x")),
        Describe(target=Ref(kind="PersistentVolume", name="pv")),
        Events(namespace="shop", subject=Ref(kind="Pod", namespace="bank", name="x")),
        SearchLogs(namespace="shop", text="x", workload=Ref(kind="Deployment", namespace="bank", name="x")),
        Logs(namespace="../bank", pod="x"),
    ],
    ids=lambda call: in_one_line(call),
)
async def test_outside_the_scope_nothing_is_asked(call: ProbeCall, shop: Canned, probes: Probes) -> None:
    result = await probes.run(SHOP, call)
    assert result.status == "failed"
    assert "outside" in result.note
    assert shop.asked == []
    [finding] = result.findings
    assert finding.subject == Ref(kind="Namespace", name="shop")  # nothing outside becomes something seen


@pytest.mark.parametrize("name", ["..", "a/../../secrets", "%2e%2e"])
async def test_names_that_no_object_can_have_fail_without_a_request(
    name: str, shop: Canned, probes: Probes
) -> None:
    result = await probes.run(SHOP, Get(target=Ref(kind="Pod", namespace="shop", name=name)))
    assert result.status == "failed"
    assert shop.asked == []


async def test_secrets_cannot_be_asked_for(shop: Canned, probes: Probes) -> None:
    for call in (Get(target=Ref(kind="Secret", namespace="shop", name="db")),):
        result = await probes.run(SHOP, call)
        assert result.status == "failed"
        assert "never reads Secrets" in result.note
    assert not any("secrets" in path for path in shop.asked)


async def test_a_probe_that_hangs_is_given_up(shop: Canned) -> None:
    shop.hang = True
    result = await Probes(shop.reader(), StoppedClock(), timeout=0.01).run(SHOP, Quotas(namespace="shop"))
    assert result.status == "failed"
    assert "took longer" in result.note


async def test_errors_of_the_cluster_are_results_in_one_sentence(shop: Canned, probes: Probes) -> None:
    shop.broken = {"resourcequotas": ClusterForbidden("No right."), "limitranges": ClusterForbidden("No right.")}
    result = await probes.run(SHOP, Quotas(namespace="shop"))
    assert (result.status, result.note) == ("failed", "No right.")
    gone = Ref(kind="Pod", namespace="shop", name="gone")
    missing = await probes.run(SHOP, Get(target=gone))
    assert missing.status == "failed"
    assert "does not exist" in missing.note


async def test_that_a_probe_failed_is_a_finding_with_an_artifact(probes: Probes) -> None:
    gone = Ref(kind="Pod", namespace="shop", name="gone")
    result = await probes.run(SHOP, Get(target=gone))
    [finding] = result.findings
    assert (finding.severity, finding.subject) == (Severity.INFO, gone)
    assert finding.text == f"The probe get failed: {result.note}"
    assert result.artifact is not None
    assert finding.artifacts == (result.artifact.id,)
    assert result.artifact.text == f"failed: {result.note}"


async def test_an_object_of_an_odd_shape_is_a_failure_and_no_exception() -> None:
    odd = Canned(
        objects("""{kind: Namespace, metadata: {name: shop}}
---
{kind: Pod, metadata: {name: p}, spec: {containers: 7}}
""")
    )
    result = await Probes(odd.reader(), StoppedClock()).run(SHOP, Snapshot(namespace="shop"))
    assert result.status == "failed"
    assert "cannot read" in result.note


async def test_a_result_has_an_artifact_and_findings_that_point_to_it(probes: Probes) -> None:
    result = await probes.run(SHOP, Describe(target=WEB))
    assert result.status == "ok"
    assert result.artifact is not None
    assert result.artifact.probe == "describe target=Deployment shop/web"
    assert result.findings
    assert all(finding.artifacts == (result.artifact.id,) for finding in result.findings)


async def test_nodes_are_shared_by_all_scopes(probes: Probes) -> None:
    assert (await probes.run(SHOP, Nodes())).status == "ok"


each_probe = pytest.mark.parametrize("spec", PROBES, ids=lambda spec: spec.name)


def call_of(spec: ProbeSpec) -> ProbeCall:
    """A call that finds something in the shop."""
    arguments = {"namespace": "shop", "target": WEB, "workload": WEB, "pod": "web-2-a", "text": "e"}
    fields = {name: value for name, value in arguments.items() if name in spec.call.model_fields}
    return TypeAdapter[ProbeCall](ProbeCall).validate_python({"probe": spec.name, **fields})


@each_probe
async def test_no_probe_lets_a_planted_secret_out(spec: ProbeSpec, probes: Probes) -> None:
    result = await probes.run(SHOP, call_of(spec))
    assert result.status == "ok", result.note
    assert "hunter2" not in result.model_dump_json()


@each_probe
async def test_every_finding_of_every_probe_leads_to_what_was_read(spec: ProbeSpec, probes: Probes) -> None:
    result = await probes.run(SHOP, call_of(spec))
    assert result.artifact is not None
    assert result.artifact.text
    for finding in (*result.findings, *result.left_out):
        assert finding.artifacts == (result.artifact.id,)


async def test_unreachable_namespaces_and_missing_ones_are_told_apart(shop: Canned, probes: Probes) -> None:
    gone = await probes.run(Scope(namespaces=("nope",)), ServiceWiring(namespace="nope"))
    assert gone.note == "There is no namespace nope; check its spelling."
    plurals = (
        "pods",
        "services",
        "endpointslices",
        "deployments",
        "replicasets",
        "statefulsets",
        "daemonsets",
        "configmaps",
    )
    shop.broken = dict.fromkeys(plurals, ClusterUnreachable("Nobody answers."))
    down = await probes.run(SHOP, ServiceWiring(namespace="shop"))
    assert (down.status, down.note) == ("failed", "Nobody answers.")
