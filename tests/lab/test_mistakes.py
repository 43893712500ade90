"""A mistake in a scenario file is told in one sentence with its place and its remedy."""

from pathlib import Path
from textwrap import dedent

import pytest

from domain.errors import BadInput
from domain.located import LARGEST, BadFile
from lab.applications import load, loads
from lab.suite import load_suite

GOOD = """\
name: image
title: A tag that does not exist
app: shop
question: Is the cart well?
fault:
  - {op: set_image, target: Deployment/cart, container: cart, image: "cart:0"}
truth:
  anomaly: true
  causes: [image-pull]
  components: [Deployment/cart]
  system_level: Virtualization
  fault_type: Misconfiguration
recovery:
  - {check: available, target: Deployment/cart}
fix:
  - {op: roll_back, target: Deployment/cart}
"""

OWN = """\
name: own
title: Own manifests
namespace: mine
question: Is it well?
truth: {anomaly: false}
manifests:
  - apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web, namespace: mine}
    spec:
      selector: {matchLabels: {app: web}}
      template:
        metadata: {labels: {app: web}}
        spec:
          containers:
            - {name: web}
"""


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


def test_a_good_file_is_read() -> None:
    assert loads(GOOD)[0].namespace == "shop"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (changed("question:", "qestion:"), 4, "`qestion` is not a known field here; write `question`"),
        (changed("title: A tag that does not exist\n", ""), 1, "the field `title` is missing; add it"),
        (changed("container: cart,", "container: 7,"), 6, "`container` is wrong; the value should be a"),
        (changed("op: set_image", "op: set_images"), 6, "`set_images` is not known here; write one of 'apply'"),
        (changed("op: set_image, ", ""), 6, "this entry does not say its 'op'; add 'op'"),
        (changed("op: set_image,", "op: set_image, at: -5,"), 6, "at: -5 lies before the incident's start"),
        (changed("op: set_image,", "op: set_image, at: 1e12,"), 6, "`at` is wrong; the value should be less than"),
        (changed("op: set_image,", "op: set_image, at: 600,"), 1, "a fault happens after the question is asked"),
        (changed("op: set_image,", "op: set_image, at: soon,"), 6, "`at` is wrong; the value should be a valid"),
        (changed("[image-pull]", "[gremlins]"), 9, "is not a known value; write one of 'image-pull'"),
        (changed("[Deployment/cart]", "[cart]"), 10, "`cart` does not name an object; write `Kind/name`"),
        (changed("[Deployment/cart]", "[Deploy/cart]"), 10, "`Deploy` is not a kind that the lab serves"),
        (changed("available, target: Deployment/cart", "available, target: Deployment/card"), 14,
         "there is no Deployment/card; write `Deployment/cart`"),
        (changed("app: shop", "app: shoe"), 3, "`shoe` is not a built-in application; write one of "),
        (changed("app: shop\n", ""), 1, "a scenario runs on an app or on its own manifests"),
        (changed("anomaly: true", "anomaly: false"), 7, "the truth blames something though anomaly is false"),
        (changed("  fault_type: Misconfiguration\n", ""), 7, "the truth of a fault is incomplete"),
        (GOOD.replace("recovery:", "removed:"), 1, "a mitigation task cannot be graded; add recovery"),
        (OWN, 7, "a container of the Deployment web has no image; add `image:`"),
        ("name: [unclosed", 2, "this is not YAML"),
        ("\tname: x", 1, "this is not YAML"),
        ("a: &a [*a]", 1, "the alias *a is not supported; write the value out"),
        ("- 1\n- 2\n", 1, "this is not a scenario"),
        ("", 1, "the file is empty"),
        (GOOD + "---\n" + GOOD, 1, "the file holds several documents"),
        ("x: " + "[" * 500_000, 1, "this nests deeper than 60 levels"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_its_remedy(text: str, line: int, says: str) -> None:
    with pytest.raises(BadFile) as caught:
        loads(text, "drill.yaml")
    message = str(caught.value)
    assert message.startswith(f"drill.yaml:{line}: ")
    assert says in message
    assert "\n" not in message


def test_every_mistake_is_reported_in_the_order_of_the_file() -> None:
    text = changed("title:", "titel:").replace("[image-pull]", "[gremlins]")
    with pytest.raises(BadFile) as caught:
        loads(text)
    assert [mistake.line for mistake in caught.value.mistakes] == [2, 9]
    assert str(caught.value).endswith("(1 more)")


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"#" * (LARGEST + 1), "larger than"), (b"\xff\xfe\x00", "not UTF-8"), (b"# nothing\n", "is empty")],
)
def test_a_file_that_is_no_text_or_too_large_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "drill.yaml"
    path.write_bytes(content)
    with pytest.raises(BadFile, match=says):
        load(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be read"):
        load(tmp_path / "none.yaml")


def test_an_unknown_suite_is_told_with_the_known_ones() -> None:
    with pytest.raises(BadInput, match=r"the built-in suites are .*basics"):
        load_suite("basic")


def test_a_folder_is_a_suite_and_a_name_twice_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    assert [task.id for task in load_suite(str(tmp_path)).tasks] == ["image"]
    (tmp_path / "b.yaml").write_text(GOOD)
    with pytest.raises(BadFile, match=r"b\.yaml:1: the task image is there twice"):
        load_suite(str(tmp_path))


def test_no_matching_task_is_told() -> None:
    with pytest.raises(BadInput, match="No task of the suite basics matches `x\\*`"):
        load_suite("basics").matching("x*")


def test_scenarios_with_own_manifests_need_no_application() -> None:
    text = dedent(OWN).replace("{name: web}", '{name: web, image: "nginx:1.27"}')
    (drillable,) = loads(text)
    assert drillable.namespace == "mine"
    assert drillable.application.manifests[0]["metadata"]["name"] == "web"
