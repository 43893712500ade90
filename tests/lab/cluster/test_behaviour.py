"""Behaviour files: who speaks for an image, and mistakes with file, line and field."""

import pytest

from lab.cluster import behaviour_file, images
from lab.cluster.behaviour_file import BadBehaviour

FILE = """
behaviours:
  - {image: "*", cpu: 1}
  - {image: "shop/*", cpu: 2}
  - {image: "shop/cart:*", cpu: 3, tags: ["1.4"]}
  - {image: "shop/cart:1.5", cpu: 4}
  - {image: "registry.example.com/shop/cart:*", cpu: 5}
"""


@pytest.mark.parametrize(
    ("image", "cpu"),
    [
        ("other:1", 1),
        ("shop/web:1", 2),
        ("docker.io/shop/cart:1.4", 3),
        ("shop/cart:1.5", 4),
        ("registry.example.com/shop/cart:1.4", 5),
    ],
)
def test_the_most_specific_pattern_speaks(image: str, cpu: int) -> None:
    assert behaviour_file.parse(FILE).of(image).cpu == cpu


def test_of_equal_patterns_the_later_one_speaks() -> None:
    later = behaviour_file.parse('behaviours: [{image: "shop/cart:*", cpu: 9}]')
    assert behaviour_file.parse(FILE).joined(later).of("shop/cart:1.4").cpu == 9


@pytest.mark.parametrize(
    ("image", "outcome"),
    [("shop/cart:1.4", "ok"), ("shop/cart:1.6", "missing"), ("shop/cart@sha256:" + "0" * 64, "ok")],
)
def test_a_tag_that_is_not_listed_is_missing(image: str, outcome: str) -> None:
    name = images.parse(image)
    assert name is not None
    assert behaviour_file.parse(FILE).of(image).pull_outcome(name) == outcome


def test_an_image_nobody_knows_listens_on_what_it_declares() -> None:
    assert behaviour_file.load().of("team/anything:7").ports is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("behaviours: [", "lab.yaml:2: no YAML"),
        ("behaviours:\n  - image: a\n    prots: [80]\n", "lab.yaml:3: behaviours.0.prots: Extra inputs"),
        ("behaviours:\n  - image: a\n    memory:\n      mib: -1\n", "lab.yaml:4: behaviours.0.memory.mib: Input"),
        ("behaviours:\n  - image: a\n    calls:\n      - name: db\n", "a call names env, address or registered"),
        ("behaviours:\n  - image: a\n    config: [{format: yaml}]\n", "a config names either file or env"),
        ("behaviours:\n  - image: a\n    tag_pattern: '('\n", "lab.yaml:3: behaviours.0.tag_pattern: Value error"),
        ("behaviours:\n  - cpu: 1\n", "lab.yaml:2: behaviours.0.image: Field required"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, words: str) -> None:
    with pytest.raises(BadBehaviour) as caught:
        behaviour_file.parse(text + "\n", "lab.yaml")
    assert words in str(caught.value)
    assert str(caught.value).startswith("lab.yaml:")


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(BadBehaviour, match=r"nowhere\.yaml:1: file: cannot be read"):
        behaviour_file.load(behaviour_file.PUBLIC_IMAGES.with_name("nowhere.yaml"))


def test_every_public_image_is_a_valid_name() -> None:
    for each in behaviour_file.load().behaviours:
        if each.image != "*":
            assert images.parse(each.image.replace("*", "1")) is not None


@pytest.mark.parametrize("image", ["nginx", "nginx:1.25", "redis:7-alpine", "postgres:16.2-bookworm", "mongo:7.0"])
def test_usual_tags_of_public_images_exist(image: str) -> None:
    name = images.parse(image)
    assert name is not None
    assert behaviour_file.load().of(image).pull_outcome(name) == "ok"


@pytest.mark.parametrize("image", ["nginx:1.25-typo", "redis:seven", "postgres:16.2.bookwrm"])
def test_misspelt_tags_of_public_images_do_not(image: str) -> None:
    name = images.parse(image)
    assert name is not None
    assert behaviour_file.load().of(image).pull_outcome(name) == "missing"
