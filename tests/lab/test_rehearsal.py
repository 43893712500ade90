"""`aoi lab check` finds every mistake, also those that only a cluster refuses, and says where, in sentences."""

import re
from pathlib import Path

import pytest

from app.cli import main
from domain.located import LARGEST

GOOD = """\
name: own
title: A tag that does not exist
namespace: mine
manifests:
  - apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec:
      selector: {matchLabels: {app: web}}
      template:
        metadata: {labels: {app: web}}
        spec: {containers: [{name: web, image: "nginx:1.27"}]}
fault:
  - {op: set_image, target: Deployment/web, container: web, image: "nginx:nope"}
truth:
  anomaly: true
  causes: [image-pull]
  components: [Deployment/web]
  system_level: Virtualization
  fault_type: Misconfiguration
recovery:
  - {check: available, target: Deployment/web}
fix:
  - {op: roll_back, target: Deployment/web}
near_misses:
  - {name: again, operations: [{op: restart, target: Deployment/web}]}
"""
ALIASES = "a: &a {x: *b}\nb: &b {y: *a}\n"


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No .env of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)


def checked(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    path = tmp_path / "drill.yaml"
    path.write_text(text, "utf-8")
    status = main(["lab", "check", str(path)])
    return status, capsys.readouterr().err.replace(f"{tmp_path}/", "")


def test_a_file_in_order_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(GOOD, tmp_path, capsys) == (0, "")


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (changed("container: web,", "container: app,"), 14, "Deployment mine/web has no container app; name one"),
        (changed("- {op: roll_back,", "- {op: exec, command: [nothing],"), 24, "`nothing` in Deployment"),
        (changed("{op: restart,", "{op: patch, type: json, body: {a: 1},"), 26, "patch at 0 s was refused"),
        (changed("fault:\n", "fault:\n  - {op: fail_node, node: node-99}\n"), 14, 'nodes "node-99" not found'),
        (changed("matchLabels: {app: web}", "matchLabels: {app: wob}"), 5, "manifest Deployment/web was refused"),
        (changed("      selector:", "      replicas: many\n      selector:"), 5, "cannot unmarshal string"),
        (changed("nginx:1.27", "nginx:nope"), 1, "does not start from a healthy application"),
        (changed("metadata: {labels", 'metadata: {annotations: {lab.aoi.dev/exit-code: many}, labels'), 5,
         "write a number from 0 to 255"),
        (changed("fault:\n", "fault:\n  - {op: behave, image: a, behaviour: {exts: []}}\n"), 14, "write `exits`"),
        (changed("- {check: available,", "- {check: served}\n  - {check: available,"), 22, "there are no users"),
        (GOOD + "title: again\n", 27, "the key `title` is there twice; keep one"),
        (GOOD + "variants: [{a: x}, {a: z}]\n", 27, "write ${variant} into its name"),
        (GOOD + "variants: [{a: '${b}', b: '${a}'}]\n", 27, "a word of a variant holds a place itself"),
        (changed("name: again", "name: '${a}'") + "variants: [{a: x}, {b: y}]\n", 27, "what ${a} is"),
        (GOOD + "watch: .nan\n", 27, "`watch` is wrong"),
        (GOOD + "ask_after: 1e99\n", 27, "`ask_after` is wrong"),
        (ALIASES, 1, "the alias *b is not supported"),
        ("name: !!python/object:os.system x", 1, "this is not YAML"),
        ("\x00\x01", 1, "this is not YAML that can be read"),
        ("#" * (LARGEST + 1), 1, "the file is larger than"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(
    text: str, line: int, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = checked(text, tmp_path, capsys)
    assert status == 1
    assert said.startswith(f"drill.yaml:{line}: ")
    assert says in said
    assert "Traceback" not in said


def test_every_repair_that_cannot_be_done_is_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = changed("- {op: roll_back,", "- {op: fail_node, node: x}\n  - {op: roll_back,")
    both = bad.replace("[{op: restart, target: Deployment/web}]", "[{op: restore_node, node: y}]")
    status, said = checked(both, tmp_path, capsys)
    assert (status, re.findall(r"yaml:(\d+):", said)) == (1, ["24", "27"])


@pytest.mark.parametrize("command", ["run", "validate", "list"])
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("empty", "holds no scenario; put `*.yaml` files there"),
        ("nowhere", "There is no suite, file or folder"),
        ("bad.yaml", "bad.yaml:1: the field `title` is missing; add it"),
    ],
)
def test_a_suite_that_is_none_is_a_sentence(
    command: str, name: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.yaml").write_text("name: a\napp: shop\ntruth: {anomaly: false}\n")
    assert main(["lab", command, "--suite", name]) == 2
    said = capsys.readouterr().err
    assert says in said
    assert "Traceback" not in said
