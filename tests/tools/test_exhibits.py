"""What a finding says of an object can be read in the artifact that it cites."""

from dataclasses import replace

from domain.cluster import Severity
from domain.evidence import Artifact
from domain.ports import Triage
from tests.tools.analyzers.build import NOW, SPACE, World, healthy, ref
from tools.analyzers.suspicion import seen
from tools.exhibits import LONGEST, MOST, exhibited
from tools.snapshot import Snapshot
from tools.triage import triage

OVERVIEW = Artifact.of(f"snapshot {SPACE}", "Pods:\n  none", NOW)


def taken(world: World) -> Snapshot:
    return replace(world.snapshot(), artifact=OVERVIEW.id)


def look(world: World) -> Triage:
    return triage([taken(world)], [OVERVIEW])


def no_image() -> World:
    world = healthy()
    world.waiting("store-0", "ImagePullBackOff", "not found")
    return world


def test_the_artifact_holds_the_object_that_a_finding_is_about() -> None:
    told = look(no_image())
    (artifact,) = told.artifacts
    assert "image: registry.example.com/store:1.0" in artifact.text
    assert "reason: ImagePullBackOff" in artifact.text
    assert artifact.text.startswith(OVERVIEW.text)
    assert {finding.artifacts for finding in told.findings} == {(artifact.id,)}


def test_findings_keep_their_ids_so_that_hypotheses_still_cite_them() -> None:
    told = look(no_image())
    ids = {finding.id for finding in told.findings}
    assert set(told.hypotheses[0].cites) <= ids
    assert ids == {finding.id for finding in triage([taken(no_image())]).findings}


def test_in_good_health_the_overview_is_enough() -> None:
    assert look(healthy()).artifacts == (OVERVIEW,)


def test_an_object_that_the_sentence_names_is_shown_too() -> None:
    snapshot = taken(healthy())
    finding = seen(snapshot, ref("Deployment", "api"), "api cannot call Service store: refused")
    _, (artifact,) = exhibited([finding], [snapshot], [OVERVIEW])
    assert "Deployment api:" in artifact.text
    assert "Service store:" in artifact.text


def test_files_of_a_config_map_are_shown_line_by_line() -> None:
    world = healthy()
    world.add("ConfigMap", "flags", {"data": {"flags.json": '{\n  "slow": {"defaultVariant": "on"}\n}\n'}})
    snapshot = taken(world)
    _, (artifact,) = exhibited([seen(snapshot, ref("ConfigMap", "flags"), "It is on.")], [snapshot], [OVERVIEW])
    assert '"slow": {"defaultVariant": "on"}' in artifact.text


def test_large_objects_and_many_objects_are_cut() -> None:
    world = healthy()
    for number in range(MOST + 5):
        world.add("ConfigMap", f"big-{number}", {"data": {"file": "x" * (2 * LONGEST)}})
    snapshot = taken(world)
    findings = [
        seen(snapshot, ref("ConfigMap", f"big-{number}"), "Big.", Severity.INFO) for number in range(MOST + 5)
    ]
    _, (artifact,) = exhibited(findings, [snapshot], [OVERVIEW])
    assert len(artifact.text) < MOST * (LONGEST + 200)
    assert "characters left out" in artifact.text
    assert f"ConfigMap big-{MOST - 1}:" in artifact.text
    assert f"ConfigMap big-{MOST}:" not in artifact.text
